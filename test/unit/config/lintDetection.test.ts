import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintConfig } from '../../../server/config/lint.ts';
import { formatPath, type Problem } from '../../../server/config/problem.ts';
import type { DataFacts } from '../../../server/protocol/trainer.ts';
import { readRuns, tableText } from './samples.ts';

const facts: DataFacts = {
  modality: 'image',
  shape: [32, 48, 3],
  count: 1000,
  train: 800,
  test: 200,
  boxes: { categories: ['cat', 'dog'], train: 100, test: 40, objects: 300 },
  unlabelled: 800,
  skipped: [],
  fingerprint: 'x',
  summary: '1,000 images',
};

const config = (task: string, data = 'images: x, boxes: y.json', encoder = 'convnet'): string =>
  `data: { ${data} }\nencoder: { type: ${encoder} }\npretext: { method: autoencoder }\ndownstream: [{ task: detection, ${task} }]\n`;

function lint(text: string, known?: DataFacts): Problem[] {
  const [run] = readRuns(text);
  assert.ok(run);
  return lintConfig(run.config, run.positions, known);
}

function found(text: string, known?: DataFacts): string[] {
  return lint(text, known).map(
    ({ severity, path, message }) => `${severity} ${formatPath(path)}: ${message}`,
  );
}

test('detection on annotated images passes in silence, without any class labels', () => {
  assert.deepEqual(found(config('images: [50, all]')), []);
  assert.deepEqual(found(config('images: [50, all]'), facts), []);
  assert.deepEqual(found(config('images: [50, all]', 'images: x, boxes: y.json, labels: none'), facts), []);
  assert.deepEqual(
    found(config('mode: frozen', 'images: x, boxes: y', 'vit'), { ...facts, shape: [32, 48, 3] }),
    [],
  );
});

test('boxes must be there, for the separate test set too', () => {
  assert.deepEqual(found(config('images: all', 'images: x')), [
    'error downstream[0].task: detection needs data.boxes',
  ]);
  assert.deepEqual(found(config('images: all', 'images: x, boxes: y, test: { images: z }')), [
    'error downstream[0].task: detection needs data.test.boxes',
  ]);
  assert.deepEqual(found(config('images: all', 'images: x, boxes: y, test: { images: z, boxes: z }')), []);
});

test('an mlp has no maps, and a table no images', () => {
  const [problem] = lint(config('images: all', 'images: x, boxes: y', 'mlp'));
  assert.equal(problem?.message, 'detection does not work on an mlp');
  assert.equal(problem?.fix, 'set encoder.type: convnet, or remove the task');
  assert.deepEqual(found(`${tableText}downstream: [{ task: detection }]\n`), [
    'error downstream[0].task: detection is for images',
  ]);
});

test('what the data turned out to be: enough annotated images, and of a size for the stride', () => {
  assert.deepEqual(found(config('images: [50, 101]'), facts), [
    'warning downstream[0].images[1]: there are no 101 annotated training images',
  ]);
  assert.deepEqual(found(config('stride: 32'), facts), [
    'error downstream[0].stride: the detector would look at a single place',
  ]);
  assert.deepEqual(found(config('stride: 16'), facts), []);
  const untested = { ...facts, boxes: { ...facts.boxes!, test: 0 } };
  assert.deepEqual(found(config('images: all'), untested), [
    'error downstream[0].task: no test image has boxes',
  ]);
});

test('keys that change nothing, and budgets that are named twice', () => {
  assert.deepEqual(found(config('mode: frozen, layerDecay: 0.5, blocks: 2')), [
    'warning downstream[0].layerDecay: downstream[0].layerDecay has no effect',
    'warning downstream[0].blocks: downstream[0].blocks has no effect',
  ]);
  assert.deepEqual(found(config('images: [50, 50]')), [
    'warning downstream[0].images: downstream[0].images names 50 twice',
  ]);
});

test('a task that needs labels is named, the one beside it that does not is left alone', () => {
  const both = config('images: all', 'images: x, boxes: y, labels: none').replace(
    'downstream: [',
    'downstream: [{ labelsPerClass: all }, ',
  );
  assert.deepEqual(found(both), ['error downstream[0]: downstream needs labels']);
  assert.deepEqual(found(both.replace(', labels: none', ''), facts), [
    'error downstream[0]: downstream needs labels',
  ]);
});
