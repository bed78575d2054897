import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accuracy } from '../../../server/methods/accuracy.ts';
import { contrastiveScores, ntXent, simclr } from '../../../server/methods/simclr.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, cosine, type Matrix, mean, negativeLogProbability, sines } from './float64.ts';

/** Equation 1 of the paper, pair by pair. */
function reference(a: Matrix, b: Matrix, temperature: number): number {
  const rows = [...a, ...b];
  const n = a.length;
  return mean(
    rows.map((row, i) => {
      const others = rows.flatMap((_, k) => (k === i ? [] : [k]));
      const logits = others.map((k) => cosine(row, rows[k]!) / temperature);
      return negativeLogProbability(logits, others.indexOf((i + n) % (2 * n)));
    }),
  );
}

const pair = (rows: number, columns: number): [tf.Tensor2D, tf.Tensor2D] => [
  normals([rows, columns], 'a') as tf.Tensor2D,
  normals([rows, columns], 'b') as tf.Tensor2D,
];

for (const temperature of [0.1, 0.2, 0.5, 1]) {
  test(`NT-Xent at temperature ${temperature}: value and gradient against float64`, () => {
    assertLoss(
      (a, b) => ntXent(a, b, temperature),
      (a, b) => reference(a, b, temperature),
      pair(6, 5),
    );
  });
}

test('NT-Xent: numbers from PyTorch 2.14 (normalize, cross_entropy of the masked similarities)', () => {
  assertClose(ntXent(sines(5, 4), sines(5, 4, 0.5), 0.5).dataSync(), [1.455753273627806], 1e-5);
  assertClose(ntXent(sines(5, 4), sines(5, 4, 0.5), 0.1).dataSync(), [1.7180086829311978], 1e-5);
});

test('NT-Xent of two orthogonal samples: log(e^(1/T) + 2) - 1/T', () => {
  const unit = tf.tensor2d([
    [1, 0],
    [0, 3],
  ]);
  assertClose(ntXent(unit, unit, 0.5).dataSync(), [Math.log(Math.exp(2) + 2) - 2], 1e-6);
});

test('NT-Xent does not change when the views are exchanged or a row is scaled', () => {
  const [a, b] = pair(4, 3);
  const loss = ntXent(a, b, 0.2).dataSync();
  assertClose(ntXent(b, a, 0.2).dataSync(), loss, 1e-6);
  assertClose(ntXent(tf.mul(a, tf.tensor2d([[1], [10], [0.1], [5]])), b, 0.2).dataSync(), loss, 1e-5);
});

test('NT-Xent stays finite where similarities / temperature leave the range of exp', () => {
  const a = tf.tensor2d([
    [1, 0],
    [-1, 0],
  ]);
  const loss = ntXent(a, tf.neg(a), 0.01).dataSync()[0]!;
  assertClose([loss], [200], 1e-5); // the positive lies opposite, the negative at the same place
});

test('accuracy: share of rows whose positive is the nearest', () => {
  const a = tf.tensor2d([
    [1, 0],
    [0, 1],
  ]);
  const good = contrastiveScores(a, a, 0.5);
  assert.equal(accuracy(good.logits, good.positives).dataSync()[0], 1);
  const bad = contrastiveScores(a, tf.reverse(a, 0), 0.5);
  assert.equal(accuracy(bad.logits, bad.positives).dataSync()[0], 0);
});

test('one sample, views of different shapes and temperature 0 are refused', () => {
  assert.throws(() => ntXent(...pair(1, 3), 0.5), /at least 2/);
  assert.throws(() => ntXent(tf.zeros([2, 3]), tf.zeros([2, 4]), 0.5), /differ in shape/);
  assert.throws(() => ntXent(...pair(2, 3), 0), /temperature must be above 0/);
  assert.equal(simclr.options.safeParse({ temperature: 0 }).success, false);
  assert.equal(simclr.options.safeParse({ temperature: 0.07 }).success, true);
});
