import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { type EmbeddingBatch, npyHeader, writeEmbeddings } from '../../../server/export/embeddings.ts';
import { randomAt } from '../../../server/random.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'selfsup-embeddings-'));
after(() => rmSync(folder, { recursive: true }));

const size = 3;
const count = 7;
const random = randomAt(0, 'features');
const features = Float32Array.from(
  { length: count * size },
  (_, i) => random.normal() * 10 ** ((i % 40) - 20),
);
const samples = Array.from({ length: count }, (_, i) => ({
  name: `folder/"${i}", a\nb.png`,
  ...(i === 4 ? {} : { label: i % 2 ? 'cat' : 'dog, wet' }),
  split: i < 5 ? 'train' : 'test',
}));

/** Batches of 3 as a trainer makes them, with views into a larger buffer. */
async function* batches(rows = count): AsyncGenerator<EmbeddingBatch> {
  for (let start = 0; start < rows; start += 3) {
    const end = Math.min(start + 3, rows);
    yield { features: features.subarray(start * size, end * size), samples: samples.slice(start, end) };
  }
}

/** Reads NPY 1.0 by the format's description; knows float32 only. */
function readNpy(file: string): { shape: number[]; values: Float32Array } {
  const bytes = readFileSync(file);
  assert.equal(bytes.toString('latin1', 0, 6), '\x93NUMPY');
  assert.deepEqual([bytes[6], bytes[7]], [1, 0]);
  const start = 10 + bytes.readUInt16LE(8);
  assert.equal(start % 64, 0);
  const header = bytes.toString('latin1', 10, start);
  assert.ok(header.endsWith('\n'));
  const match = /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(([\d, ]*)\), \} *\n$/.exec(header);
  const shape = match![1]!
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const length = shape.reduce((a, b) => a * b, 1);
  assert.equal(bytes.length, start + 4 * length);
  return { shape, values: Float32Array.from({ length }, (_, i) => bytes.readFloatLE(start + 4 * i)) };
}

test('NPY: the matrix and a table with name, label and split of its rows', async () => {
  const base = path.join(folder, 'npy');
  const files = await writeEmbeddings(base, { format: 'npy', count, size }, batches());
  assert.deepEqual(files, [`${base}.npy`, `${base}.csv`]);
  const { shape, values } = readNpy(files[0]!);
  assert.deepEqual(shape, [count, size]);
  assert.deepEqual(values, features);
  const rows = parse(readFileSync(files[1]!), { columns: true }) as Record<string, string>[];
  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    samples.map(({ name, label, split }) => ({ name, label: label ?? '', split })),
  );
});

test('CSV: one table with the features, which read back as the same float32', async () => {
  const base = path.join(folder, 'csv');
  const [file, ...others] = await writeEmbeddings(base, { format: 'csv', count, size }, batches());
  assert.deepEqual(others, []);
  const rows = parse(readFileSync(file!)) as string[][];
  assert.deepEqual(rows[0], ['name', 'label', 'split', 'f0', 'f1', 'f2']);
  assert.deepEqual(Float32Array.from(rows.slice(1).flatMap((row) => row.slice(3).map(Number))), features);
  assert.equal(rows[5]![1], '');
  assert.equal(rows[2]![0], samples[1]!.name);
});

test('headers of every length keep the data aligned', () => {
  for (const shape of [[1], [12, 3], [1234567890, 65536], [123456789012, 1048576]]) {
    const header = npyHeader(shape);
    assert.equal(header.length % 64, 0);
    assert.equal(header.at(-1), 0x0a);
  }
  assert.match(Buffer.from(npyHeader([5])).toString('latin1'), /'shape': \(5,\), \}/);
});

test('what does not add up is refused and leaves nothing behind', async () => {
  const before = readdirSync(folder);
  const options = { format: 'npy', count, size } as const;
  const base = path.join(folder, 'bad');
  await assert.rejects(writeEmbeddings(base, options, batches(5)), /5 samples came, 7 were announced/);
  const crooked = [{ features: new Float32Array(4), samples: samples.slice(0, 2) }];
  await assert.rejects(writeEmbeddings(base, options, crooked), /4 values for 2 samples of 3 features/);
  async function* broken() {
    yield* batches(3);
    throw new Error('the trainer failed');
  }
  await assert.rejects(writeEmbeddings(base, options, broken()), /the trainer failed/);
  await assert.rejects(writeEmbeddings(path.join(folder, 'no', 'folder'), options, batches()), /ENOENT/);
  assert.deepEqual(readdirSync(folder), before);
});

test('a failure keeps the files of an earlier export', async () => {
  const base = path.join(folder, 'kept');
  await writeEmbeddings(base, { format: 'csv', count, size }, batches());
  const old = readFileSync(`${base}.csv`);
  await assert.rejects(writeEmbeddings(base, { format: 'csv', count, size }, batches(3)));
  assert.deepEqual(readFileSync(`${base}.csv`), old);
});
