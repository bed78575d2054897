import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openDataset } from '../../../server/training/data/open.ts';
import { type OpenedTable, tableRows } from '../../../server/training/data/opened.ts';
import type { DataOptions } from '../../../server/training/data/options.ts';
import { put, temporaryFolder } from './fixtures.ts';

async function open(
  data: Omit<DataOptions, 'testFraction'> & { testFraction?: number },
): Promise<OpenedTable> {
  const dataset = await openDataset({ testFraction: 0, ...data }, { seed: 0 });
  assert.equal(dataset.kind, 'table');
  return dataset as OpenedTable;
}

/** The rows, rounded to 6 digits. */
function rows({ values, width }: OpenedTable): number[][] {
  const rounded = Array.from(values, (value) => Math.round(value * 1e6) / 1e6);
  return Array.from({ length: values.length / width }, (_, i) => rounded.slice(i * width, (i + 1) * width));
}

// Mean of 1, 3, 8 is 4, population variance (9 + 1 + 16) / 3.
const unit = Math.sqrt(26 / 3);
const standard = (value: number) => Math.round(((value - 4) / unit) * 1e6) / 1e6;

test('numeric and categorical columns, missing values, labels, by hand', async (t) => {
  const folder = temporaryFolder(t);
  const file = put(folder, 'a.csv', 'x,colour,class\n1,red,no\n3,,yes\nNA,blue,yes\n8,red,\n');
  const table = await open({ table: file, label: 'class' });
  // x: value and indicator; colour: blue, red, (missing).
  assert.deepEqual(rows(table), [
    [standard(1), 0, 0, 1, 0],
    [standard(3), 0, 0, 0, 1],
    [0, 1, 1, 0, 0],
    [standard(8), 0, 0, 1, 0],
  ]);
  assert.deepEqual(table.classes, ['no', 'yes']);
  assert.deepEqual(Array.from(table.labels!), [0, 1, 1, -1]);
  assert.deepEqual(
    table.columns.map(({ name, kind, start, length, categories }) => ({
      name,
      kind,
      start,
      length,
      categories,
    })),
    [
      { name: 'x', kind: 'numeric', start: 0, length: 2, categories: [] },
      { name: 'colour', kind: 'categorical', start: 2, length: 3, categories: ['blue', 'red', '(missing)'] },
    ],
  );
  assert.deepEqual(table.sample, { modality: 'table', shape: [5] });
  assert.equal(table.summary, '4 rows of 1 numeric and 1 categorical columns (5 inputs) in 2 classes (CSV)');
  assert.equal(table.name(2), 'row 3');
});

test('the same table in every format gives the same numbers', async (t) => {
  const folder = temporaryFolder(t);
  const objects = [
    { x: 1, c: 'a' },
    { x: 3, c: null },
    { x: null, c: 'b' },
    { x: 8, c: 'a' },
  ];
  const csv = 'x,c\n1,a\n3,\n,b\n8,a\n';
  const files = [
    put(folder, 'a.csv', `\uFEFF${csv.replaceAll('\n', '\r\n')}`),
    put(folder, 'b.tsv', csv.replaceAll(',', '\t')),
    put(folder, 'c.csv', csv.replaceAll(',', ';')),
    put(folder, 'd.csv.gz', gzipSync(csv)),
    put(folder, 'e.jsonl', objects.map((row) => JSON.stringify(row)).join('\n')),
    put(folder, 'f.json', JSON.stringify(objects, null, 2)),
    put(folder, 'g.json.gz', gzipSync(JSON.stringify(objects))),
    put(folder, 'h.csv', '"x","c"\n"1","a"\n"3","?"\n"NaN","b"\n"8","a"\n'),
  ];
  const expected = rows(await open({ table: files[0]! }));
  assert.equal(expected.length, 4);
  for (const file of files) assert.deepEqual(rows(await open({ table: file })), expected, file);
});

test('statistics are those of the training rows', async (t) => {
  const folder = temporaryFolder(t);
  const file = put(
    folder,
    'a.csv',
    `x,y\n${Array.from({ length: 50 }, (_, i) => `${(i * 7) % 50},${i % 3}`).join('\n')}\n`,
  );
  const table = await open({ table: file, testFraction: 0.4 });
  const { values } = tableRows(table, table.split.train);
  const x = Array.from(values).filter((_, i) => i % 2 === 0);
  assert.equal(x.length, 30);
  const mean = x.reduce((sum, value) => sum + value, 0) / 30;
  assert.ok(Math.abs(mean) < 1e-6);
  assert.ok(Math.abs(x.reduce((sum, value) => sum + value * value, 0) / 30 - 1) < 1e-5);
  const whole = Array.from(table.values).filter((_, i) => i % 2 === 0);
  assert.ok(
    Math.abs(whole.reduce((sum, value) => sum + value, 0)) > 1e-3,
    'the test rows are not part of it',
  );
});

test('normalize: none keeps the numbers; a missing one is the mean', async (t) => {
  const folder = temporaryFolder(t);
  const table = await open({
    table: put(folder, 'a.csv', 'x,y\n1,0.5\n3,0.25\n,0.75\n8,1\n'),
    normalize: 'none',
  });
  assert.deepEqual(rows(table), [
    [1, 0, 0.5],
    [3, 0, 0.25],
    [4, 1, 0.75],
    [8, 0, 1],
  ]);
});

test('normalize: minmax maps the training rows to 0..1', async (t) => {
  const folder = temporaryFolder(t);
  const table = await open({ table: put(folder, 'a.csv', 'x,y\n1,5\n3,6\n,6\n5,9\n'), normalize: 'minmax' });
  assert.deepEqual(rows(table), [
    [0, 0, 0],
    [0.5, 0, 0.25],
    [0.5, 1, 0.25],
    [1, 0, 1],
  ]);
});

test('constants and ids are left out and said; the config overrules', async (t) => {
  const folder = temporaryFolder(t);
  const lines = Array.from({ length: 30 }, (_, i) => `${i + 5},u${i},${i % 4},same,,${(i * i) % 7}`);
  const file = put(folder, 'a.csv', `,user,x,k,empty,y\n${lines.join('\n')}\n`);
  const table = await open({ table: file });
  assert.deepEqual(
    table.columns.map(({ name }) => name),
    ['x', 'y'],
  );
  assert.deepEqual(table.notes, [
    'column "column1" is left out: it is an id: all values differ',
    'column "user" is left out: it is an id: all values differ',
    'column "k" is left out: it is always same',
    'column "empty" is left out: it has no values',
  ]);
  const forced = await open({ table: file, columns: { column1: 'numeric', x: 'categorical', y: 'ignore' } });
  assert.deepEqual(
    forced.columns.map(({ name, kind, length }) => [name, kind, length]),
    [
      ['column1', 'numeric', 1],
      ['x', 'categorical', 4],
    ],
  );
});

test('many categories: the 64 most frequent of the training rows, the rest is other', async (t) => {
  const folder = temporaryFolder(t);
  const lines = Array.from({ length: 300 }, (_, i) => `c${i < 200 ? i % 50 : i % 100},${i % 2}`);
  const table = await open({ table: put(folder, 'a.csv', `c,x\n${lines.join('\n')}\n`) });
  const column = table.columns[0]!;
  assert.equal(column.length, 65);
  assert.equal(column.categories.at(-1), '(other)');
  assert.ok(column.categories.includes('c49'));
  for (const row of rows(table))
    assert.equal(
      row.slice(0, 65).reduce((sum, value) => sum + value, 0),
      1,
    );
});

test('ragged rows and texts in a numeric column are left out and named', async (t) => {
  const folder = temporaryFolder(t);
  const file = put(folder, 'a.csv', 'x,y\n1,2\n3\n5,six\n7,8,9\n2,4\n');
  const table = await open({ table: file, columns: { y: 'numeric' } });
  assert.equal(table.count, 2);
  assert.deepEqual(table.skipped, [
    { name: 'row 2', reason: '1 cells instead of 2 (line 3)' },
    { name: 'row 4', reason: '3 cells instead of 2 (line 5)' },
    { name: 'row 3', reason: '"six" in the numeric column "y"' },
  ]);
  assert.equal(table.name(1), 'row 5');
  assert.match(table.summary, /, 3 skipped$/);
  const lines = put(folder, 'b.jsonl', '{"x":1,"y":2}\n{"x":\n[1]\n{"x":[1]}\n{"y":4}\n');
  const objects = await open({ table: lines });
  assert.deepEqual(
    objects.skipped.map(({ name, reason }) => `${name}: ${reason}`),
    ['row 2: not valid JSON', 'row 3: not an object', 'row 4: a nested value in "x"'],
  );
});

test('a table without a header gets column names', async (t) => {
  const folder = temporaryFolder(t);
  const table = await open({ table: put(folder, 'a.csv', 'A,1,0.5\nB,2,0.25\nA,2,1\n'), label: 'column1' });
  assert.deepEqual(table.classes, ['A', 'B']);
  assert.deepEqual(
    table.columns.map(({ name }) => name),
    ['column2', 'column3'],
  );
  assert.equal(table.count, 3);
});

test('a separate test table is encoded by the training table', async (t) => {
  const folder = temporaryFolder(t);
  const train = put(folder, 'a.csv', 'x,c,l\n1,a,n\n3,b,m\n8,a,n\n');
  const other = put(folder, 'b.csv', 'l,c,x\nm,z,4\n');
  const table = await open({ table: train, label: 'l', test: { table: other } });
  assert.deepEqual(rows(table)[3], [0, 0, 0, 1]); // a, b, (other)
  assert.deepEqual(Array.from(table.split.test), [3]);
  assert.deepEqual(Array.from(table.labels!), [1, 0, 1, 0]);
  assert.equal(table.name(3), 'test: row 1');
  const strange = put(folder, 'c.csv', 'l,c,x\nq,a,4\n');
  await assert.rejects(open({ table: train, label: 'l', test: { table: strange } }), /found the class "q"/);
  const incomplete = put(folder, 'd.csv', 'l,c,y\nn,a,4\n');
  await assert.rejects(
    open({ table: train, label: 'l', test: { table: incomplete } }),
    /a table without "x"/,
  );
});

test('the loader of a table gives rows', async (t) => {
  const folder = temporaryFolder(t);
  const table = await open({ table: put(folder, 'a.csv', 'x,y\n1,0.5\n3,0.25\n8,1\n'), normalize: 'none' });
  const loader = table.loader({ seed: 0 });
  const views = await loader.load(
    Int32Array.of(2, 0),
    [
      { view: 0, augmented: false },
      { view: 1, augmented: true },
    ],
    0,
  );
  assert.deepEqual(
    views.map((view) => Array.from(view)),
    [
      [8, 1, 1, 0.5],
      [8, 1, 1, 0.5],
    ],
  );
  views[0]![0] = 99;
  assert.equal(views[1]![0], 8);
  await loader.dispose();
});

test('columns that are told are no features, and give a number for each row', async (t) => {
  const folder = temporaryFolder(t);
  const file = put(folder, 'a.csv', 'x,price,class\n1,10,a\n2,,b\n3,30.5,a\n');
  const key = ['downstream', 0, 'target'];
  const table = await open({ table: file, label: 'class', targets: [{ column: 'price', key }] });
  assert.deepEqual(
    table.columns.map(({ name }) => name),
    ['x'],
  );
  assert.deepEqual(Array.from(table.targets!.price!), [10, Number.NaN, 30.5]);
  const without = await open({ table: file, label: 'class' });
  assert.equal(without.targets, undefined);
  // What the encoder learns from is not the same.
  assert.notEqual(table.fingerprint, without.fingerprint);
});
