import assert from 'node:assert/strict';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '../../server/nn/tf.ts';
import { randomAt } from '../../server/random.ts';

/** Standard normal numbers, the same in every run. */
export function normals(shape: readonly number[], stream = 'x', seed = 0): tf.Tensor {
  const random = randomAt(seed, stream);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    [...shape],
  );
}

/** Largest |a - b|, relative to the largest |b| (at least 1e-3). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  let worst = 0;
  let scale = 1e-3;
  for (let i = 0; i < actual.length; i++) {
    if (Number.isNaN(actual[i])) return Number.NaN;
    worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return worst / scale;
}

export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = '',
): void {
  const error = relativeError(actual, expected);
  assert.ok(
    error <= tolerance,
    `${what}: relative error ${error} > ${tolerance}\nactual   ${Array.from(actual).slice(0, 12)}\nexpected ${Array.from(expected).slice(0, 12)}`,
  );
}

/**
 * Compares automatic gradients with fourth-order central differences. The scalar is sum(y * fixed random weights),
 * summed in float64, so that the differences lose only the float32 rounding of y: about 1e-7 / step per element.
 */
export function assertGradients(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  { step = 0.02, tolerance = 5e-4 } = {},
): void {
  const weights = normals(fn(...inputs).shape, 'output weights');
  const factors = weights.dataSync();
  const value = (xs: readonly tf.Tensor[]): number =>
    tf.tidy(() => Array.from(fn(...xs).dataSync()).reduce((sum, y, i) => sum + y * factors[i]!, 0));
  const automatic = tf.grads((...xs) => tf.sum(tf.mul(fn(...xs), weights)))([...inputs]);
  inputs.forEach((input, which) => {
    const numeric = Array.from({ length: input.size }, (_, i) => {
      const at = (delta: number): number => {
        const moved = Float32Array.from(input.dataSync());
        moved[i] = moved[i]! + delta;
        return value(inputs.map((x, j) => (j === which ? tf.tensor(moved, x.shape) : x)));
      };
      return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
    });
    assertClose(automatic[which]!.dataSync(), numeric, tolerance, `gradient of input ${which}`);
  });
}

/** Every kernel that a computation runs, in order, gradients included. */
export async function kernelsOf(compute: () => tf.Tensor | tf.Tensor[]): Promise<string[]> {
  const profile = await tf.profile(() => compute() as tf.Tensor);
  return profile.kernels.map((kernel) => kernel.name);
}
