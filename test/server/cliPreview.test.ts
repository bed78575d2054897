import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { selfsup } from '../support/builtSelfsup.ts';
import { writeStripes } from '../support/smallImages.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

describe('selfsup preview', () => {
  it('writes a picture with one row below the other and says what they are', async (t) => {
    const folder = temporaryFolder(t);
    const { images } = writeStripes(folder, 60);
    writeFileSync(
      path.join(folder, 'noisy.selfsup.yaml'),
      `data: { images: ${images} }
encoder: { type: mlp, hidden: [8] }
pretext: { method: denoising, noise: 0.5, drop: 0 }
train: { batchSize: 16 }`,
    );
    const { code, stdout, stderr } = await selfsup(['preview', 'noisy.selfsup.yaml', '-n', '5'], {
      cwd: folder,
    });
    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      `Denoising autoencoder (noise 0.5, drop 0) on the first 5 samples held out for testing.

noisy.preview.png, from above:
  original
  corrupted: noise 0.5, drop 0
  restored: by the untrained network
`,
    );
    const { width, height } = await sharp(readFileSync(path.join(folder, 'noisy.preview.png'))).metadata();
    assert.deepEqual([width, height], [5 * 64 + 4, 3 * 64 + 4]);
  });

  it('prints the rows of a table, with the changed cells marked, and writes no file', async (t) => {
    const folder = temporaryFolder(t);
    const lines = Array.from({ length: 40 }, (_, i) => `${i % 5},${['x', 'y'][i % 2]}`);
    writeFileSync(path.join(folder, 't.csv'), ['size,kind', ...lines].join('\n'));
    writeFileSync(
      path.join(folder, 'rows.selfsup.yaml'),
      `data: { table: t.csv, columns: { size: numeric } }
encoder: { type: mlp, hidden: [8] }
pretext: { method: scarf, corruption: 1 }
train: { batchSize: 8 }`,
    );
    const { code, stdout, stderr } = await selfsup(['preview', 'rows.selfsup.yaml', '-n', '6'], {
      cwd: folder,
    });
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^SCARF \(corruption 1\) on the first 6 samples held out for testing\.\n\n +size +kind\n/,
    );
    assert.equal(stdout.match(/^row \d+ +[0-4] +[xy]$/gm)?.length, 6);
    assert.equal(stdout.match(/^corrupted +[0-4]/gm)?.length, 6);
    assert.match(stdout, /^corrupted .* \*$/m);
    assert.equal(existsSync(path.join(folder, 'rows.preview.png')), false);
  });

  it('says what is wrong with the config, and with the arguments', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(
      path.join(folder, 'bad.selfsup.yaml'),
      'data: { images: nowhere }\nencoder: { type: mlp }\npretext: { method: simclr }\n',
    );
    const bad = await selfsup(['preview', 'bad.selfsup.yaml'], { cwd: folder });
    assert.equal(bad.code, 2);
    assert.match(bad.stderr + bad.stdout, /nowhere/);
    const none = await selfsup(['preview', 'bad.selfsup.yaml', '-n', '0'], { cwd: folder });
    assert.equal(none.code, 2);
    assert.match(none.stderr, /Found 0; expected a whole number from 1 to 64\./);
  });
});
