import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { checkConfig } from '../../../server/config/check.ts';
import { lintConfig } from '../../../server/config/lint.ts';
import type { Problem } from '../../../server/config/problem.ts';
import { formatPath, hasErrors } from '../../../server/config/problem.ts';
import type { DataFacts } from '../../../server/protocol/trainer.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { readRuns, shortText, tableText } from './samples.ts';

const images: DataFacts = {
  modality: 'image',
  shape: [28, 28, 1],
  count: 1000,
  train: 800,
  test: 200,
  classes: ['a', 'b'],
  trainPerClass: [780, 20],
  unlabelled: 0,
  skipped: [],
  fingerprint: 'x',
  summary: '1,000 images',
};

const table: DataFacts = {
  ...images,
  modality: 'table',
  shape: [4],
  columns: [
    { name: 'petal', kind: 'numeric' },
    { name: 'sepal', kind: 'numeric' },
  ],
};

function lint(text: string, facts?: DataFacts): Problem[] {
  const [run] = readRuns(text);
  assert.ok(run);
  return lintConfig(run.config, run.positions, facts);
}

/** The keys that were complained about, with the severity. */
function keys(text: string, facts?: DataFacts): string[] {
  return lint(text, facts).map(({ severity, path: keys }) => `${severity} ${formatPath(keys)}`);
}

test('sound configs pass in silence', () => {
  assert.deepEqual(lint(shortText), []);
  assert.deepEqual(lint(shortText, images), []);
  assert.deepEqual(lint(tableText, table), []);
  assert.deepEqual(lint(`${shortText}downstream: [{ labelsPerClass: [1, 10, all] }]\n`, images), []);
});

test('a batch larger than the data is an error with a batch that fits', () => {
  const [problem] = lint(`${shortText}train: { batchSize: 1024 }\n`, images);
  assert.equal(problem?.severity, 'error');
  assert.equal(problem?.found, 'batchSize 1024 with 800 training samples');
  assert.equal(problem?.fix, 'set train.batchSize: 512');
  assert.deepEqual([problem?.line, problem?.column], [4, 21]);
  assert.deepEqual(lint(`${shortText}train: { batchSize: 800 }\n`, images), []);
});

test('tables have corruption, images have views', () => {
  const rows = (pretext: string) => tableText.replace('{ method: scarf }', pretext);
  assert.deepEqual(lint(rows('{ method: vicreg, corruption: 0.3 }'), table), []);
  assert.deepEqual(keys(rows('{ method: vicreg, views: { flip: true } }')), ['warning pretext.views']);
  assert.deepEqual(keys(shortText.replace('vicreg', 'vicreg, corruption: 0.3'), images), [
    'error pretext.corruption',
  ]);
});

test('the shape of the data decides about patches, not a guess', () => {
  const text = 'data: { images: x }\nencoder: { type: vit, patch: 8 }\npretext: { method: mae }\n';
  assert.deepEqual(lint(text), [], 'unknown size: nothing to say yet');
  assert.deepEqual(keys(text, images), ['error encoder.patch']);
  assert.deepEqual(lint(text, { ...images, shape: [32, 32, 1] }), []);
  assert.deepEqual(keys(text.replace('images: x', 'images: x, size: 28')), ['error encoder.patch']);
});

test('labels: none, one class, too few of them, none to test on', () => {
  const text = `${shortText}downstream: [{ labelsPerClass: [10, 50, all] }]\n`;
  const { classes, trainPerClass, ...unlabelled } = images;
  assert.ok(classes && trainPerClass);
  assert.deepEqual(keys(text, unlabelled), ['error downstream']);
  assert.deepEqual(lint(shortText, unlabelled), [], 'the default measures need no complaint');
  assert.deepEqual(keys(`${shortText}evaluate: { linearProbe: true }\n`, unlabelled), [
    'warning evaluate.linearProbe',
  ]);
  assert.ok(keys(text, { ...images, classes: ['a'], trainPerClass: [800] }).includes('error downstream'));
  assert.deepEqual(keys(text, { ...images, test: 0 }), [
    'error downstream',
    'warning downstream[0].labelsPerClass[1]',
  ]);
  const [few] = lint(text, images);
  assert.equal(few?.severity, 'warning');
  assert.equal(few?.found, '50 labels per class; class b has 20 training samples');
});

test('columns that the table does not have', () => {
  const text = `data: { table: x.csv, label: species, columns: { petl: numeric, gone: ignore } }
encoder: { type: mlp }
pretext: { method: scarf }
`;
  const problems = lint(text, table);
  assert.deepEqual(
    problems.map(({ found, fix }) => [found, fix]),
    [['petl', 'did you mean petal?']],
  );
});

test('keys that the data makes pointless', () => {
  const text = shortText
    .replace('images: digits', 'images: digits, limit: 5000')
    .replace('{ method: vicreg }', '{ method: vicreg, views: { gray: 0.2, noise: 0.1 } }');
  assert.deepEqual(keys(text, images), ['warning data.limit', 'warning pretext.views.gray']);
  assert.deepEqual(keys(text, { ...images, count: 9000, shape: [28, 28, 3] }), []);
});

test('more neighbours than there are samples: said where they were asked for, the default adapts itself', () => {
  const few = { ...images, train: 10 };
  const small = `${shortText}train: { batchSize: 8 }\n`;
  assert.deepEqual(keys(small, few), []);
  assert.deepEqual(keys(`${small}evaluate: { samples: 16 }\n`, images), []);
  const [problem, ...others] = lint(`${small}evaluate: { knn: { k: 20 } }\n`, few);
  assert.deepEqual(others, []);
  assert.deepEqual([problem?.severity, problem?.line, problem?.fix], ['warning', 5, 'set evaluate.knn.k: 5']);
  assert.deepEqual(keys(`${small}evaluate: { samples: 16, knn: { k: 20 } }\n`), ['error evaluate.knn.k']);
});

test('facts about another kind of data are not applied', () => {
  assert.deepEqual(lint(shortText, { ...table, train: 1 }), []);
});

test('paths are looked for on the disk', (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'a.selfsup.yaml');
  const problemsOf = (text: string): string[] =>
    checkConfig(file, { text }).problems.map(({ message, fix }) => `${message}: ${fix}`);
  mkdirSync(path.join(folder, 'digits'));
  assert.deepEqual(problemsOf(shortText), [
    'data.images is an empty folder: put the data there, or correct the path',
  ]);
  writeFileSync(path.join(folder, 'digits', '.DS_Store'), 'x');
  assert.equal(problemsOf(shortText).length, 1, 'hidden files are no data');
  writeFileSync(path.join(folder, 'digits', 'one.png'), 'x');
  assert.deepEqual(problemsOf(shortText), []);
  assert.deepEqual(problemsOf(shortText.replace('digits', 'digts')), [
    `data.images does not exist: did you mean ${path.join(folder, 'digits')}?`,
  ]);
  assert.deepEqual(
    checkConfig(file, { text: shortText.replace('digits', 'digts'), paths: false }).problems,
    [],
  );
});

test('a folder without permission is said to be one', { skip: process.getuid?.() === 0 }, (t) => {
  const folder = temporaryFolder(t);
  const closed = path.join(folder, 'digits');
  mkdirSync(closed);
  chmodSync(closed, 0);
  t.after(() => chmodSync(closed, 0o700));
  const { problems } = checkConfig(path.join(folder, 'a.selfsup.yaml'), { text: shortText });
  assert.match(problems[0]?.found ?? '', /no permission/);
});

test('a missing config is a problem of its own', (t) => {
  const { problems, files } = checkConfig(path.join(temporaryFolder(t), 'none.selfsup.yaml'));
  assert.ok(hasErrors(problems));
  assert.equal(problems[0]?.code, 'unreadableFile');
  assert.equal(files.length, 1);
});

test('regression needs no classes, but rows with its number', () => {
  const { classes, trainPerClass, ...unlabelled } = table;
  assert.ok(classes && trainPerClass);
  const text = `data: { table: flowers.csv }
encoder: { type: mlp }
pretext: { method: scarf }
train: { batchSize: 8 }
evaluate: { knn: false, linearProbe: false }
downstream: [{ task: regression, target: price, rows: [10, 500, all] }]
`;
  const found = (train: number, test: number) =>
    keys(text, { ...unlabelled, targets: [{ column: 'price', train, test }] });
  assert.deepEqual(keys(text), []);
  assert.deepEqual(found(1000, 100), []);
  assert.deepEqual(found(100, 100), ['warning downstream[0].rows[1]']);
  assert.deepEqual(found(1, 100), ['error downstream[0].target']);
  assert.deepEqual(found(1000, 1), ['error downstream[0].target']);
  assert.deepEqual(
    keys(text, { ...unlabelled, test: 0, targets: [{ column: 'price', train: 50, test: 0 }] }),
    ['error downstream', 'warning downstream[0].rows[1]'],
  );
});
