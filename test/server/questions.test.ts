import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import sharp from 'sharp';
import { readConfig } from '../../server/config/read.ts';
import type { Config } from '../../server/config/schema.ts';
import type { PreviewBlock } from '../../server/protocol/pretextPreview.ts';
import { Assistant } from '../../server/runs/assistant.ts';
import { selfsup } from '../support/builtSelfsup.ts';
import { writeStripes } from '../support/smallImages.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** The editor's questions, answered by a real trainer. */
describe('questions about a config', () => {
  const assistant = new Assistant();
  after(() => assistant.dispose());

  const stripes = (t: TestContext, rest: string, folder = temporaryFolder(t)): Config => {
    const { images, labels } = writeStripes(folder, 100);
    return configOf(folder, `data: { images: ${images}, labels: ${labels} }\n${rest}`);
  };
  const preview = (config: Config, runFolder?: string) =>
    assistant.preview(config, { samples: 3, key: 'test', ...(runFolder && { runFolder }) });
  const titles = (block: PreviewBlock | undefined) => {
    assert.equal(block?.kind, 'images');
    for (const { pictures } of block.rows) assert.equal(pictures.length, 3);
    return block.rows.map(({ title, detail }) => `${title}: ${detail ?? ''}`);
  };

  it('draws the two views of each sample, and says what they went through', async (t) => {
    const config = stripes(
      t,
      `encoder: { type: mlp, hidden: [16, 8] }
pretext: { method: simclr, views: { flip: true, noise: 0.2, crop: false } }
train: { batchSize: 16 }`,
    );
    const { method, summary, blocks } = await preview(config);
    assert.equal(method, 'simclr');
    assert.equal(summary, 'SimCLR on the first 3 samples held out for testing.');
    const words = 'flip (horizontal 0.5, vertical 0), noise (std 0.2)';
    assert.deepEqual(titles(blocks[0]), ['original: ', `view 1: ${words}`, `view 2: ${words}`]);
    const [original, first, second] = await Promise.all(pixelsOf(blocks[0]).map(decoded));
    // 12 pixels enlarged by 5; the noise makes every view another picture.
    assert.equal(original!.length, 60 * 60 * 3);
    assert.notDeepEqual(first, original);
    assert.notDeepEqual(first, second);
  });

  it('draws rotations with their angle', async (t) => {
    const { blocks } = await preview(
      stripes(
        t,
        'encoder: { type: mlp, hidden: [16, 8] }\npretext: { method: rotation, views: { crop: false } }\ntrain: { batchSize: 16 }',
      ),
    );
    assert.deepEqual(
      titles(blocks[0]),
      ['original: ', 'turned by 0°: ', 'turned by 90°: ', 'turned by 180°: ', 'turned by 270°: '].map(
        (row) => (row.startsWith('turned') ? `${row}no transform` : row),
      ),
    );
    const [original, none, quarter, half] = await Promise.all(pixelsOf(blocks[0]).map(decoded));
    assert.deepEqual(none, original);
    const side = 60;
    const at = (pixels: Buffer, y: number, x: number) => pixels[(y * side + x) * 3];
    for (let y = 0; y < side; y += 7)
      for (let x = 0; x < side; x += 7) {
        assert.equal(at(quarter!, y, x), at(original!, x, side - 1 - y), 'counter-clockwise');
        assert.equal(at(half!, y, x), at(original!, side - 1 - y, side - 1 - x));
      }
  });

  it('restores by the untrained network and by the newest checkpoint that fits', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(path.join(folder, 'package.json'), '{}');
    const rest = (size: number) => `encoder: { type: mlp, hidden: [32, ${size}] }
pretext: { method: denoising, drop: 0.5, noise: 0 }
train: { epochs: 30, batchSize: 16, learningRate: 0.01, device: cpu }
evaluate: { knn: false, linearProbe: false, preview: false }
export: { onnx: false }`;
    const config = stripes(t, rest(16), folder);
    const trained = await selfsup(['train', 'x.selfsup.yaml', '--json'], { cwd: folder });
    assert.equal(trained.code, 0, trained.stderr);
    const run = trained.events.at(-1)!.folder as string;

    const { blocks, summary } = await preview(config, run);
    assert.equal(
      summary,
      'Denoising autoencoder (noise 0, drop 0.5) on the first 3 samples held out for testing.',
    );
    assert.deepEqual(titles(blocks[0]), [
      'original: ',
      'corrupted: noise 0, drop 0.5',
      'restored: by the untrained network',
      `restored: after step 150 of ${path.basename(run)}`,
    ]);
    const [original, , before, after] = await Promise.all(pixelsOf(blocks[0]).map(decoded));
    assert.ok(
      distance(after!, original!) < 0.5 * distance(before!, original!),
      'the trained network restores better',
    );

    const other = await preview(stripes(t, rest(17), folder), run);
    assert.equal(titles(other.blocks[0]).length, 3);
    assert.match(
      other.summary,
      /The checkpoint of .* is of another model: its encoder\/.* is \[.*16\], here it is \[.*17\]\.$/,
    );
    const gone = await preview(config, path.join(folder, 'gone'));
    assert.match(gone.summary, /gone has no checkpoint yet\.$/);
  });

  it('shows table rows in their own columns and units, with the corrupted cells marked', async (t) => {
    const folder = temporaryFolder(t);
    const lines = Array.from(
      { length: 40 },
      (_, i) => `${100 + i * 2.5},${['red', 'green'][i % 2]},${i % 7 === 0 ? '' : i}`,
    );
    writeFileSync(path.join(folder, 't.csv'), ['size,colour,count', ...lines].join('\n'));
    const rest = 'encoder: { type: mlp, hidden: [8, 4] }\ntrain: { batchSize: 8 }';
    const rowsOf = async (pretext: string) => {
      const config = configOf(
        folder,
        `data: { table: t.csv, columns: { count: numeric } }\npretext: ${pretext}\n${rest}`,
      );
      const [block] = (await assistant.preview(config, { samples: 40, key: 't' })).blocks;
      assert.equal(block?.kind, 'table');
      assert.deepEqual(block.columns, ['size', 'colour', 'count']);
      return block.rows;
    };
    const rows = await rowsOf('{ method: vime, corruption: 0.5 }');
    assert.equal(rows.length, 120);
    let changes = 0;
    for (let sample = 0; sample < 40; sample++) {
      const [original, corrupted, restored] = rows.slice(sample * 3, sample * 3 + 3);
      const line = lines[Number(/^row (\d+)$/.exec(original!.title)![1]) - 1]!.split(',');
      assert.deepEqual(
        original!.cells.map(({ text }) => text),
        line.map((cell) => cell || '(missing)'),
      );
      assert.equal(corrupted!.title, 'corrupted');
      assert.equal(restored!.title, 'restored by the untrained network');
      for (const [column, { text, changed }] of corrupted!.cells.entries()) {
        assert.equal(changed, text !== original!.cells[column]!.text);
        assert.equal(restored!.cells[column]!.changed, changed);
        assert.equal(original!.cells[column]!.changed, false);
        changes += Number(changed);
      }
    }
    assert.ok(changes > 20 && changes < 70, `about half of 120 cells, less equal draws: ${changes}`);
    assert.equal((await rowsOf('{ method: scarf }')).length, 80, 'SCARF restores nothing');
  });

  it('estimates weights, memory and steps', async (t) => {
    const config = stripes(
      t,
      `encoder: { type: mlp, hidden: [16, 8], norm: none }
pretext: { method: autoencoder, decoder: { hidden: [] } }
train: { batchSize: 10, device: cpu }`,
    );
    const { parameters, activationBytes, stepsPerEpoch, stepMs, device } = await assistant.estimate(config);
    const encoder = 144 * 16 + 16 + 16 * 8 + 8;
    assert.deepEqual(parameters, { encoder, all: encoder + 8 * 144 + 144 });
    assert.equal(stepsPerEpoch, 8);
    assert.equal(device, 'cpu');
    assert.ok(stepMs > 0 && Number.isFinite(stepMs));
    // The relu and the code of 10 samples at least; all values of both layers twice over at most.
    assert.ok(
      activationBytes >= 10 * (16 + 8) * 4 && activationBytes <= 10 * 2 * (16 + 8 + 144) * 4,
      `${activationBytes}`,
    );
  });
});

function configOf(folder: string, text: string): Config {
  const file = path.join(folder, 'x.selfsup.yaml');
  writeFileSync(file, text);
  const { config, problems } = readConfig(file);
  assert.deepEqual(problems, []);
  return config!;
}

/** The first picture of each row. */
function pixelsOf(block: PreviewBlock | undefined): string[] {
  assert.equal(block?.kind, 'images');
  return block.rows.map(({ pictures }) => pictures[0]!);
}

function decoded(url: string): Promise<Buffer> {
  const [head, data] = url.split(',');
  assert.equal(head, 'data:image/png;base64');
  return sharp(Buffer.from(data!, 'base64')).raw().toBuffer();
}

function distance(a: Buffer, b: Buffer): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}
