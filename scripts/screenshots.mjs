// `npm run screenshots [-- --again]`: photographs a real VS Code during one real run (test/vscode/pictures.ts) and keeps
// the pictures of the README in docs/media. SELFSUP_EXTENSION names a .vsix that exists already.
import { statSync } from 'node:fs';
import { ownTarget } from './package/contents.mjs';
import { root, run, setup } from './setup.mjs';

setup();
const { installChromium, installVsCode } = await import('./vscode-e2e/install.mjs');
const { runTests } = await import('./bundled-tests.mjs');
const { default: sharp } = await import('sharp');
const { default: manifest } = await import('../package.json', { with: { type: 'json' } });

await installChromium();
await installVsCode();
const given = process.env.SELFSUP_EXTENSION;
if (!given && run(process.execPath, ['scripts/package.mjs']) !== 0) process.exit(1);
const status = await runTests(['test/vscode/pictures.ts'], {
  folder: `dist/screenshots-${process.pid}`,
  concurrency: 1,
  env: { SELFSUP_EXTENSION: given ?? `${root}selfsup-${ownTarget}-${manifest.version}.vsix` },
});
if (status !== 0) process.exit(status);

for (const name of ['01-preview', '02-live', '03-results']) {
  const file = `${root}docs/media/${name.slice(3)}.png`;
  // Few colours are enough for a window, and a third of the bytes.
  await sharp(`${root}test-artefacts/vscode/readme/${name}.png`)
    .png({ palette: true, effort: 10 })
    .toFile(file);
  console.log(`${file}: ${Math.round(statSync(file).size / 1000)} KB`);
}
