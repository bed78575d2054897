import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { checkConfig } from '../../../server/config/check.ts';
import { tableHead } from '../../../server/config/fileHeads.ts';
import { formatProblem } from '../../../server/config/problem.ts';
import type { ImageFacts } from '../../../server/config/propose/images.ts';
import { inspectFolder } from '../../../server/config/propose/inspectFolder.ts';
import { proposeConfig } from '../../../server/config/propose/propose.ts';
import type { TableFacts } from '../../../server/config/propose/table.ts';
import type { TextFacts } from '../../../server/config/propose/text.ts';
import type { Config } from '../../../server/config/schema.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

type FolderFacts = ImageFacts | TableFacts | TextFacts;

/** Writes the proposal beside the data and reads it back: it must be without any problem, warnings too. */
function propose(folder: string, target = folder): { facts: FolderFacts; text: string; config: Config } {
  const facts = inspectFolder(target) as FolderFacts | undefined;
  assert.ok(facts);
  const text = proposeConfig(facts, { folder });
  const file = path.join(folder, 'new.selfsup.yaml');
  const { config, problems } = checkConfig(file, { text });
  assert.deepEqual(
    problems.map((problem) => formatProblem(problem)),
    [],
    text,
  );
  assert.ok(config);
  return { facts, text, config };
}

function idxHeader(...dimensions: number[]): Buffer {
  const head = Buffer.alloc(4 + 4 * dimensions.length + 100);
  head.set([0, 0, 8, dimensions.length]);
  for (const [i, dimension] of dimensions.entries()) head.writeUInt32BE(dimension, 4 + 4 * i);
  return head;
}

function pngHeader(width: number, height: number, colours: number): Buffer {
  const head = Buffer.alloc(33);
  head.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  head[25] = colours;
  return head;
}

test('IDX files with labels and a test set, gzipped or not', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(path.join(folder, 'train-images-idx3-ubyte.gz'), gzipSync(idxHeader(3000, 28, 28)));
  writeFileSync(path.join(folder, 'train-labels-idx1-ubyte.gz'), gzipSync(idxHeader(3000)));
  writeFileSync(path.join(folder, 't10k-images-idx3-ubyte'), idxHeader(500, 28, 28));
  writeFileSync(path.join(folder, 't10k-labels-idx1-ubyte'), idxHeader(500));
  const { facts, config, text } = propose(folder);
  assert.ok(facts.modality === 'image');
  assert.deepEqual([facts.count, facts.shape], [3000, [28, 28, 1]]);
  assert.match(text, /^# IDX: 3,000 images of 28 x 28 x 1\./);
  assert.match(text, /images: \.\/t10k-images-idx3-ubyte\n {4}labels: \.\/t10k-labels-idx1-ubyte/);
  assert.equal(config.downstream.length, 1);
  assert.equal(config.train.batchSize, 256);
});

test('a folder for each class', (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['cat', 'dog', 'eel']) {
    mkdirSync(path.join(folder, 'pets', name), { recursive: true });
    for (let i = 0; i < 20; i++)
      writeFileSync(path.join(folder, 'pets', name, `${i}.png`), pngHeader(120, 80, 2));
  }
  const { facts, config } = propose(folder, path.join(folder, 'pets'));
  assert.ok(facts.modality === 'image');
  assert.deepEqual(facts.classes, ['cat', 'dog', 'eel']);
  assert.deepEqual([facts.count, facts.shape, facts.labels], [60, [80, 120, 3], 'folders']);
  assert.equal(config.train.batchSize, 8);
  assert.ok('images' in config.data && config.data.images === path.join(folder, 'pets'));
});

test('images without labels: nothing that needs labels is asked for', (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, 'scans'));
  for (let i = 0; i < 30; i++) writeFileSync(path.join(folder, 'scans', `${i}.png`), pngHeader(64, 64, 0));
  const { facts, config } = propose(folder, path.join(folder, 'scans'));
  assert.ok(facts.modality === 'image' && facts.labels === undefined && facts.shape?.[2] === 1);
  assert.deepEqual(config.downstream, []);
  assert.equal(config.evaluate.linearProbe, false);
});

test('train and test folders, CIFAR batches, NPY arrays', (t) => {
  const folder = temporaryFolder(t);
  for (const part of ['train', 'test']) {
    for (const name of ['a', 'b']) {
      mkdirSync(path.join(folder, 'split', part, name), { recursive: true });
      writeFileSync(path.join(folder, 'split', part, name, '1.png'), pngHeader(32, 32, 2));
    }
  }
  const split = propose(folder, path.join(folder, 'split')).facts;
  assert.ok(split.modality === 'image' && split.test?.images === path.join(folder, 'split', 'test'));

  mkdirSync(path.join(folder, 'cifar'));
  for (const name of ['data_batch_1.bin', 'test_batch.bin']) {
    writeFileSync(path.join(folder, 'cifar', name), Buffer.alloc(3073 * 4));
  }
  const cifar = propose(folder, path.join(folder, 'cifar')).facts;
  assert.ok(cifar.modality === 'image' && cifar.format === 'CIFAR binary');

  mkdirSync(path.join(folder, 'arrays'));
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (500, 16, 16), }\n";
  writeFileSync(path.join(folder, 'arrays', 'x.npy'), `\x93NUMPY\x01\x00v\x00${header}`, 'latin1');
  const arrays = propose(folder, path.join(folder, 'arrays')).facts;
  assert.deepEqual(arrays.modality === 'image' && [arrays.count, arrays.shape], [500, [16, 16, 1]]);
});

test('tables: the label column is found by its name, the method suits the number of rows', (t) => {
  const folder = temporaryFolder(t);
  const row = (i: number): string => `${i},${i * 2},${'abc'[i % 3]}`;
  const write = (name: string, header: string, count: number): string => {
    const file = path.join(folder, name);
    writeFileSync(file, `${header}\n${Array.from({ length: count }, (_, i) => row(i)).join('\n')}\n`);
    return file;
  };
  const large = propose(folder, write('flowers.csv', 'petal,sepal,Species', 5000));
  assert.ok(large.facts.modality === 'table');
  assert.deepEqual([large.facts.label, large.facts.columns.length, large.facts.count], ['Species', 3, 5000]);
  assert.equal(large.config.pretext.method, 'scarf');
  const small = propose(folder, write('few.csv', 'a,b,c', 100));
  assert.equal(small.config.pretext.method, 'autoencoder');
  assert.deepEqual(small.config.downstream, []);
});

test('which of several files is meant', (t) => {
  const cases: [string, Record<string, string>, Partial<FolderFacts>][] = [
    ['the largest table', { 'a.csv': 'x\n1', 'b.csv': 'x\n1\n2\n3' }, { path: 'b.csv' }],
    ['train before larger ones', { 'all.csv': 'x\n1\n2', 'train.csv': 'x\n1' }, { path: 'train.csv' }],
    [
      'a test table',
      { 'train.csv': 'x\n1', 'test.csv': 'x\n1\n2\n3' },
      { path: 'train.csv', test: 'test.csv' },
    ],
    ['latest is no test', { 'latest.csv': 'x\n1', 'values.csv': 'x' }, { path: 'latest.csv' }],
    ['JSON lines', { 'a.jsonl': '{"x":1,"class":"b"}\n' }, { path: 'a.jsonl', label: 'class' }],
    ['a JSON array', { 'a.json': '[\n{"x":1,\n"class":"b"},{"x":2}]' }, { path: 'a.json', label: 'class' }],
    [
      'a gzipped table',
      { 'a.tsv.gz': `x\ttarget\n${'1\t2\n'.repeat(90_000)}` },
      { path: 'a.tsv.gz', label: 'target' },
    ],
    [
      'arrays with a test set',
      { 'x_test.npy': '', 'x_train.npy': '', 'y_test.npy': '', 'y_train.npy': '' },
      { path: 'x_train.npy', labels: 'y_train.npy', test: { images: 'x_test.npy', labels: 'y_test.npy' } },
    ],
    [
      'others are named',
      { 'a.csv': 'x\n1', 'b.csv': 'x\n1\n2', 'c.tsv': 'x' },
      { others: ['a.csv', 'c.tsv'] },
    ],
    ['IDX files by another name', { 'images.idx': '', 'labels.idx': '' }, { path: 'images.idx' }],
  ];
  for (const [what, files, expected] of cases) {
    const folder = temporaryFolder(t);
    for (const [name, text] of Object.entries(files))
      writeFileSync(path.join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
    const found = JSON.parse(JSON.stringify(inspectFolder(folder)).replaceAll(`${folder}/`, ''));
    for (const [key, value] of Object.entries(expected))
      assert.deepEqual(found[key], value, `${what}: ${key}`);
    if (what.startsWith('latest')) assert.equal(found.test, undefined);
  }
});

test('what the opened data tell counts: name, batch, budgets, labels', (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'few.csv');
  writeFileSync(file, 'a,b,class\n1,2,x\n');
  const facts = inspectFolder(file);
  assert.ok(facts);
  const opened = {
    modality: 'table' as const,
    shape: [2],
    count: 30,
    train: 24,
    test: 6,
    classes: ['x', 'y'],
    trainPerClass: [20, 4],
    unlabelled: 0,
    skipped: [],
    fingerprint: 'f',
    summary: '30 rows',
  };
  const text = proposeConfig(facts, { folder, name: 'few', opened });
  assert.match(text, /^# 30 rows\n/);
  assert.match(text, /batchSize: 4\n/);
  assert.match(text, /labelsPerClass: \[1, all\]/);
  const { problems } = checkConfig(path.join(folder, 'x.selfsup.yaml'), { text, facts: opened });
  assert.deepEqual(problems, []);
  const one = proposeConfig(facts, { folder, opened: { ...opened, classes: ['x'], trainPerClass: [24] } });
  assert.doesNotMatch(one, /^downstream/m);
});

test('Parquet: names and number of columns from the footer alone', (t) => {
  const fixtures = path.resolve('test/fixtures/tables');
  const facts = inspectFolder(path.join(fixtures, 'types.parquet')) as TableFacts | undefined;
  assert.ok(facts?.modality === 'table');
  assert.equal(facts.format, 'Parquet');
  assert.equal(facts.count, 4);
  assert.equal(facts.label, 'class');
  // Lists and structs are no columns of a table.
  assert.deepEqual(facts.columns.slice(-4), ['nothing', 'bytes', 'fixed', 'class']);
  assert.equal(facts.columns.length, 23);
  for (const codec of ['none', 'zstd'])
    assert.deepEqual(tableHead(path.join(fixtures, `codecs/${codec}.parquet`)), {
      columns: ['x', 'colour', 'n'],
      count: 300,
    });

  const folder = temporaryFolder(t);
  const whole = readFileSync(path.join(fixtures, 'types.parquet'));
  const head = (bytes: Uint8Array) => {
    writeFileSync(path.join(folder, 'a.parquet'), bytes);
    return tableHead(path.join(folder, 'a.parquet'));
  };
  assert.deepEqual(head(whole.subarray(0, whole.length - 4)), { columns: [] });
  assert.deepEqual(head(Buffer.from('a,b\n1,2\n')), { columns: [] });
  // Whatever the footer holds, it is read in finite time and without an error.
  const length = whole.readUInt32LE(whole.length - 8);
  for (let i = 0; i < length; i += 7) {
    const bytes = Buffer.from(whole);
    bytes[whole.length - 8 - length + i] = 0xff;
    assert.ok(Array.isArray(head(bytes).columns));
  }
});

test('a project whose data lie in data/', (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, 'data'));
  writeFileSync(path.join(folder, 'data', 'flowers.csv'), 'petal,class\n1,x\n');
  writeFileSync(path.join(folder, 'notes.txt'), 'hello');
  assert.equal(inspectFolder(folder)?.path, path.join(folder, 'data', 'flowers.csv'));
});

test('nothing that is recognised: undefined', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(path.join(folder, 'notes.txt'), 'hello');
  assert.equal(inspectFolder(folder), undefined);
});

const write = (folder: string, name: string, content: string | Buffer): void => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), content);
};

test('texts: files in class folders, beside a readme that is none', (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['good', 'bad'])
    for (let i = 0; i < 6; i++) write(folder, `reviews/${name}/${i}.txt`, 'some words');
  write(folder, 'reviews/README.txt', 'about them');
  const { facts, config, text } = propose(folder, path.join(folder, 'reviews'));
  assert.ok(facts.modality === 'text');
  assert.deepEqual([facts.count, facts.label], [12, 'folders']);
  assert.ok('text' in config.data);
  assert.equal(config.pretext.method, 'mlm');
  assert.match(text, /downstream:/);
});

test('texts: a column by its name, or the only one that holds sentences', (t) => {
  const named = temporaryFolder(t);
  write(named, 'train.csv', 'id,text,label\n1,hello there,a\n2,good day,b\n');
  write(named, 'test.csv', 'id,text,label\n3,hello,a\n');
  const first = propose(named);
  assert.ok(first.facts.modality === 'text');
  assert.deepEqual([first.facts.column, first.facts.label], ['text', 'label']);
  assert.match(first.text, /test: \{ text: \.\/test\.csv \}/);

  const unnamed = temporaryFolder(t);
  const rows = Array.from({ length: 20 }, (_, i) => `topic${i % 2}\tthis is what entry ${i} is about`);
  write(unnamed, 'entries.tsv.gz', gzipSync(['class\twords', ...rows].join('\n')));
  const second = propose(unnamed);
  assert.ok(second.facts.modality === 'text');
  assert.deepEqual([second.facts.column, second.facts.label], ['words', 'class']);

  const numbers = temporaryFolder(t);
  write(
    numbers,
    'rows.csv',
    ['a,b,class', ...Array.from({ length: 20 }, (_, i) => `${i},${2 * i},x`)].join('\n'),
  );
  assert.equal(propose(numbers).facts.modality, 'table');
});

test('texts: one large file of lines; a short note is no corpus', (t) => {
  const folder = temporaryFolder(t);
  write(folder, 'notes.txt', 'short');
  assert.equal(inspectFolder(folder), undefined);
  write(folder, 'corpus.txt', 'a line of text\n'.repeat(2000));
  const { facts, text } = propose(folder);
  assert.equal(facts.path, path.join(folder, 'corpus.txt'));
  assert.match(text, /tokenizer: \{ train: words/);
  assert.match(text, /linearProbe: false/);
});

test('a table without a class: a number to tell is proposed', (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'rows.csv');
  writeFileSync(file, 'town,area,rent\nBonn,40,500\nUlm,80,900\n');
  const facts = inspectFolder(file)!;
  const opened = {
    modality: 'table' as const,
    shape: [4],
    count: 2,
    train: 2,
    test: 0,
    unlabelled: 2,
    columns: [
      { name: 'area', kind: 'numeric' as const },
      { name: 'rent', kind: 'numeric' as const },
      { name: 'town', kind: 'categorical' as const },
    ],
    skipped: [],
    fingerprint: '',
    summary: '2 rows',
  };
  const text = proposeConfig(facts, { folder, opened });
  assert.match(text, /^# {3}- \{ task: regression, target: rent, rows: \[20, all\] \}$/m);
  assert.doesNotMatch(
    proposeConfig({ ...facts, label: 'town' } as FolderFacts, { folder, opened }),
    /regression/,
  );
});

const cocoText = JSON.stringify({ images: [], annotations: [], categories: [] });

test('boxes beside pictures: COCO for each split, Pascal VOC in a folder of annotations', (t) => {
  const folder = temporaryFolder(t);
  for (const split of ['train', 'val']) {
    mkdirSync(path.join(folder, split));
    writeFileSync(path.join(folder, split, 'a.png'), pngHeader(40, 30, 2));
  }
  mkdirSync(path.join(folder, 'annotations'));
  writeFileSync(path.join(folder, 'annotations', 'instances_train.json'), cocoText);
  writeFileSync(path.join(folder, 'annotations', 'instances_val.json'), cocoText);
  writeFileSync(path.join(folder, 'annotations', 'settings.json'), '{ "name": "x" }');
  const { config, text } = propose(folder);
  assert.ok('images' in config.data);
  assert.equal(config.data.boxes, path.join(folder, 'annotations', 'instances_train.json'));
  assert.equal(config.data.test?.boxes, path.join(folder, 'annotations', 'instances_val.json'));
  assert.deepEqual(
    config.downstream.map(({ task }) => task),
    ['detection'],
  );
  assert.match(text, /task: detection, images: \[50, 200, all\]/);

  const voc = temporaryFolder(t);
  mkdirSync(path.join(voc, 'JPEGImages'));
  writeFileSync(path.join(voc, 'JPEGImages', '1.png'), pngHeader(40, 30, 2));
  mkdirSync(path.join(voc, 'Annotations'));
  writeFileSync(
    path.join(voc, 'Annotations', '1.xml'),
    '<annotation><filename>1.png</filename></annotation>',
  );
  const found = propose(voc).config;
  assert.ok('images' in found.data);
  assert.equal(found.data.boxes, path.join(voc, 'Annotations'));
});

test('boxes for training alone, or for other pictures, are no reason to propose detection', (t) => {
  const folder = temporaryFolder(t);
  for (const split of ['train', 'test']) {
    mkdirSync(path.join(folder, split));
    writeFileSync(path.join(folder, split, 'a.png'), pngHeader(40, 30, 2));
  }
  writeFileSync(path.join(folder, 'test.json'), cocoText);
  assert.deepEqual(propose(folder).config.downstream, []);
  writeFileSync(path.join(folder, 'train.json'), cocoText);
  assert.equal(propose(folder).config.downstream.length, 1);
});
