import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barlowLoss, barlowTerms } from '../../../server/methods/barlowTwins.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, columnsOf, type Matrix, mean, sines, sum } from './float64.ts';

/** Equation 1 of the paper on columns standardized with the biased variance. */
function reference(a: Matrix, b: Matrix, lambda: number): number {
  const standardized = (z: Matrix): Matrix =>
    columnsOf(z).map((column) => {
      const centre = mean(column);
      const variance = mean(column.map((v) => (v - centre) ** 2));
      return column.map((v) => (v - centre) / Math.sqrt(variance + 1e-5));
    });
  const [x, y] = [standardized(a), standardized(b)];
  return sum(
    x.flatMap((one, i) =>
      y.map((two, j) => {
        const correlation = mean(one.map((v, k) => v * two[k]!));
        return i === j ? (1 - correlation) ** 2 : lambda * correlation ** 2;
      }),
    ),
  );
}

for (const [lambda, scale] of [
  [0.005, 1],
  [0.3, 0.024],
] as const) {
  test(`lambda ${lambda}, scale ${scale}: value and gradient against float64`, () => {
    assertLoss(
      (a, b) => barlowLoss(barlowTerms(a, b), lambda, scale),
      (a, b) => scale * reference(a, b, lambda),
      [normals([7, 4], 'a') as tf.Tensor2D, normals([7, 4], 'b') as tf.Tensor2D],
    );
  });
}

test("numbers from PyTorch 2.14 with the formulas of the authors' code", () => {
  const terms = barlowTerms(sines(5, 4), sines(5, 4, 0.5));
  assertClose(terms.onDiagonal.dataSync(), [1.4578267504264664], 1e-5);
  assertClose(terms.offDiagonal.dataSync(), [9.39882624497763], 1e-5);
  assertClose(barlowLoss(terms, 0.005).dataSync(), [1.5048208816513546], 1e-5);
});

test('equal views with uncorrelated columns have no loss', () => {
  const z = tf.tensor2d([
    [1, 3],
    [1, -3],
    [-1, 3],
    [-1, -3],
  ]);
  const terms = barlowTerms(z, z);
  assert.ok(terms.onDiagonal.dataSync()[0]! < 1e-9);
  assert.equal(terms.offDiagonal.dataSync()[0], 0);
});

test('one sample is refused', () => {
  assert.throws(() => barlowTerms(tf.zeros([1, 3]), tf.zeros([1, 3])), /at least 2/);
});
