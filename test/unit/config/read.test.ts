import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { encoderOf, methodOf } from '../../../server/config/choices.ts';
import { dataPath } from '../../../server/config/data/paths.ts';
import { formatProblem } from '../../../server/config/problem.ts';
import { fullText, read, readOne, readRuns, shortText, tableText } from './samples.ts';

test('three keys are a whole config: the defaults are filled in', () => {
  const config = readOne(shortText);
  assert.equal(config.name, 'main');
  assert.equal(config.seed, 0);
  assert.equal(config.train.epochs, 100);
  assert.equal(config.train.weightDecay, 1e-4);
  assert.deepEqual(config.evaluate.knn, { k: 20, temperature: 0.1 });
  assert.deepEqual(config.evaluate.preview, { every: 1, samples: 8 });
  assert.deepEqual(config.downstream, []);
  assert.deepEqual(config.export, { onnx: true, safetensors: true, embeddings: 'none' });
  assert.notDeepEqual(methodOf(config).views, {});
});

test('shorthands become full values and exponents are numbers', () => {
  const config = readOne(fullText);
  assert.ok('images' in config.data);
  assert.deepEqual(config.data.size, [28, 28]);
  assert.equal(config.train.learningRate, 0.002);
  const { method, options, views } = methodOf(config);
  assert.equal(method.name, 'vicreg');
  assert.ok(!('method' in options) && !('views' in options));
  // Only the views that the file names, in full, without the one that is switched off.
  assert.deepEqual(Object.keys(views as object).sort(), ['crop', 'noise', 'rotate']);
  assert.equal((views as { noise: { std: number } }).noise.std, 0.1);
  assert.equal(encoderOf(config).definition.type, 'convnet');
  assert.equal(encoderOf(config).options.width, 16);
});

test('plain adam has no weight decay unless it is given', () => {
  assert.equal(readOne(`${shortText}train: { optimizer: adam }\n`).train.weightDecay, 0);
  assert.equal(readOne(`${shortText}train: { optimizer: adam, weightDecay: 0.5 }\n`).train.weightDecay, 0.5);
  assert.equal(readOne(`${shortText}train: { optimizer: lars }\n`).train.weightDecay, 1e-6);
});

test('byte order mark, Windows line ends, anchors and merge keys are read', () => {
  const text = `\uFEFF${shortText}`.replaceAll('\n', '\r\n');
  assert.deepEqual(readOne(text), readOne(shortText));
  const merged = `${shortText}train: &fast { epochs: 3, batchSize: 4 }
downstream:
  - &task { mode: linear, epochs: 7 }
  - { <<: *task, epochs: 9 }
`;
  const task = readOne(merged).downstream[1];
  assert.ok(task?.task === 'classification');
  assert.deepEqual([task.mode, task.epochs], ['linear', 9]);
});

test('a problem behind a byte order mark and Windows line ends keeps its place', () => {
  const { problems } = read(`\uFEFFseed: x\r\n${shortText}`);
  assert.deepEqual([problems[0]?.line, problems[0]?.column, problems[0]?.endColumn], [1, 7, 8]);
});

test('paths start from the file that contains them', () => {
  assert.equal(dataPath(readOne(fullText).data), path.resolve('/data/digits'));
  assert.equal(
    dataPath(readOne(shortText.replace('digits', '~/digits')).data),
    path.join(homedir(), 'digits'),
  );
  const child = readOne('extends: bases/base.yaml\n', { 'bases/base.yaml': shortText });
  assert.equal(dataPath(child.data), path.resolve('/project/bases/digits'));
  const labelled = readOne(shortText.replace('digits', 'digits, labels: folders'));
  assert.ok('images' in labelled.data && labelled.data.labels === 'folders');
});

test('extends merges mappings, replaces lists, and an empty value takes a key away', () => {
  const base = `${shortText}name: base
train: { epochs: 7, batchSize: 64 }
downstream: [{ mode: linear }, { mode: finetune }]
sweep: { grid: { seed: [1, 2] } }
seed: 5
`;
  const text = 'extends: base.yaml\ntrain: { batchSize: 32, epochs: }\ndownstream: [{ mode: lastBlocks }]\n';
  const runs = readRuns(text, { 'base.yaml': base });
  assert.equal(runs.length, 1, 'the sweep of a base is not inherited');
  const config = runs[0]?.config;
  assert.equal(config?.name, 'main');
  assert.equal(config?.seed, 5);
  assert.equal(config?.train.batchSize, 32);
  assert.equal(config?.train.epochs, 100);
  assert.deepEqual(
    config?.downstream.map(({ mode }) => mode),
    ['lastBlocks'],
  );
  assert.deepEqual(
    read(text, { 'base.yaml': base }).files,
    ['main.selfsup.yaml', 'base.yaml'].map((name) => path.resolve('/project', name)),
  );
});

test('another encoder, method or kind of data drops the options of the base', () => {
  const base = `data: { images: digits, size: 28 }
encoder: { type: vit, patch: 7, width: 48 }
pretext: { method: vicreg, invariance: 10 }
`;
  const config = readOne('extends: base.yaml\nencoder: { type: convnet }\npretext: { method: simclr }\n', {
    'base.yaml': base,
  });
  assert.equal(config.encoder.patch, undefined);
  assert.notEqual(config.encoder.width, 48);
  const kept = readOne('extends: base.yaml\nencoder: { type: vit, width: 96 }\n', { 'base.yaml': base });
  assert.deepEqual([kept.encoder.patch, kept.encoder.width], [7, 96]);
  const table = readOne(`extends: base.yaml\n${tableText}`, { 'base.yaml': base });
  assert.ok('table' in table.data);
});

test('problems in a base are reported there', () => {
  const { problems } = read('extends: base.yaml\n', { 'base.yaml': `${shortText}train: { epochs: 0 }\n` });
  assert.equal(problems.length, 1);
  assert.equal(
    formatProblem(problems[0] as (typeof problems)[number], '/project').split('\n')[0],
    'base.yaml:4:18: error: train.epochs is out of range (outOfRange)',
  );
});

test('a grid makes a run of every combination, a list one of every entry', () => {
  const grid = readRuns(
    `${shortText}name: d\nsweep:\n  grid: { train.learningRate: [0.1, 1e-2], seed: [1, 2] }\n`,
  );
  assert.deepEqual(
    grid.map(({ name }) => name),
    [
      'd-learningRate=0.1-seed=1',
      'd-learningRate=0.1-seed=2',
      'd-learningRate=0.01-seed=1',
      'd-learningRate=0.01-seed=2',
    ],
  );
  assert.deepEqual(grid[3]?.overrides, { 'train.learningRate': 0.01, seed: 2 });
  assert.equal(grid[3]?.config.train.learningRate, 0.01);
  assert.equal(grid[3]?.config.name, 'd-learningRate=0.01-seed=2');

  const files = readRuns(
    `${shortText}name: d\nsweep:\n  grid: { data.testList: [lists/fold-a.txt, lists/fold-b.txt] }\n`,
  );
  assert.deepEqual(
    files.map(({ name }) => name),
    ['d-testList=fold-a', 'd-testList=fold-b'],
  );

  const list = readRuns(`${shortText}sweep:
  list:
    - { train.epochs: 3 }
    - train: { epochs: 4, batchSize: 8 }
    - pretext: { method: simclr, temperature: 0.5 }
    - { train.epochs: 3 }
`);
  assert.deepEqual(
    list.map(({ name }) => name),
    ['main-epochs=3', 'main-epochs=4-batchSize=8', 'main-method=simclr-temperature=0.5', 'main-epochs=3-2'],
  );
  assert.equal(list[2]?.config.pretext.temperature, 0.5);
});

test('keys with the same last part are told apart in names, long values by position', () => {
  const runs = readRuns(`${shortText}downstream: [{}]
sweep: { grid: { train.epochs: [1], encoder.width: [8, 16], pretext.views: [{ flip: true }, { noise: 0.1 }] } }
`);
  assert.equal(runs[1]?.name, 'main-epochs=1-width=8-views=2');
  const twice = readRuns(
    `${shortText}sweep: { list: [{ train.epochs: 1, evaluate.preview.samples: 2, evaluate.samples: 20 }] }\n`,
  );
  assert.equal(twice[0]?.name, 'main-epochs=1-evaluate.preview.samples=2-evaluate.samples=20');
});

test('an error in a sweep value points at that value, once', () => {
  const { problems, runs } = read(`${shortText}sweep: { grid: { train.epochs: [1, 0], seed: [1, 2, 3] } }\n`);
  assert.equal(runs.length, 0);
  assert.deepEqual(
    problems.map(({ line, column }) => [line, column]),
    [[4, 36]],
  );
});

test('a file that cannot be read is a problem, not an exception', () => {
  const { problems } = read('extends: none.yaml\n');
  assert.equal(problems[0]?.code, 'extends');
});
