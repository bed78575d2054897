import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openDataset } from '../../../server/training/data/open.ts';
import type { OpenedTable } from '../../../server/training/data/opened.ts';
import { readTable } from '../../../server/training/data/tables/read.ts';
import { messageOf, put, temporaryFolder } from './fixtures.ts';

const fixtures = path.resolve('test/fixtures/tables');
const key = ['data', 'table'];
const read = (name: string) => readTable(path.join(fixtures, name), key);

/** Cells as they were read: texts in quotes, missing ones as null. */
async function cellsOf(name: string): Promise<Record<string, (string | number | null)[]>> {
  const { columns, rowNumbers } = await read(name);
  return Object.fromEntries(
    columns.map((column) => [
      column.name,
      rowNumbers.map((_, row) =>
        column.isMissing(row) ? null : column.isText(row) ? `"${column.text(row)}"` : column.numbers[row]!,
      ),
    ]),
  );
}

test('every type of a Parquet file as a number, a text or a missing value', async () => {
  const days = [1.5, null, -1, 19782.25];
  assert.deepEqual(await cellsOf('types.parquet'), {
    int8: [-1, null, 2, 127],
    uint32: [0, 4294967295, null, 7],
    int64: [1, 2, null, -9],
    uint64: [1, 2 ** 53, null, 3],
    huge: [2 ** 53, null, 5, 6],
    half: [0.5, 1.5, -2, 8],
    float: [0.5, null, null, -8.25],
    double: [1e300, null, null, -8.1],
    money: [1.1, null, -0.3, 99.99],
    wide: [1.1, null, -0.3, 12345678901234.5],
    text: ['"red"', null, '"blue"', null],
    numerals: [1, null, 2.5, 3],
    dictionary: ['"b"', '"a"', null, '"b"'],
    flag: ['"true"', null, '"false"', '"true"'],
    date: [0, null, -1, 19782],
    milliseconds: days,
    microseconds: days,
    nanoseconds: days,
    time: [1000, null, 3_600_000, 7_200_000],
    nothing: [null, null, null, null],
    bytes: ['"ab"', null, '"c"', '"d"'],
    class: ['"no"', '"yes"', '"yes"', null],
  });
  const { format, notes, rowNumbers } = await read('types.parquet');
  assert.equal(format, 'Parquet');
  assert.deepEqual(rowNumbers, [1, 2, 3, 4]);
  assert.deepEqual(notes.slice(3), [
    'column "nanoseconds" is a time: it is read as days since 1970-01-01',
    'column "fixed" is left out: it holds raw bytes',
    'column "list" is left out: it holds nested values (lists, maps or structs)',
    'column "struct" is left out: it holds nested values (lists, maps or structs)',
  ]);
});

test('every way of packing gives the same rows, over several row groups', async () => {
  const colours = ['"red"', '"green"', null];
  const expected = {
    x: Array.from({ length: 300 }, (_, i) => (i % 17) * 0.5),
    colour: Array.from({ length: 300 }, (_, i) => colours[i % 3]),
    n: Array.from({ length: 300 }, (_, i) => i % 5),
  };
  for (const codec of ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4'])
    assert.deepEqual(await cellsOf(`codecs/${codec}.parquet`), expected, codec);
});

test('columns whose names have dots are told apart', async () => {
  assert.deepEqual(await cellsOf('dotted.parquet'), {
    'a.b': [1, 2, 4],
    a: [5, 7, 6],
    'a.b.c': ['"x"', '"y"', '"x"'],
  });
});

test('a Parquet table is encoded like the same table as CSV', async (t) => {
  const text = Array.from({ length: 300 }, (_, i) =>
    [(i % 17) * 0.5, ['red', 'green', ''][i % 3], i % 5].join(','),
  );
  const csv = put(temporaryFolder(t), 'rows.csv', `x,colour,n\n${text.join('\n')}\n`);
  const open = async (table: string) =>
    (await openDataset({ table, label: 'n', testFraction: 0.2 }, { seed: 0 })) as OpenedTable;
  const [parquet, same] = [await open(path.join(fixtures, 'codecs/zstd.parquet')), await open(csv)];
  assert.deepEqual(parquet.values, same.values);
  assert.deepEqual(parquet.labels, same.labels);
  assert.deepEqual(parquet.split, same.split);
  assert.equal(
    parquet.summary,
    '300 rows of 1 numeric and 1 categorical columns (4 inputs) in 5 classes (Parquet)',
  );
  assert.equal(parquet.name(2), 'row 3');
});

test('Parquet files that cannot be used say why', async (t) => {
  const folder = temporaryFolder(t);
  const whole = readFileSync(path.join(fixtures, 'codecs/snappy.parquet'));
  const expect = async (name: string, content: string | Uint8Array, message: string | RegExp) => {
    const found = await messageOf(readTable(put(folder, name, content), key), folder);
    if (typeof message === 'string') assert.equal(found, message);
    else assert.match(found, message);
  };
  await expect(
    'cut.parquet',
    whole.subarray(0, whole.length - 100),
    '~/cut.parquet: found a Parquet file without its end, where its columns are described; expected a complete one. It was cut off while it was written or copied: copy it again.',
  );
  await expect('tiny.parquet', 'PAR1', /without its end/);
  await expect('empty.parquet', '', /found an empty file/);
  await expect(
    'csv.parquet',
    'a,b\n1,2\n',
    '~/csv.parquet: found text in a file named .parquet; expected a table: CSV, TSV, JSONL, Parquet or a JSON array of objects. Name the file by what it holds, e.g. .csv.',
  );
  await expect('picture.parquet', new Uint8Array([0x89, 0x50, 0, 1]), /found something else in a file named/);
  const pages = Buffer.from(whole);
  pages.fill(0xff, 10, 400);
  await expect(
    'pages.parquet',
    pages,
    /found a Parquet file that cannot be read \(.+\); expected a complete one/,
  );
  // The beginning of the pages is gone: the end announces more than there is.
  const missing = Buffer.concat([Buffer.from('PAR1'), whole.subarray(1500)]);
  await expect('missing.parquet', missing, /found a Parquet file that cannot be read/);
  const footer = Buffer.from(whole);
  footer.fill(0xff, whole.length - 300, whole.length - 8);
  await expect('footer.parquet', footer, /found a Parquet file that cannot be read/);
  await expect(
    'noRows.parquet',
    readFileSync(path.join(fixtures, 'noRows.parquet')),
    '~/noRows.parquet: found a Parquet file without rows; expected a table: CSV, TSV, JSONL, Parquet or a JSON array of objects. Add rows.',
  );
});
