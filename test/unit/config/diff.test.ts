import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Decision, diffConfigs } from '../../../server/config/diff.ts';
import { fullText, readOne } from './samples.ts';

function diff(from: string, to: string, pretraining = true): Decision[] {
  assert.ok(fullText.includes(from), from);
  return diffConfigs(readOne(fullText), readOne(fullText.replace(from, to)), pretraining);
}

test('comments, formatting and key order: nothing', () => {
  assert.deepEqual(diff('seed: 3\n', '\n\nseed:   3 # three\n'), [{ action: 'nothing', keys: [] }]);
  assert.deepEqual(diff('name: digits-vicreg\nseed: 3\n', 'seed: 3\nname: digits-vicreg\n'), [
    { action: 'nothing', keys: [] },
  ]);
  assert.deepEqual(diff('2e-3', '0.002'), [{ action: 'nothing', keys: [] }]);
  assert.deepEqual(diff('size: 28', 'size: [28, 28]'), [{ action: 'nothing', keys: [] }]);
});

test('learning rate, schedule and epochs: into the running run', () => {
  for (const [from, to, key, value] of [
    ['learningRate: 2e-3', 'learningRate: 1e-3', 'learningRate', 0.001],
    ['schedule: cosine', 'schedule: linear', 'schedule', 'linear'],
    ['epochs: 20', 'epochs: 30', 'epochs', 30],
    ['epochs: 20', 'epochs: 20, warmupEpochs: 2', 'warmupEpochs', 2],
    ['epochs: 20', 'epochs: 20, minLearningRate: 1e-5', 'minLearningRate', 1e-5],
    ['epochs: 20', 'epochs: 20, checkpointEvery: 5', 'checkpointEvery', 5],
  ] as const) {
    assert.deepEqual(diff(from, to), [
      { action: 'hot', keys: [`train.${key}`], changes: { train: { [key]: value } } },
    ]);
  }
});

test('evaluation and preview settings: into the running run', () => {
  for (const [to, key] of [
    ['every: 2', 'evaluate.every'],
    ['every: 1, stopOnCollapse: true', 'evaluate.stopOnCollapse'],
    ['every: 1, preview: { samples: 3 }', 'evaluate.preview.samples'],
    ['every: 1, preview: false', 'evaluate.preview'],
  ] as const) {
    const [decision, ...more] = diff('every: 1', to);
    assert.deepEqual(more, []);
    assert.equal(decision?.action, 'hot');
    assert.deepEqual(decision?.keys, [key]);
    assert.ok(decision?.action === 'hot' && decision.changes.evaluate && !decision.changes.train);
  }
});

test('a finished pretraining: its evaluation runs again, pictures are over, a new schedule is a new run', () => {
  assert.deepEqual(diff('k: 20', 'k: 5', false), [
    { action: 'downstream', keys: ['evaluate.knn.k'], stages: ['evaluate'] },
  ]);
  assert.deepEqual(diff('every: 1', 'every: 2', false), [{ action: 'nothing', keys: ['evaluate.every'] }]);
  assert.deepEqual(diff('epochs: 20', 'epochs: 30', false), [{ action: 'restart', keys: ['train.epochs'] }]);
});

test('downstream or export only: those stages run again', () => {
  for (const pretraining of [true, false]) {
    assert.deepEqual(diff('[1, 10, all]', '[5]', pretraining), [
      { action: 'downstream', keys: ['downstream'], stages: ['downstream'] },
    ]);
    assert.deepEqual(diff('onnx: true', 'onnx: true, embeddings: csv', pretraining), [
      { action: 'downstream', keys: ['export.embeddings'], stages: ['export'] },
    ]);
  }
});

test('data, encoder, pretext and seed: a new run', () => {
  for (const [from, to, keys] of [
    ['../data/digits', '../data/letters', ['data.images']],
    ['size: 28', 'size: 32', ['data.size']],
    ['width: 16', 'width: 8', ['encoder.width']],
    ['rotate: 15', 'rotate: 20', ['pretext.views.rotate.degrees']],
    ['seed: 3', 'seed: 4', ['seed']],
    ['batchSize: 256', 'batchSize: 128', ['train.batchSize']],
    ['epochs: 20', 'epochs: 20, weightDecay: 0.1', ['train.weightDecay']],
  ] as const) {
    assert.deepEqual(diff(from, to), [{ action: 'restart', keys: [...keys] }]);
    assert.equal(diff(from, to, false)[0]?.action, 'restart');
  }
  const [method] = diff('method: vicreg', 'method: simclr');
  assert.equal(method?.action, 'restart');
  assert.ok(method?.keys.includes('pretext.method'));
});

test('a restart covers everything else; a new learning rate and new tasks go together', () => {
  const both = fullText.replace('2e-3', '1e-3').replace('[1, 10, all]', '[5]');
  assert.deepEqual(
    diffConfigs(readOne(fullText), readOne(both), true).map(({ action }) => action),
    ['hot', 'downstream'],
  );
  const all = both.replace('seed: 3', 'seed: 4');
  assert.deepEqual(
    diffConfigs(readOne(fullText), readOne(all), true).map(({ action }) => action),
    ['restart'],
  );
});

test('device, threads, the name and what the optimizer does not read wait for the next start', () => {
  assert.deepEqual(diff('device: auto', 'device: cpu, threads: 1'), [
    { action: 'nothing', keys: ['train.device', 'train.threads'] },
  ]);
  assert.deepEqual(diff('digits-vicreg', 'other'), [{ action: 'nothing', keys: ['name'] }]);
  assert.deepEqual(diff('adamw,', 'adamw, momentum: 0.1,'), [
    { action: 'nothing', keys: ['train.momentum'] },
  ]);
});
