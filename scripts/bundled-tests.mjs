// Test files are TypeScript: they are bundled with esbuild and run by node:test.
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { nodeOptions } from './build.mjs';
import { root, run } from './setup.mjs';

/** The *.test.ts below test/ that lie at or below one of the paths; below nothing: all. */
export function testFiles(paths) {
  const below = paths.map((name) => path.relative(root, path.resolve(name)));
  return readdirSync(`${root}test`, { recursive: true })
    .map((name) => path.join('test', name))
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => below.length === 0 || below.some((p) => name === p || name.startsWith(p + path.sep)))
    .sort();
}

/**
 * Runs the files and returns the exit status; `folder` is where the bundles go, one for each run at the same time;
 * `alias` puts other modules in place of some, as esbuild knows it.
 */
export async function runTests(files, { folder, concurrency, env = {}, alias = {} }) {
  rmSync(`${root}${folder}`, { recursive: true, force: true });
  await build({
    ...nodeOptions,
    external: [...nodeOptions.external, 'playwright-core'], // finds its own files by path
    entryPoints: files,
    outdir: folder,
    outbase: 'test',
    alias,
  });
  const bundles = files.map((name) => path.join(folder, path.relative('test', name)).replace(/\.ts$/, '.js'));
  const options = ['--enable-source-maps', '--test', `--test-concurrency=${concurrency}`];
  const status = run(process.execPath, [...options, '--test-reporter=spec', ...bundles], {
    env: { ...process.env, ...env },
  });
  rmSync(`${root}${folder}`, { recursive: true, force: true });
  return status;
}
