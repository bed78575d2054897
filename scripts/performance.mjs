// `npm run performance [-- completion frames ...] [--render]`: measures the editor side, keeps the numbers in
// docs/performance.json and writes docs/performance.md from it; about five minutes on 2 cores. Without names everything
// is measured. SELFSUP_EXTENSION names a .vsix that exists already.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ownTarget } from './package/contents.mjs';
import { renderPerformance } from './performance/render.mjs';
import { root, run, setup } from './setup.mjs';

setup();
const { buildServer, buildWebview } = await import('./build.mjs');
const { runTests } = await import('./bundled-tests.mjs');
const { measureBundles } = await import('./performance/bundles.mjs');

/** Each is a test that keeps what it measured, so that it is timed out and cleaned up like one. */
const measures = {
  activation: 'test/vscode/activation.measure.ts',
  completion: 'test/server/completion.measure.ts',
  memory: 'test/unit/extension/memory.measure.ts',
  frames: 'test/webview/frames.measure.ts',
};
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { render: { type: 'boolean', default: false } },
});
const known = ['bundles', ...Object.keys(measures)];
const wanted = values.render ? [] : positionals.length > 0 ? positionals : known;
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Nothing is called ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  process.exit(2);
}

const jsonFile = path.join(root, 'docs/performance.json');
const fresh = {};
const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
const keep = (name, measured) => {
  fresh[name] = { machine, ...measured };
};

if (wanted.includes('bundles')) keep('bundles', await measureBundles());
if (wanted.includes('completion')) await buildServer();
if (wanted.includes('frames')) await buildWebview();
if (wanted.includes('activation')) await prepareVsCode();

let failed = 0;
for (const [name, file] of Object.entries(measures)) {
  if (!wanted.includes(name)) continue;
  const measured = mkdtempSync(path.join(tmpdir(), 'selfsup-performance-'));
  const status = await runTests([file], {
    folder: `dist/performance-${process.pid}`,
    concurrency: 1,
    env: { SELFSUP_MEASURED: measured },
    alias: { vscode: './test/support/fakeVscode.ts' },
  });
  for (const kept of readdirSync(measured))
    keep(path.parse(kept).name, JSON.parse(readFileSync(path.join(measured, kept), 'utf8')));
  rmSync(measured, { recursive: true });
  if (status !== 0) failed = status;
}

const results = { ...(existsSync(jsonFile) ? JSON.parse(readFileSync(jsonFile, 'utf8')) : {}), ...fresh };
writeFileSync(jsonFile, `${JSON.stringify(results)}\n`);
run(
  process.execPath,
  ['node_modules/@biomejs/biome/bin/biome', 'format', '--write', 'docs/performance.json'],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);
writeFileSync(path.join(root, 'docs/performance.md'), renderPerformance(results));
console.log('Wrote docs/performance.md.');
process.exit(failed);

/** A real VS Code, and the extension as users install it. */
async function prepareVsCode() {
  const { installChromium, installVsCode } = await import('./vscode-e2e/install.mjs');
  await installChromium();
  await installVsCode();
  if (process.env.SELFSUP_EXTENSION) return;
  if (run(process.execPath, ['scripts/package.mjs']) !== 0) process.exit(1);
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  process.env.SELFSUP_EXTENSION = `${root}selfsup-${ownTarget}-${version}.vsix`;
}
