// `npm test`: sets up what is missing, builds, checks types, lint and format, then runs every test.
// `npm test -- test/unit/engine` runs only the tests below the given paths, without the checks.
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root, run, setup } from './setup.mjs';

setup();
const { build } = await import('esbuild');
const { buildServer, nodeOptions } = await import('./build.mjs');

const only = process.argv.slice(2).map((p) => path.relative(root, path.resolve(p)));
const files = readdirSync(`${root}test`, { recursive: true })
  .map((name) => path.join('test', name))
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => only.length === 0 || only.some((p) => name === p || name.startsWith(p + path.sep)))
  .sort();
if (files.length === 0) {
  console.error(`No *.test.ts below ${only.join(', ') || 'test/'}.`);
  process.exit(2);
}

if (only.length === 0 && run(process.execPath, ['scripts/check.mjs']) !== 0) process.exit(1);
await buildServer();
const out = `dist/test${only.length === 0 ? '' : `-${process.pid}`}`;
rmSync(`${root}${out}`, { recursive: true, force: true });
await build({ ...nodeOptions, entryPoints: files, outdir: out, outbase: 'test' });
const bundles = files.map((name) => path.join(out, path.relative('test', name)).replace(/\.ts$/, '.js'));
const status = run(process.execPath, [
  '--enable-source-maps',
  '--test',
  '--test-concurrency=2',
  '--test-reporter=spec',
  ...bundles,
]);
if (only.length > 0) rmSync(`${root}${out}`, { recursive: true, force: true });
process.exit(status);
