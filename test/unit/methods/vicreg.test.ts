import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type VicregTerms, vicregLoss, vicregTerms } from '../../../server/methods/vicreg.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, columnsOf, covariance, type Matrix, mean, sines, sum } from './float64.ts';

const epsilon = 1e-4;

const reference: Record<keyof VicregTerms, (a: Matrix, b: Matrix) => number> = {
  invariance: (a, b) => mean(a.flatMap((row, i) => row.map((v, j) => (v - b[i]![j]!) ** 2))),
  variance: (a, b) =>
    mean(
      [a, b].map((z) =>
        mean(columnsOf(z).map((c) => Math.max(0, 1 - Math.sqrt(covariance(c, c) + epsilon)))),
      ),
    ),
  covariance: (a, b) =>
    sum(
      [a, b].map((z) => {
        const columns = columnsOf(z);
        const squares = columns.flatMap((x, i) =>
          columns.map((y, j) => (i === j ? 0 : covariance(x, y) ** 2)),
        );
        return sum(squares) / columns.length;
      }),
    ),
};

/** Columns of very different spread, some above and some below the hinge at 1. */
function pair(): [tf.Tensor2D, tf.Tensor2D] {
  const spread = tf.tensor1d([0.1, 0.5, 1, 3]);
  return [tf.mul(normals([7, 4], 'a'), spread), tf.mul(normals([7, 4], 'b'), spread)];
}

for (const term of ['invariance', 'variance', 'covariance'] as const) {
  test(`${term}: value and gradient against float64`, () => {
    assertLoss((a, b) => vicregTerms(a, b, epsilon)[term], reference[term], pair());
  });
}

test("the whole loss: numbers from PyTorch 2.14 with the formulas of the authors' code", () => {
  const terms = vicregTerms(sines(5, 4), sines(5, 4, 0.5), epsilon);
  assertClose(terms.invariance.dataSync(), [0.11558132895788602], 1e-5);
  assertClose(terms.variance.dataSync(), [0.2672202162077446], 1e-5);
  assertClose(terms.covariance.dataSync(), [1.866992726701012], 1e-5);
  const loss = vicregLoss(terms, { invariance: 25, variance: 25, covariance: 1 });
  assertClose(loss.dataSync(), [11.437031355841778], 1e-5);
});

test('a collapsed batch: nothing but the variance term, close to 1', () => {
  const same = tf.ones([4, 3]) as tf.Tensor2D;
  const terms = vicregTerms(same, same, epsilon);
  assert.equal(terms.invariance.dataSync()[0], 0);
  assert.equal(terms.covariance.dataSync()[0], 0);
  assertClose(terms.variance.dataSync(), [1 - 0.01], 1e-5);
});

test('large uncorrelated columns: no variance and no covariance term', () => {
  const z = tf.tensor2d([
    [2, 2],
    [2, -2],
    [-2, 2],
    [-2, -2],
  ]);
  const terms = vicregTerms(z, z, epsilon);
  assert.equal(terms.variance.dataSync()[0], 0);
  assert.equal(terms.covariance.dataSync()[0], 0);
});

test('does not change when the views are exchanged', () => {
  const [a, b] = pair();
  const [there, back] = [vicregTerms(a, b, epsilon), vicregTerms(b, a, epsilon)];
  for (const term of ['invariance', 'variance', 'covariance'] as const)
    assertClose(back[term].dataSync(), there[term].dataSync(), 1e-6, term);
});

test('one sample and views of different shapes are refused', () => {
  assert.throws(() => vicregTerms(tf.zeros([1, 3]), tf.zeros([1, 3]), epsilon), /at least 2/);
  assert.throws(() => vicregTerms(tf.zeros([3, 3]), tf.zeros([2, 3]), epsilon), /differ in shape/);
});
