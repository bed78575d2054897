import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchNorm } from '../../../server/nn/batchNorm.ts';
import { Scope } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { testForward } from '../../support/forward.ts';
import { assertClose, assertGradients, kernelsOf, normals } from '../../support/numeric.ts';

/** Batch normalization of [rows, channels] in float64. */
function reference(
  x: ArrayLike<number>,
  channels: number,
  scale: ArrayLike<number>,
  shift: ArrayLike<number>,
) {
  const rows = x.length / channels;
  const y = new Float64Array(x.length);
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    for (let r = 0; r < rows; r++) mean[c]! += x[r * channels + c]! / rows;
    for (let r = 0; r < rows; r++) variance[c]! += (x[r * channels + c]! - mean[c]!) ** 2 / rows;
    for (let r = 0; r < rows; r++) {
      const i = r * channels + c;
      y[i] = ((x[i]! - mean[c]!) / Math.sqrt(variance[c]! + 1e-5)) * scale[c]! + shift[c]!;
    }
  }
  return { y, mean, variance };
}

test('training: batch statistics; running mean and unbiased variance move by PyTorch formulas', () => {
  const scope = new Scope();
  const layer = batchNorm(scope, 1);
  const forward = testForward(scope.parameters);
  const y = layer(forward, tf.tensor2d([1, 2, 3, 4], [4, 1]));
  // mean 2.5, biased variance 1.25, unbiased 5/3; momentum 0.1 from 0 and 1
  assertClose(
    y.dataSync(),
    [-1.5, -0.5, 0.5, 1.5].map((v) => v / Math.sqrt(1.25 + 1e-5)),
    1e-6,
  );
  assertClose(forward.written.runningMean!.dataSync(), [0.25], 1e-6);
  assertClose(forward.written.runningVariance!.dataSync(), [0.9 + 0.1 * (5 / 3)], 1e-6);
});

for (const shape of [
  [6, 3],
  [2, 3, 4, 5],
]) {
  test(`[${shape}]: values against float64 with a large mean, gradients of input, scale and shift`, () => {
    const channels = shape.at(-1)!;
    const scope = new Scope();
    const layer = batchNorm(scope, channels);
    const x = tf.add(normals(shape), 5);
    const scale = tf.add(normals([channels], 'scale'), 2);
    const shift = normals([channels], 'shift');
    const forward = testForward(scope.parameters).with({ weight: scale, bias: shift });
    const expected = reference(x.dataSync(), channels, scale.dataSync(), shift.dataSync());
    const y = layer(forward, x);
    assert.deepEqual(y.shape, shape);
    assertClose(y.dataSync(), expected.y, 3e-6);
    assertGradients(
      (x, weight, bias) => layer(forward.with({ weight: weight!, bias: bias! }), x!),
      [normals(shape), scale, shift],
    );
  });
}

test('without affine: no weights, right gradient', () => {
  const scope = new Scope();
  const layer = batchNorm(scope, 3, { affine: false });
  assert.deepEqual(
    scope.parameters.map((p) => p.name),
    ['runningMean', 'runningVariance'],
  );
  const forward = testForward(scope.parameters);
  assertGradients((x) => layer(forward, x), [normals([5, 3])]);
});

test('evaluation uses the running statistics, writes nothing and is the same for every batch', () => {
  const scope = new Scope();
  const layer = batchNorm(scope, 2);
  const forward = testForward(scope.parameters, { training: false }).with({
    runningMean: tf.tensor1d([1, -1]),
    runningVariance: tf.tensor1d([4, 0.25]),
    weight: tf.tensor1d([2, 3]),
    bias: tf.tensor1d([0.5, -0.5]),
  });
  const y = layer(forward, tf.tensor2d([[3, 0]]));
  assertClose(
    y.dataSync(),
    [(2 / Math.sqrt(4 + 1e-5)) * 2 + 0.5, (1 / Math.sqrt(0.25 + 1e-5)) * 3 - 0.5],
    1e-6,
  );
  assert.deepEqual(forward.written, {});
});

test('the target view reads the target copies and writes no statistics', () => {
  const scope = new Scope();
  const layer = batchNorm(scope, 2);
  const forward = testForward(scope.parameters);
  forward.targets.weight = tf.tensor1d([10, 10]);
  const x = normals([4, 2]);
  const online = layer(forward.with({}), x).dataSync();
  const target = layer(forward.target, x).dataSync();
  assertClose(
    target,
    online.map((v) => v * 10),
    1e-6,
  );
  assert.deepEqual(forward.written, {});
});

test('one value per channel is refused with the reason', () => {
  const scope = new Scope();
  const layer = batchNorm(scope.child('encoder'), 2);
  assert.throws(() => layer(testForward(scope.parameters), normals([1, 2])), /at least 2 values per channel/);
});

test('statistics do not enter the gradient graph twice: few kernels', async () => {
  const scope = new Scope();
  const layer = batchNorm(scope, 4);
  const forward = testForward(scope.parameters);
  const { weight, bias } = forward.values;
  const kernels = await kernelsOf(() =>
    tf.grads((x, weight, bias) => tf.sum(layer(forward.with({ weight: weight!, bias: bias! }), x!)))([
      normals([8, 4]),
      weight!,
      bias!,
    ]),
  );
  const reductions = kernels.filter((name) => name === 'Mean' || name === 'Sum');
  // forward: mean, variance; backward: two sums; and the loss itself
  assert.equal(reductions.length, 5, kernels.join(' '));
});
