import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { openDataset } from '../../../server/training/data/open.ts';
import type { OpenedImageDataset } from '../../../server/training/data/opened.ts';
import type { DataOptions } from '../../../server/training/data/options.ts';
import { idx, npy, npz, put, temporaryFolder } from './fixtures.ts';

async function open(
  data: Omit<DataOptions, 'testFraction'> & { testFraction?: number },
): Promise<OpenedImageDataset> {
  const dataset = await openDataset({ testFraction: 0, ...data }, { seed: 0 });
  assert.equal(dataset.kind, 'images');
  return dataset as OpenedImageDataset;
}

/** All samples as they are, not normalised, times 255. */
async function pixels(data: Parameters<typeof open>[0]): Promise<number[]> {
  const dataset = await open({ ...data, normalize: 'none' });
  const loader = dataset.loader({ seed: 0, workers: 0 });
  const [plain] = await loader.load(
    Int32Array.from({ length: dataset.count }, (_, i) => i),
    [{ view: 0, augmented: false }],
    0,
  );
  await loader.dispose();
  dataset.close();
  return Array.from(plain!, (value) => Math.round(value * 255 * 1000) / 1000);
}

const bytes = Uint8Array.from({ length: 24 }, (_, i) => i * 10);
const expected = Array.from(bytes);

test('IDX, plain and gzip, with the labels that lie beside it', async (t) => {
  const folder = temporaryFolder(t);
  const file = put(folder, 'a-images-idx3-ubyte', idx(8, [4, 2, 3], bytes));
  put(folder, 'a-labels-idx1-ubyte', idx(8, [4], Uint8Array.of(7, 2, 2, 10)));
  assert.deepEqual(await pixels({ images: file }), expected);
  const dataset = await open({ images: file });
  assert.deepEqual(dataset.sample, { modality: 'image', shape: [2, 3, 1] });
  assert.deepEqual(dataset.classes, ['2', '7', '10']);
  assert.deepEqual(Array.from(dataset.labels!), [1, 0, 0, 2]);
  assert.equal(dataset.summary, '4 images 2x3x1 in 3 classes (IDX)');
  assert.equal(dataset.name(3), 'image 3');
  assert.deepEqual(dataset.notes, ['labels are taken from a-labels-idx1-ubyte']);
  assert.equal((await open({ images: file, labels: 'none' })).labels, undefined);
  const packed = put(folder, 'b.gz', gzipSync(readFileSync(file)));
  assert.deepEqual(await pixels({ images: packed }), expected);
  const labels = put(folder, 'other.gz', gzipSync(idx(8, [4], Uint8Array.of(1, 1, 0, 0))));
  assert.deepEqual(Array.from((await open({ images: packed, labels })).labels!), [1, 1, 0, 0]);
});

test('IDX with colours, and with big-endian floats', async (t) => {
  const folder = temporaryFolder(t);
  assert.deepEqual(await pixels({ images: put(folder, 'c', idx(8, [2, 2, 2, 3], bytes)) }), expected);
  const floats = Buffer.alloc(16);
  for (const [i, value] of [0, 0.25, 0.5, 1].entries()) floats.writeFloatBE(value, 4 * i);
  assert.deepEqual(
    await pixels({ images: put(folder, 'f', idx(13, [1, 2, 2], floats)) }),
    [0, 63.75, 127.5, 255],
  );
});

test('NPY in all layouts and types', async (t) => {
  const folder = temporaryFolder(t);
  const read = (content: Buffer) => pixels({ images: put(folder, 'x.npy', content) });
  assert.deepEqual(await read(npy('|u1', [4, 2, 3], bytes)), expected);
  assert.deepEqual(await read(npy('|u1', [2, 2, 2, 3], bytes)), expected);
  // One image, channels first: planes become interleaved.
  const planes = Uint8Array.of(1, 2, 3, 4, 10, 20, 30, 40, 100, 110, 120, 130);
  assert.deepEqual(
    await read(npy('|u1', [1, 3, 2, 2], planes)),
    [1, 10, 100, 2, 20, 110, 3, 30, 120, 4, 40, 130],
  );
  assert.deepEqual(await read(npy('<f4', [1, 2, 2], Float32Array.of(0, 0.5, 1, 0.2))), [0, 127.5, 255, 51]);
  assert.deepEqual(await read(npy('<f8', [1, 2, 2], Float64Array.of(0, 51, 255, 102))), [0, 51, 255, 102]);
  assert.deepEqual(
    await read(npy('<i8', [1, 2, 2], BigInt64Array.of(0n, 51n, 255n, 102n))),
    [0, 51, 255, 102],
  );
  assert.deepEqual(
    await read(npy('<f4', [1, 2, 2], Float32Array.of(-1, 0, 1, 0.5))),
    [0, 127.5, 255, 191.25],
  );
  assert.deepEqual(await read(npy('|b1', [1, 1, 2], Uint8Array.of(0, 1))), [0, 255]);
  const swapped = Buffer.alloc(4);
  swapped.writeUInt16BE(100, 0);
  swapped.writeUInt16BE(255, 2);
  assert.deepEqual(await read(npy('>u2', [1, 1, 2], swapped)), [100, 255]);
});

for (const compressed of [false, true])
  test(`NPZ, ${compressed ? 'deflated' : 'stored'}, with labels`, async (t) => {
    const folder = temporaryFolder(t);
    const content = npz(
      {
        'y.npy': npy('<i8', [4], BigInt64Array.of(3n, 1n, 3n, 1n)),
        'images.npy': npy('|u1', [4, 2, 3], bytes),
      },
      compressed,
    );
    const file = put(folder, 'x.npz', content);
    assert.deepEqual(await pixels({ images: file }), expected);
    const dataset = await open({ images: file });
    assert.deepEqual(dataset.classes, ['1', '3']);
    assert.deepEqual(Array.from(dataset.labels!), [1, 0, 1, 0]);
  });

function cifarRecords(
  labels: readonly number[][],
  value: (image: number, channel: number, pixel: number) => number,
) {
  return Buffer.concat(
    labels.map((label, image) =>
      Buffer.concat([
        Buffer.from(label),
        Uint8Array.from({ length: 3072 }, (_, i) => value(image, Math.floor(i / 1024), i % 1024)),
      ]),
    ),
  );
}

test('CIFAR-10 folder: batches in order, the test batch is the test set, classes by name', async (t) => {
  const folder = temporaryFolder(t);
  const value = (image: number, channel: number, pixel: number) =>
    (image * 50 + channel * 20 + (pixel % 16)) & 255;
  put(folder, 'data_batch_1.bin', cifarRecords([[3], [0]], value));
  put(folder, 'data_batch_2.bin', cifarRecords([[3]], value));
  put(folder, 'test_batch.bin', cifarRecords([[0], [3]], value));
  put(folder, 'batches.meta.txt', 'airplane\nautomobile\nbird\ncat\n');
  const dataset = await open({ images: folder, testFraction: 0.5 });
  assert.deepEqual(Array.from(dataset.split.train), [0, 1, 2]);
  assert.deepEqual(Array.from(dataset.split.test), [3, 4]);
  assert.deepEqual(dataset.classes, ['airplane', 'cat']);
  assert.deepEqual(Array.from(dataset.labels!), [1, 0, 1, 0, 1]);
  const all = await pixels({ images: folder });
  const image = all.slice(3072, 2 * 3072);
  assert.deepEqual(image.slice(0, 6), [50, 70, 90, 51, 71, 91]);
});

test('CIFAR-100: the fine label counts', async (t) => {
  const folder = temporaryFolder(t);
  const file = put(
    folder,
    'train.bin',
    cifarRecords(
      [
        [1, 77],
        [2, 5],
      ],
      () => 9,
    ),
  );
  const dataset = await open({ images: file });
  assert.deepEqual(dataset.classes, ['5', '77']);
  assert.match(dataset.summary, /CIFAR-100/);
});

async function png(
  folder: string,
  name: string,
  height: number,
  width: number,
  colour: readonly number[],
): Promise<string> {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  const channels = colour.length as 1 | 3 | 4;
  const data = Buffer.from(Array.from({ length: height * width }, () => colour).flat());
  const format = path.extname(name).slice(1) as 'png';
  await sharp(data, { raw: { width, height, channels } })
    .toFormat(format, { lossless: true, compression: 'lzw' })
    .toFile(file);
  return file;
}

test('a folder of class folders, all formats, colours exact', async (t) => {
  const folder = temporaryFolder(t);
  await png(folder, 'cat/a.png', 4, 4, [255, 0, 0]);
  await png(folder, 'cat/deep/b.webp', 4, 4, [0, 255, 0]);
  await png(folder, 'dog/c.tiff', 4, 4, [0, 0, 255]);
  await png(folder, 'dog/d.png', 4, 4, [255, 255, 255, 0]);
  put(folder, 'dog/.hidden.png', 'x');
  put(folder, 'notes.txt', 'x');
  const dataset = await open({ images: folder });
  assert.deepEqual(dataset.sample.shape, [4, 4, 3]);
  assert.deepEqual(dataset.classes, ['cat', 'dog']);
  assert.deepEqual(
    [0, 1, 2, 3].map((i) => dataset.name(i)),
    ['cat/a.png', 'cat/deep/b.webp', 'dog/c.tiff', 'dog/d.png'],
  );
  const all = await pixels({ images: folder });
  assert.deepEqual(
    [0, 48, 96, 144].map((at) => all.slice(at, at + 3)),
    [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [0, 0, 0],
    ],
  );
});

test('grey pictures stay grey; different sizes become 64 and are said; no class folders, no labels', async (t) => {
  const folder = temporaryFolder(t);
  const grey = (name: string, side: number) =>
    sharp(Buffer.alloc(side * side, 77), { raw: { width: side, height: side, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(path.join(folder, name));
  await grey('a.png', 5);
  await grey('b.png', 9);
  const dataset = await open({ images: folder });
  assert.deepEqual(dataset.sample.shape, [64, 64, 1]);
  assert.equal(dataset.labels, undefined);
  assert.match(dataset.notes.join(), /different sizes/);
  assert.ok((await pixels({ images: folder, size: 3 })).every((value) => value === 77));
  assert.equal((await pixels({ images: folder, size: 3, channels: 3 })).length, 2 * 27);
});

test('an oblong picture is scaled to cover and its middle is cut out, from a folder as from an array', async (t) => {
  const folder = temporaryFolder(t);
  // Left third black, middle white, right black; 4 x 12.
  const row = [0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0];
  const data = Buffer.from(Array.from({ length: 4 }, () => row).flat());
  mkdirSync(path.join(folder, 'p'));
  await sharp(data, { raw: { width: 12, height: 4, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(path.join(folder, 'p/a.png'));
  const file = put(folder, 'x.npy', npy('|u1', [1, 4, 12], data));
  const white = new Array(16).fill(255);
  assert.deepEqual(await pixels({ images: path.join(folder, 'p'), size: 4 }), white);
  assert.deepEqual(await pixels({ images: file, size: 4 }), white);
  assert.deepEqual(await pixels({ images: file, size: [4, 12] }), Array.from(data));
});

test('array images are resized with an antialiased triangle filter', async (t) => {
  const folder = temporaryFolder(t);
  const ramp = npy(
    '|u1',
    [1, 4, 4],
    Uint8Array.from({ length: 16 }, (_, i) => (i % 4) * 60),
  );
  const half = await pixels({ images: put(folder, 'x.npy', ramp), size: 2 });
  // Weights 1/4, 3/4, 3/4, 1/4 around each output, cut at the border: (0*3 + 60*3 + 120*1) / 7 and so on.
  assert.deepEqual(half, [43, 137, 43, 137]);
  const colour = npy('|u1', [1, 1, 1, 3], Uint8Array.of(100, 200, 50));
  assert.deepEqual(await pixels({ images: put(folder, 'c.npy', colour), channels: 1 }), [153]);
});

test('labels of a folder from a CSV, by path, name or stem; the rest is unlabelled', async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['a.png', 'b.png', 'c.png', 'd.png']) await png(folder, `p/${name}`, 2, 2, [1, 2, 3]);
  const labels = put(folder, 'labels.csv', 'file,label\n./p/a.png,x\nb.png,y\nc,x\n');
  const dataset = await open({ images: folder, labels });
  assert.deepEqual(dataset.classes, ['x', 'y']);
  assert.deepEqual(Array.from(dataset.labels!), [0, 1, 0, -1]);
});

test('a separate test set comes after the training set and shares its range and classes', async (t) => {
  const folder = temporaryFolder(t);
  const train = put(folder, 'a.npy', npy('<f4', [2, 1, 2], Float32Array.of(-2, 2, 0, 1)));
  const other = put(folder, 'b.npy', npy('<f4', [1, 1, 2], Float32Array.of(-1, 1)));
  const dataset = await open({ images: train, test: { images: other }, testFraction: 0.5 });
  assert.deepEqual([Array.from(dataset.split.train), Array.from(dataset.split.test)], [[0, 1], [2]]);
  assert.deepEqual((await pixels({ images: train, test: { images: other } })).slice(4), [63.75, 191.25]);
  assert.equal(dataset.name(2), 'test: image 0');
});

test('mean and standard deviation per channel are those of the training split', async (t) => {
  const folder = temporaryFolder(t);
  const data = Uint8Array.of(0, 51, 102, 255, 51, 102, 0, 51, 102, 255, 51, 102);
  const dataset = await open({ images: put(folder, 'x.npy', npy('|u1', [2, 1, 2, 3], data)) });
  assert.deepEqual(
    dataset.mean.map((value) => value.toFixed(12)),
    ['0.500000000000', '0.200000000000', '0.400000000000'],
  );
  assert.equal(dataset.std[0], 0.5);
  assert.equal(dataset.std[1], 1, 'a constant channel is not divided by 0');
  const loader = dataset.loader({ seed: 0, workers: 0 });
  const [plain] = await loader.load(Int32Array.of(0), [{ view: 0, augmented: false }], 0);
  assert.deepEqual(
    Array.from(plain!, (value) => Math.abs(Math.round(value * 1e6) / 1e6)),
    [1, 0, 0, 1, 0, 0],
  );
  const half = npy('|u1', [4, 1, 1], Uint8Array.of(255, 0, 255, 0));
  const split = await open({ images: put(folder, 'y.npy', half), testFraction: 0.5 });
  const values = Array.from(split.split.train, (i) => [1, 0, 1, 0][i]!);
  assert.equal(split.mean[0], (values[0]! + values[1]!) / 2);
});

test('normalize: minmax maps each channel to 0..1, none keeps 0..1', async (t) => {
  const folder = temporaryFolder(t);
  const images = put(folder, 'x.npy', npy('|u1', [1, 1, 2, 3], Uint8Array.of(51, 0, 9, 102, 255, 9)));
  const { mean, std } = await open({ images, normalize: 'minmax' });
  assert.deepEqual(
    [mean, std],
    [
      [0.2, 0, 9 / 255],
      [0.2, 1, 1],
    ],
  );
  const raw = await open({ images, normalize: 'none' });
  assert.deepEqual(
    [raw.mean, raw.std],
    [
      [0, 0, 0],
      [1, 1, 1],
    ],
  );
});

test('the fingerprint follows content and options, not the place', async (t) => {
  const folder = temporaryFolder(t);
  const one = put(folder, 'one/x.npy', npy('|u1', [4, 2, 3], bytes));
  const copy = put(folder, 'two/y.npy', readFileSync(one));
  const first = (await open({ images: one })).fingerprint;
  assert.equal((await open({ images: copy })).fingerprint, first);
  assert.notEqual((await open({ images: one, size: 5 })).fingerprint, first);
  assert.notEqual((await open({ images: one, testFraction: 0.25 })).fingerprint, first);
  const changed = Buffer.from(readFileSync(copy));
  changed[changed.length - 1] = 1;
  writeFileSync(copy, changed);
  assert.notEqual((await open({ images: copy })).fingerprint, first);
  const pictures = path.join(folder, 'p');
  await png(pictures, 'a.png', 2, 2, [1, 2, 3]);
  const before = (await open({ images: pictures })).fingerprint;
  await png(pictures, 'b.png', 2, 2, [1, 2, 3]);
  assert.notEqual((await open({ images: pictures })).fingerprint, before);
});

test('a limit uses that many of the data', async (t) => {
  const folder = temporaryFolder(t);
  const file = put(folder, 'x.npy', npy('|u1', [100, 1, 1], new Uint8Array(100)));
  const { split } = await open({ images: file, limit: 10, testFraction: 0.2 });
  assert.deepEqual([split.train.length, split.test.length], [8, 2]);
});
