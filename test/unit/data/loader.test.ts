import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { randomAt } from '../../../server/random.ts';
import { type SkippedSample, viewKeys } from '../../../server/training/data/dataset.ts';
import { openDataset } from '../../../server/training/data/open.ts';
import { parseViews } from '../../../server/views/recipe.ts';
import { npy, put, temporaryFolder } from './fixtures.ts';

const recipe = parseViews({ crop: 0.5, flip: true, rotate: 20, colorJitter: 0.5, noise: 0.1, cutout: 0.2 });
const both = [
  { view: 0, augmented: true },
  { view: 1, augmented: true },
  { view: 2, augmented: false },
];

function randomBytes(count: number): Uint8Array {
  const random = randomAt(3, 'bytes');
  return Uint8Array.from({ length: count }, () => random.integer(256));
}

async function pictures(folder: string, count: number, classes: number): Promise<void> {
  const data = randomBytes(count * 48);
  for (let i = 0; i < count; i++) {
    const file = put(folder, `c${i % classes}/${String(i).padStart(3, '0')}.png`, '');
    await sharp(data.subarray(i * 48, (i + 1) * 48), { raw: { width: 4, height: 4, channels: 3 } })
      .png()
      .toFile(file);
  }
}

test('batches do not depend on workers, order or overlap', async (t) => {
  const folder = temporaryFolder(t);
  await pictures(folder, 60, 2);
  const array = put(folder, 'x.npy', npy('|u1', [60, 4, 4, 3], randomBytes(60 * 48)));
  for (const images of [array, folder]) {
    const batches = [
      Int32Array.from({ length: 40 }, (_, i) => i),
      Int32Array.of(5, 3, 59, 3),
      new Int32Array(0),
    ];
    const results = [];
    for (const workers of [0, 1, 3]) {
      const dataset = await openDataset({ images, testFraction: 0, labels: 'none' }, { seed: 0 });
      const loader = dataset.loader({ seed: 9, views: recipe, workers });
      const order = workers === 3 ? [...batches].reverse() : batches;
      const loaded = await Promise.all(order.map((indices) => loader.load(indices, both, 4)));
      if (workers === 3) loaded.reverse();
      results.push(loaded);
      await loader.dispose();
      dataset.close();
    }
    assert.deepEqual(results[1], results[0]);
    assert.deepEqual(results[2], results[0]);
    const [first] = results[0]!;
    assert.equal(first!.length, 3);
    assert.equal(first![0]!.length, 40 * 48);
    assert.notDeepEqual(first![0], first![1], 'two views differ');
    // Sample 3 is the same in another batch and another place.
    assert.deepEqual(results[0]![1]![0]!.slice(48, 96), first![0]!.slice(3 * 48, 4 * 48));
  }
});

test('another epoch draws other views; the plain view stays', async (t) => {
  const folder = temporaryFolder(t);
  const images = put(folder, 'x.npy', npy('|u1', [8, 4, 4, 3], randomBytes(8 * 48)));
  const dataset = await openDataset({ images, testFraction: 0 }, { seed: 0 });
  const loader = dataset.loader({ seed: 9, views: recipe, workers: 0 });
  const indices = Int32Array.of(0, 1, 2);
  const [a, , plainA] = await loader.load(indices, both, 0);
  const [b, , plainB] = await loader.load(indices, both, 1);
  assert.notDeepEqual(a, b);
  assert.deepEqual(plainA, plainB);
  const expected = Array.from(plainA!, (value, i) =>
    Math.round((value * dataset.std[i % 3]! + dataset.mean[i % 3]!) * 255),
  );
  assert.deepEqual(expected, Array.from(randomBytes(8 * 48).slice(0, 3 * 48)));
  await loader.dispose();
});

test('views of another size: in their place among the others, the same for every number of workers', async (t) => {
  const images = put(temporaryFolder(t), 'x.npy', npy('|u1', [40, 6, 8, 3], randomBytes(40 * 144)));
  const dataset = await openDataset({ images, testFraction: 0 }, { seed: 0 });
  const keys = viewKeys([
    'augmented',
    { size: [3, 4], area: [0.2, 0.4] },
    { size: [3, 4], area: [0.2, 0.4] },
  ]);
  const indices = Int32Array.from({ length: 40 }, (_, i) => i);
  const results = [];
  for (const workers of [0, 2]) {
    const loader = dataset.loader({ seed: 9, views: recipe, workers });
    results.push(await loader.load(indices, keys, 1));
    await loader.dispose();
  }
  assert.deepEqual(results[0], results[1]);
  const [whole, first, second] = results[0]!;
  assert.deepEqual([whole!.length, first!.length, second!.length], [40 * 144, 40 * 36, 40 * 36]);
  assert.notDeepEqual(first, second);
  const plain = { seed: 9, workers: 0 };
  const loader = dataset.loader(plain);
  const [half] = await loader.load(indices, viewKeys([{ size: [3, 4], area: [1, 1] }]), 0);
  const [expected] = await dataset
    .loader({ ...plain, views: parseViews({ crop: [1, 1] }) })
    .load(indices, [{ view: 0, augmented: true }], 0);
  // Every pixel of the half size lies between four of the whole one.
  const at = (y: number, x: number): number => expected![(y * 8 + x) * 3]!;
  assert.ok(Math.abs(half![0]! - (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4) < 1e-4);
  await loader.dispose();
  dataset.close();
});

for (const workers of [0, 2])
  test(`a picture that breaks is replaced by one of its class and named once (${workers} workers)`, async (t) => {
    const folder = temporaryFolder(t);
    await pictures(folder, 40, 2);
    const dataset = await openDataset({ images: folder, testFraction: 0.25 }, { seed: 0 });
    assert.equal(dataset.kind, 'images');
    // Emptied of its cache, as when the data is too large for one.
    const uncached = { ...dataset, cache: undefined } as typeof dataset;
    const bad = dataset.split.train[4]!;
    const file = path.join(folder, dataset.name(bad));
    const bytes = readFileSync(file);
    bytes.fill(0x55, 41, bytes.length - 20); // a whole file with a destroyed middle
    writeFileSync(file, bytes);
    const skipped: SkippedSample[] = [];
    const loader = uncached.loader({ seed: 0, workers, onSkipped: (sample) => skipped.push(sample) });
    const plain = [{ view: 0, augmented: false }];
    const indices = dataset.split.train.slice();
    const [first] = await loader.load(indices, plain, 0);
    const [second] = await loader.load(indices, plain, 1);
    assert.deepEqual(first, second);
    assert.deepEqual(
      skipped.map(({ name }) => name),
      [dataset.name(bad)],
    );
    assert.ok(skipped[0]!.reason.length > 3, skipped[0]!.reason);
    const size = 48;
    const mine = first!.slice(4 * size, 5 * size).join();
    const twins = Array.from(indices, (index, slot) => ({ index, slot })).filter(
      ({ slot }) => slot !== 4 && first!.slice(slot * size, (slot + 1) * size).join() === mine,
    );
    assert.equal(twins.length, 1, 'it shows exactly one other training sample');
    assert.equal(dataset.labels![twins[0]!.index], dataset.labels![bad]);
    await loader.dispose();
  });

test('when nothing can be read any more, the error names the sample', async (t) => {
  const folder = temporaryFolder(t);
  await pictures(folder, 6, 1);
  const dataset = await openDataset({ images: folder, testFraction: 0 }, { seed: 0 });
  const uncached = { ...dataset, cache: undefined } as typeof dataset;
  for (let i = 0; i < 6; i++) rmSync(path.join(folder, dataset.name(i)));
  for (const workers of [0, 1]) {
    const loader = uncached.loader({ seed: 0, workers });
    await assert.rejects(
      loader.load(Int32Array.of(2), [{ view: 0, augmented: false }], 0),
      /c0\/002\.png cannot be read/,
    );
    await loader.dispose();
  }
});

test('once read, samples come from memory', async (t) => {
  const folder = temporaryFolder(t);
  await pictures(folder, 6, 1);
  const dataset = await openDataset({ images: folder, testFraction: 0 }, { seed: 0 });
  for (let i = 0; i < 6; i++) rmSync(path.join(folder, dataset.name(i)));
  const loader = dataset.loader({ seed: 0, workers: 1 });
  const [plain] = await loader.load(Int32Array.of(0, 5), [{ view: 0, augmented: false }], 0);
  assert.equal(plain!.length, 96);
  await loader.dispose();
});

test('a closed loader rejects', async (t) => {
  const folder = temporaryFolder(t);
  const images = put(folder, 'x.npy', npy('|u1', [8, 4, 4, 3], randomBytes(8 * 48)));
  const dataset = await openDataset({ images, testFraction: 0 }, { seed: 0 });
  const loader = dataset.loader({ seed: 0, workers: 1 });
  await loader.dispose();
  await assert.rejects(loader.load(Int32Array.of(2), [{ view: 0, augmented: false }], 0), /closed/);
});
