// `npm run docs`: writes docs/config.md and docs/selfsup.schema.json from the config schema.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run, setup } from './setup.mjs';

setup();
const { build } = await import('esbuild');
const { nodeOptions } = await import('./build.mjs');

mkdirSync(path.join(root, 'dist'), { recursive: true });
const folder = mkdtempSync(path.join(root, 'dist', 'docs-'));
try {
  await build({ ...nodeOptions, entryPoints: ['server/config/reference.ts'], outdir: folder });
  const { referenceMarkdown, referenceSchema } = await import(
    pathToFileURL(path.join(folder, 'reference.js'))
  );
  writeFileSync(path.join(root, 'docs/config.md'), referenceMarkdown());
  writeFileSync(path.join(root, 'docs/selfsup.schema.json'), JSON.stringify(referenceSchema(), null, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(
  run(process.execPath, [
    'node_modules/@biomejs/biome/bin/biome',
    'format',
    '--write',
    'docs/selfsup.schema.json',
  ]),
);
