import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, linkSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readVoc } from '../../../server/training/data/boxes/voc.ts';
import { openCifar } from '../../../server/training/data/images/cifar.ts';
import { openNpzImages } from '../../../server/training/data/images/npy.ts';
import type { OpenedImages } from '../../../server/training/data/images/source.ts';
import { readTable } from '../../../server/training/data/tables/read.ts';
import { messageOf, npy, npz, put, temporaryFolder } from './fixtures.ts';

const key = ['data', 'table'];
const atStart = process.memoryUsage().rss;

/** Asserts by the peak that the system keeps: nothing in between is missed. A test file is a process of its own. */
function assertFlat(): void {
  const grown = process.resourceUsage().maxRSS * 1024 - atStart;
  assert.ok(grown < 150e6, `${Math.round(grown / 1e6)} MB more than at the start`);
}

/** A head and zeros, which take no place on the disk, then an end. */
function writeHole(file: string, head: Uint8Array, bytes: number, end: Uint8Array): void {
  const handle = openSync(file, 'w');
  writeSync(handle, head);
  ftruncateSync(handle, head.length + bytes);
  writeSync(handle, end, 0, end.length, head.length + bytes);
  closeSync(handle);
}

const pixels = 32 * 32 * 3;
/** A last picture that begins with 7. */
const last = Uint8Array.from({ length: pixels }, (_, i) => (i === 0 ? 7 : 0));

async function assertPictures({ source }: OpenedImages, count: number): Promise<void> {
  assert.equal(source.count, count);
  const first = async (index: number) => (await source.read(index, [32, 32, 3]))[0];
  assert.deepEqual([await first(0), await first(count - 1)], [0, 7]);
  source.close();
  assertFlat();
}

test('CIFAR: many batches, each of which would fit into memory, but not all', async (t) => {
  const folder = temporaryFolder(t);
  const files = Array.from({ length: 5 }, (_, i) => path.join(folder, `data_batch_${i}.bin`));
  const count = 20_000; // 60 MB
  for (const file of files) writeHole(file, Uint8Array.of(), count * (pixels + 1) - pixels, last);
  await assertPictures(await openCifar(files), count * files.length);
});

test('NPZ of 3 GB as numpy.savez writes it: pictures are read where they lie', async (t) => {
  const count = 1_000_000;
  const head = npy('|u1', [count, 32, 32, 3], new Uint8Array());
  const zip = npz({ 'images.npy': head }, false);
  const local = zip.subarray(0, zip.indexOf(head) + head.length);
  const directory = Buffer.from(zip.subarray(local.length));
  for (const at of [20, 24]) directory.writeUInt32LE(head.length + count * pixels, at);
  directory.writeUInt32LE(local.length + count * pixels, directory.length - 6);
  const file = path.join(temporaryFolder(t), 'images.npz');
  writeHole(file, local, (count - 1) * pixels, Buffer.concat([last, directory]));
  await assertPictures(await openNpzImages(file), count);
});

test('a JSON array cannot be read piece by piece: a large one is refused unread', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'huge.json');
  writeHole(file, Buffer.from(`[{"a":1},${' '.repeat(5000)}`), 300 * 2 ** 20, Buffer.from('{"a":2}]'));
  assert.equal(
    await messageOf(readTable(file, key), folder),
    '~/huge.json: found a JSON array of more than 256 MB; expected a table: CSV, TSV, JSONL, Parquet or a JSON array of objects. Write it as JSONL, one object a line: such a file is read line by line.',
  );
  assertFlat();
});

test('Pascal VOC: of 300 files with 45 MB only the boxes stay', (t) => {
  const folder = temporaryFolder(t);
  const object = (name: string) =>
    `<object><name>${name}</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>`;
  const outline = `<segmentation>${'12 34 '.repeat(25_000)}</segmentation>`;
  const names = ['a kind with a long name', 'another kind with a long name'];
  const xml = `<annotation><filename>a picture with a long name.png</filename>${outline}${names.map(object).join('')}</annotation>`;
  const first = put(folder, '0.xml', xml);
  for (let i = 1; i < 300; i++) linkSync(first, path.join(folder, `${i}.xml`));
  assert.ok(readFileSync(first).length > 150_000);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const { pictures, categories } = readVoc(folder, ['data', 'boxes']);
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.equal(pictures.length, 300);
  assert.deepEqual(categories, names);
  assert.ok(grown < 10e6, `${grown} bytes stay`);
  assertFlat();
});
