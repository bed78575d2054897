import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createGzip } from 'node:zlib';
import { readTable } from '../../../server/training/data/tables/read.ts';
import { temporaryFolder } from './fixtures.ts';

// Tables keep numbers, and each text once: a file of long texts that are all the same must pass through. It is read in a
// thread whose heap is a fraction of it.

const key = ['data', 'table'];

/** A column of a table: its last number, and how long its texts are. */
type Column = readonly [number | undefined, readonly number[]];

interface Read {
  readonly count: number;
  readonly columns: readonly Column[];
}

if (!isMainThread) {
  const { columns, rowNumbers } = await readTable(workerData as string, key);
  const read: Read = {
    count: rowNumbers.length,
    columns: columns.map(({ numbers, texts }) => [numbers.at(-1), texts.map(({ length }) => length)]),
  };
  parentPort!.postMessage(read);
  process.exit(0);
}

/** Reads a table in a thread whose heap is small: rejects where it overflows. */
async function readInSmallHeap(file: string): Promise<Read> {
  const resourceLimits = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 16 };
  const worker = new Worker(new URL(import.meta.url), { workerData: file, resourceLimits });
  return new Promise<Read>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

const note = 'é long note '.repeat(300);
const rows = Array.from({ length: 500 }, (_, i) => i);
const blocks = 80;

/** Rows with a number and the same long text, so many times. */
async function writeRows(file: string, head: string, row: (n: number) => string): Promise<void> {
  const block = Buffer.from(rows.map(row).join(''));
  const pieces = function* () {
    yield Buffer.from(head);
    for (let i = 0; i < blocks; i++) yield block;
  };
  const target = createWriteStream(file);
  if (file.endsWith('.gz')) await pipeline(Readable.from(pieces()), createGzip({ level: 1 }), target);
  else await pipeline(Readable.from(pieces()), target);
}

// `data.labels` and tables have the same reader.
const written: Readonly<Record<string, readonly [string, (n: number) => string]>> = {
  'huge.csv': ['n,note\n', (n) => `${n},"${note}"\n`],
  'huge.csv.gz': ['n,note\n', (n) => `${n},"${note}"\n`],
  'huge.tsv': ['n\tnote\n', (n) => `${n}\t${note}\n`],
  'huge.jsonl': ['', (n) => `${JSON.stringify({ n, note })}\n`],
  'huge.jsonl.gz': ['', (n) => `${JSON.stringify({ n, note })}\n`],
};

for (const [name, [head, row]] of Object.entries(written))
  test(`${name} of 155 MB is read row by row`, async (t) => {
    const file = path.join(temporaryFolder(t), name);
    await writeRows(file, head, row);
    assert.deepEqual(await readInSmallHeap(file), {
      count: rows.length * blocks,
      columns: [
        [rows.at(-1), []],
        [Number.NaN, [note.length - 1]], // without the space at its end
      ],
    });
  });

test('Parquet of 384 MB unpacked is read by row groups', async () => {
  assert.deepEqual(await readInSmallHeap(path.resolve('test/fixtures/tables/manyGroups.parquet')), {
    count: 3200,
    columns: [
      [3199, []],
      [Number.NaN, [119_999]],
    ],
  });
});
