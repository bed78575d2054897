import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conv2d, convolvedSize, upsample2x } from '../../../server/nn/convolution.ts';
import { Scope } from '../../../server/nn/parameters.ts';
import { averagePool, globalAveragePool, maxPool } from '../../../server/nn/pooling.ts';
import * as tf from '../../../server/nn/tf.ts';
import { testForward } from '../../support/forward.ts';
import { assertClose, assertGradients, kernelsOf, normals } from '../../support/numeric.ts';

/** Convolution by its definition, in float64: NHWC input, HWIO kernel, zeros outside. */
function reference(x: tf.Tensor, w: tf.Tensor, stride: number, padding: number): Float64Array {
  const [batch, height, width, inputs] = x.shape as [number, number, number, number];
  const [kernel, , , outputs] = w.shape as [number, number, number, number];
  const [rows, columns] = [height, width].map((n) => convolvedSize(n, kernel, stride, padding)) as [
    number,
    number,
  ];
  const [xs, ws] = [x.dataSync(), w.dataSync()];
  const y = new Float64Array(batch * rows * columns * outputs);
  for (let b = 0; b < batch; b++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        for (let o = 0; o < outputs; o++)
          for (let i = 0; i < kernel; i++)
            for (let j = 0; j < kernel; j++) {
              const [row, column] = [r * stride + i - padding, c * stride + j - padding];
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              for (let k = 0; k < inputs; k++)
                y[((b * rows + r) * columns + c) * outputs + o]! +=
                  xs[((b * height + row) * width + column) * inputs + k]! *
                  ws[((i * kernel + j) * inputs + k) * outputs + o]!;
            }
  return y;
}

for (const { kernel, stride, size } of [
  { kernel: 3, stride: 1, size: 4 },
  { kernel: 3, stride: 2, size: 4 },
  { kernel: 3, stride: 2, size: 5 },
  { kernel: 1, stride: 1, size: 3 },
  { kernel: 1, stride: 2, size: 4 },
]) {
  test(`conv2d ${kernel}x${kernel}, stride ${stride}, on ${size}x${size}: values and gradients`, () => {
    const scope = new Scope();
    const layer = conv2d(scope, { inputs: 2, outputs: 3, kernel, stride, bias: false });
    const x = normals([2, size, size, 2]);
    const weight = normals([kernel, kernel, 2, 3], 'weight');
    const forward = testForward(scope.parameters);
    const y = layer(forward.with({ weight }), x);
    const side = convolvedSize(size, kernel, stride);
    assert.deepEqual(y.shape, [2, side, side, 3]);
    assertClose(y.dataSync(), reference(x, weight, stride, Math.floor(kernel / 2)), 2e-6);
    assertGradients((x, weight) => layer(forward.with({ weight: weight! }), x!), [x, weight]);
  });
}

test('the bias is added per channel', () => {
  const scope = new Scope();
  const layer = conv2d(scope, { inputs: 1, outputs: 2 });
  const forward = testForward(scope.parameters).with({ bias: tf.tensor1d([1, -2]) });
  assert.deepEqual([...layer(forward, tf.zeros([1, 1, 1, 1])).dataSync()], [1, -2]);
});

test('upsample2x repeats pixels; its gradient is right for a batch', () => {
  const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
  assert.deepEqual([...upsample2x(x).dataSync()], [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
  assertGradients((x) => upsample2x(x!), [normals([3, 2, 3, 2])]);
});

test('maxPool, averagePool and globalAveragePool: values and gradients', () => {
  const x = tf.tensor4d([1, 5, 2, 0, 3, -1, -4, -2], [1, 2, 4, 1]);
  assert.deepEqual([...maxPool(x).dataSync()], [5, 2]);
  assert.deepEqual([...averagePool(x).dataSync()], [2, -1]);
  assert.deepEqual([...globalAveragePool(x).dataSync()], [0.5]);
  const batch = normals([2, 6, 3, 2]);
  // No element may change its order with a neighbour within two steps of the differences.
  assertGradients((x) => maxPool(x!, 3), [batch], { step: 1e-3, tolerance: 3e-3 });
  assertGradients((x) => averagePool(x!, 3), [batch]);
  assertGradients((x) => globalAveragePool(x!), [batch]);
});

test('the maximum of equal values passes the gradient to exactly one of them', () => {
  const gradient = tf
    .grad((x) => tf.sum(maxPool(x)))(tf.zeros([1, 2, 2, 1]))
    .dataSync();
  assert.deepEqual([...gradient].sort(), [0, 0, 0, 1]);
});

test('a pool that does not fit is refused', () => {
  assert.throws(() => maxPool(tf.zeros([1, 3, 4, 1])), /divisible by 2, found 3 x 4/);
});

test('upsampling and pooling avoid the kernels whose gradients are wrong or missing', async () => {
  const x = normals([2, 4, 4, 3]);
  const kernels = await kernelsOf(() => tf.grad((x) => tf.sum(maxPool(upsample2x(x))))(x));
  assert.ok(kernels.length > 4);
  for (const kernel of kernels) assert.doesNotMatch(kernel, /Resize|MaxPool|Tile|StridedSlice/);
});
