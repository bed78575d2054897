import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bilinearScores, cola, colaLoss } from '../../../server/methods/cola.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, dot, type Matrix, mean, negativeLogProbability } from './float64.ts';

/** Section 2 of the paper, pair by pair: s(x, x') = g(x)' W g(x'), and the anchors' cross-entropy. */
function reference(a: Matrix, b: Matrix, w: Matrix): number {
  const columns = w[0]!.map((_, j) => w.map((row) => row[j]!));
  return mean(
    a.map((anchor, i) => {
      const turned = columns.map((column) => dot(anchor, column));
      return negativeLogProbability(
        b.map((positive) => dot(turned, positive)),
        i,
      );
    }),
  );
}

const matrix = (rows: number, columns: number, stream: string) =>
  normals([rows, columns], stream) as tf.Tensor2D;
const loss = (a: tf.Tensor2D, b: tf.Tensor2D, w: tf.Tensor2D) => colaLoss(bilinearScores(a, b, w));

test('COLA: value and gradient against float64', () => {
  assertLoss(loss, reference, [matrix(6, 4, 'a'), matrix(6, 4, 'b'), matrix(4, 4, 'w')]);
});

test('COLA of two orthogonal recordings: log(1 + e^-s) for a similarity of s', () => {
  const unit = tf.eye(2) as tf.Tensor2D;
  assertClose(loss(unit, unit, tf.mul(unit, 3)).dataSync(), [Math.log(1 + Math.exp(-3))], 1e-6);
});

test('COLA: the similarity may be a different one in each direction', () => {
  const turn = tf.tensor2d([
    [0, 5],
    [-5, 0],
  ]);
  const unit = tf.eye(2) as tf.Tensor2D;
  const scores = bilinearScores(unit, unit, turn).arraySync();
  assert.deepEqual(scores, [
    [0, 5],
    [-5, 0],
  ]);
});

test('one recording, and segments of different shapes, are refused', () => {
  const w = matrix(3, 3, 'w');
  assert.throws(() => bilinearScores(matrix(1, 3, 'a'), matrix(1, 3, 'b'), w), /at least 2/);
  assert.throws(() => bilinearScores(matrix(2, 3, 'a'), matrix(3, 3, 'b'), w), /differ in shape/);
  assert.equal(cola.options.safeParse({ size: 0 }).success, false);
});
