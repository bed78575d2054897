// `npm run test:vscode`: the extension in a real VS Code (see docs/architecture.md, "Tests"). `npm run test:vscode --
// test/vscode/liveRuns.test.ts` runs only that. SELFSUP_EXTENSION names another .vsix or unpacked folder to test.
import { readdirSync, readFileSync } from 'node:fs';
import { ownTarget } from './package/contents.mjs';
import { root, run, setup } from './setup.mjs';

setup();
const { installChromium, installVsCode, NotInstallable } = await import('./vscode-e2e/install.mjs');
const { runTests, testFiles } = await import('./bundled-tests.mjs');

try {
  await installChromium();
  await installVsCode();
} catch (error) {
  if (!(error instanceof NotInstallable)) throw error;
  console.error(`\nSKIPPED: none of the tests in VS Code was run.\n${error.message}\n`);
  process.exit(0);
}

const only = process.argv.slice(2);
const files = testFiles(only.length > 0 ? only : ['test/vscode']);
if (run(process.execPath, ['scripts/package.mjs']) !== 0) process.exit(1);
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const vsix = `${root}selfsup-${ownTarget}-${version}.vsix`;
const status = await runTests(files, {
  folder: `dist/test-vscode-${process.pid}`,
  concurrency: 1, // a server, a browser and trainers are enough for a small machine
  env: { SELFSUP_EXTENSION: process.env.SELFSUP_EXTENSION ?? vsix },
});

const artefacts = 'test-artefacts/vscode';
console.log(`\nPictures in ${artefacts}:`);
for (const name of readdirSync(`${root}${artefacts}`, { recursive: true }).sort())
  if (name.endsWith('.png')) console.log(`  ${name}`);
process.exit(status);
