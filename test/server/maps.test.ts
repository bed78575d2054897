import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import type { EmbeddingMap } from '../../server/protocol/runView.ts';
import { hasMap } from '../../server/trainer/mapWriter.ts';
import { openDataset } from '../../server/training/data/open.ts';
import { picture } from '../support/brokenImages.ts';
import { selfsup } from '../support/builtSelfsup.ts';
import { writeStripes } from '../support/smallImages.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** Trains and returns the run's folder and the map events. */
async function train(folder: string, config: string) {
  writeFileSync(path.join(folder, 'package.json'), '{}'); // marks the workspace root
  writeFileSync(path.join(folder, 'x.selfsup.yaml'), config);
  const ended = await selfsup(['train', 'x.selfsup.yaml', '--json'], { cwd: folder });
  assert.equal(ended.code, 0, ended.stderr);
  return {
    run: ended.events.at(-1)!.folder as string,
    maps: ended.events.filter(({ event }) => event === 'map'),
  };
}

const readMap = (file: unknown) => JSON.parse(readFileSync(file as string, 'utf8')) as EmbeddingMap;

describe('maps of embeddings', () => {
  it('are written at every online evaluation, with a thumbnail of each point', async (t) => {
    const folder = temporaryFolder(t);
    const { images, labels } = writeStripes(folder, 400);
    const config = (downstream: string) => `
data: { images: ${images}, labels: ${labels} }
encoder: { type: mlp, hidden: [32, 8] }
pretext: { method: autoencoder }
train: { epochs: 5, batchSize: 32, device: cpu }
evaluate: { every: 2, knn: false, linearProbe: false, preview: false }
export: { onnx: false }
${downstream}`;
    const { run, maps } = await train(folder, config(''));
    const steps = [20, 40, 50];
    assert.deepEqual(
      maps.map(({ step }) => step),
      steps,
    );
    const names = steps.map((step) => `map-${String(step).padStart(8, '0')}.json`);
    assert.deepEqual(readdirSync(path.join(run, 'embeddings')).sort(), [...names, 'thumbnails.png']);

    const map = readMap(maps[2]!.file);
    assert.equal(map.step, 50);
    assert.equal(map.layer, 'encoder');
    assert.equal(map.pca.length, 80, 'one point for each held-out image');
    assert.equal(map.components.size, 8);
    assert.equal(map.components.values.length, 80 * 8);
    for (const [point, [x, y]] of map.pca.entries())
      assert.deepEqual([x, y], map.components.values.slice(point * 8, point * 8 + 2));
    assert.ok(map.explained[0] >= map.explained[1] && map.explained[0] + map.explained[1] <= 1);
    const spread = (axis: 0 | 1) => map.pca.reduce((sum, point) => sum + point[axis] ** 2, 0);
    assert.ok(spread(0) > spread(1), 'the first component varies most');
    assert.deepEqual(map.classes, ['0', '1']);
    for (const [point, { index, name, file }] of map.samples.entries()) {
      assert.equal(name, `image ${index}`);
      assert.equal(file, undefined);
      assert.equal(map.labels[point], index % 2, 'stripes alternate');
    }
    assert.deepEqual(readMap(maps[0]!.file).samples, map.samples);
    assert.notDeepEqual(readMap(maps[0]!.file).pca, map.pca);

    assert.deepEqual(map.thumbnails, { file: 'embeddings/thumbnails.png', columns: 50, size: 12 });
    const sheet = sharp(path.join(run, map.thumbnails!.file));
    const { width, height } = await sheet.metadata();
    assert.deepEqual([width, height], [50 * 12, 2 * 12]);
    const pixels = await sheet.raw().toBuffer();
    const raw = readFileSync(images).subarray(16);
    for (const point of [0, 49, 50, 79]) {
      const [left, top] = [(point % 50) * 12, Math.floor(point / 50) * 12];
      for (let y = 0; y < 12; y++)
        for (let x = 0; x < 12; x++) {
          const shown = pixels[((top + y) * width + left + x) * 3]!;
          const stored = raw[(map.samples[point]!.index * 12 + y) * 12 + x]!;
          assert.ok(Math.abs(shown - stored) <= 1, `point ${point}: ${shown} for ${stored}`);
        }
    }

    const again = await train(
      folder,
      config('downstream: [{ task: classification, mode: linear, labelsPerClass: [5] }]'),
    );
    assert.notEqual(again.run, run);
    assert.deepEqual(again.maps, [], 'the pretraining was taken over');
    assert.deepEqual(readdirSync(path.join(again.run, 'embeddings')).sort(), [...names, 'thumbnails.png']);
  });

  it('lead from a point to the line of its table', async (t) => {
    const folder = temporaryFolder(t);
    const lines = Array.from({ length: 100 }, (_, i) => `${Math.sin(i)},${i * i}`);
    writeFileSync(path.join(folder, 't.csv'), ['a,b', ...lines].join('\n'));
    const { maps } = await train(
      folder,
      `
data: { table: t.csv }
encoder: { type: mlp, hidden: [4] }
pretext: { method: autoencoder }
train: { epochs: 1, batchSize: 16, device: cpu }
evaluate: { preview: false }
export: { onnx: false }
`,
    );
    const { samples, labels, classes, thumbnails } = readMap(maps[0]!.file);
    assert.deepEqual([labels, classes, thumbnails], [[], [], undefined]);
    assert.equal(samples.length, 80, 'too few are held out: those of the training are shown');
    for (const { index, name, file, line } of samples) {
      assert.equal(name, `row ${index + 1}`);
      assert.equal(file, path.join(folder, 't.csv'));
      assert.equal(line, index + 2);
    }
  });

  it('are about 60 for any number of evaluations', () => {
    const written = (evaluations: number) =>
      Array.from({ length: evaluations }, (_, i) => i + 1).filter((n) => hasMap(n, evaluations)).length;
    assert.deepEqual([1, 5, 60, 61, 100, 1000].map(written), [1, 5, 60, 30, 50, 58]);
  });
});

describe('where a sample is', () => {
  it('is the file of a picture, in the test set too', async (t) => {
    const folder = temporaryFolder(t);
    for (const name of ['main/a/1.png', 'main/b/2.png', 'test/a/3.png', 'test/b/4.png']) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), await picture());
    }
    const images = path.join(folder, 'main');
    const data = await openDataset(
      { images, test: { images: path.join(folder, 'test') }, testFraction: 0 },
      { seed: 0 },
    );
    assert.deepEqual(
      [0, 1, 2, 3].map((index) => data.origin?.(index)),
      ['main/a/1.png', 'main/b/2.png', 'test/a/3.png', 'test/b/4.png'].map((name) => ({
        file: path.join(folder, name),
      })),
    );
  });

  it('is the line of a JSONL table, blank and broken lines counted', async (t) => {
    const table = path.join(temporaryFolder(t), 't.jsonl');
    writeFileSync(table, '{"a":1.5}\n\n{"a":2.5}\nbroken\n{"a":3.25}\n{"a":4}\n');
    const data = await openDataset({ table, testFraction: 0 }, { seed: 0 });
    assert.deepEqual(
      [0, 1, 2, 3].map((index) => data.origin?.(index)?.line),
      [1, 3, 5, 6],
    );
  });
});
