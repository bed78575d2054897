import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mocoTerms, mocoV3 } from '../../../server/methods/mocoV3.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, cosine, type Matrix, mean, negativeLogProbability } from './float64.ts';
import { build, image, plainBatch, tensors } from './tiny.ts';

const [q0, q1, k0, k1] = ['q0', 'q1', 'k0', 'k1'].map((name) => normals([5, 4], name)) as [
  tf.Tensor2D,
  tf.Tensor2D,
  tf.Tensor2D,
  tf.Tensor2D,
];

/** ctr(q, k) of algorithm 1, query by query. */
function contrast(q: Matrix, k: Matrix, temperature: number): number {
  const entropies = q.map((query, i) =>
    negativeLogProbability(
      k.map((key) => cosine(query, key) / temperature),
      i,
    ),
  );
  return 2 * temperature * mean(entropies);
}

for (const temperature of [0.1, 0.2, 1]) {
  test(`MoCo v3 at temperature ${temperature}: value and gradient of the queries against float64`, () => {
    assertLoss(
      (q0, q1) => mocoTerms({ q0: q0!, q1: q1!, k0, k1 }, temperature).loss,
      (q0, q1) => contrast(q0!, k1.arraySync(), temperature) + contrast(q1!, k0.arraySync(), temperature),
      [q0, q1],
    );
  });
}

test('orthogonal samples that find their own key: 4 T (log(e^(1/T) + n - 1) - 1/T)', () => {
  const unit = tf.tensor2d([
    [1, 0, 0],
    [0, 3, 0],
    [0, 0, 0.1],
  ]);
  const { loss, accuracy } = mocoTerms({ q0: unit, q1: unit, k0: unit, k1: unit }, 0.5);
  assertClose(loss.dataSync(), [2 * (Math.log(Math.exp(2) + 2) - 2)], 1e-5);
  assert.equal(accuracy.dataSync()[0], 1);
});

test('accuracy counts the queries that find their own key in the other view', () => {
  const unit = tf.tensor2d([
    [1, 0],
    [0, 1],
  ]);
  const swapped = tf.reverse(unit, 0);
  const found = mocoTerms({ q0: unit, q1: unit, k0: swapped, k1: unit }, 0.5).accuracy;
  assert.equal(found.dataSync()[0], 0.5);
});

test('views of different shapes, one sample and temperature 0 are refused', () => {
  const short = tf.zeros([4, 4]) as tf.Tensor2D;
  assert.throws(() => mocoTerms({ q0, q1, k0, k1: short }, 0.2), /differ in shape/);
  assert.throws(() => mocoTerms({ q0, q1, k0, k1 }, 0), /temperature must be above 0/);
  const one = tf.zeros([1, 4]) as tf.Tensor2D;
  assert.throws(() => mocoTerms({ q0: one, q1: one, k0: one, k1: one }, 0.2), /at least 2/);
  assert.equal(mocoV3.options.safeParse({ temperature: 0 }).success, false);
});

test('keys come from the target network, which has no predictor', () => {
  const { task, forward, random } = build(mocoV3, image(8, 8, 1), {
    encoder: { type: 'mlp', hidden: [7], activation: 'tanh' },
    options: { projector: { hidden: 6, size: 5 }, predictor: { hidden: 4 } },
    batchSize: 6,
  });
  assert.deepEqual(task.targets, ['encoder', 'projector']);
  assert.equal(task.momentum!(0), 0.99);
  assert.equal(task.momentum!(1), 1);
  const inputs = tensors(task, task.prepare(plainBatch(6, [8, 8, 1], task.views), random(0)));
  const before = task.loss(forward, inputs).loss.dataSync()[0];
  for (const name of Object.keys(forward.targets))
    if (name.startsWith('predictor')) delete forward.targets[name];
  const last = 'projector/dense3/weight';
  forward.targets[last] = tf.neg(forward.targets[last]!);
  assert.notEqual(task.loss(forward, inputs).loss.dataSync()[0], before);
});
