// `npm test`: sets up what is missing, builds, checks types, lint and format, then runs every test but those in VS Code.
// `npm test -- test/unit/engine` runs only the tests below the given paths, without the checks.
import path from 'node:path';
import { run, setup } from './setup.mjs';

setup();
const { buildServer, buildWebview } = await import('./build.mjs');
const { runTests, testFiles } = await import('./bundled-tests.mjs');

const only = process.argv.slice(2);
const inVsCode = path.join('test', 'vscode', path.sep);
const files = testFiles(only).filter((name) => !name.startsWith(inVsCode));
if (files.length === 0) {
  console.error(`No *.test.ts below ${only.join(', ') || 'test/'}. (Those in VS Code: npm run test:vscode)`);
  process.exit(2);
}

if (only.length === 0 && run(process.execPath, ['scripts/check.mjs']) !== 0) process.exit(1);
const inWebview = path.join('test', 'webview', path.sep);
await buildServer();
if (files.some((name) => name.startsWith(inWebview))) await buildWebview();
const folder = only.length === 0 ? 'dist/test' : `dist/test-${process.pid}`;
// Nothing here runs in VS Code, and its module is nowhere else.
const alias = { vscode: './test/support/fakeVscode.ts' };
process.exit(await runTests(files, { folder, concurrency: 2, alias }));
