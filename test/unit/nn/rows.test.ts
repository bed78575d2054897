import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  gatherRows,
  gatherTokens,
  normalizeRows,
  permuteRows,
  permuteTokens,
} from '../../../server/nn/rows.ts';
import { broadcast } from '../../../server/nn/shapes.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, assertGradients, kernelsOf, normals } from '../../support/numeric.ts';

test('gatherRows: repeated and left-out rows, gradient', () => {
  const indices = tf.tensor1d([2, 0, 2, 3], 'int32');
  const x = tf.tensor2d([1, 2, 3, 4], [4, 1]);
  assert.deepEqual([...gatherRows(x, indices).dataSync()], [3, 1, 3, 4]);
  const gradient = tf.grad((x) => tf.sum(gatherRows(x, indices)))(x);
  assert.deepEqual([...gradient.dataSync()], [1, 0, 2, 1]);
  assertGradients((x) => gatherRows(x!, indices), [normals([4, 3])]);
});

test('permuteRows: its gradient is a gather, not a scatter', async () => {
  const order = tf.tensor1d([2, 0, 3, 1], 'int32');
  const inverse = tf.tensor1d([1, 3, 0, 2], 'int32');
  assertGradients((x) => permuteRows(x!, order, inverse), [normals([4, 3])]);
  const kernels = await kernelsOf(() =>
    tf.grad((x) => tf.sum(permuteRows(x, order, inverse)))(normals([4, 3])),
  );
  assert.ok(kernels.includes('GatherV2'));
  assert.ok(!kernels.some((name) => /Segment|Scatter/.test(name)));
});

test('tokens: flat row numbers pick within samples', () => {
  const tokens = tf.reshape(tf.range(0, 12), [2, 3, 2]) as tf.Tensor3D;
  const kept = gatherTokens(tokens, tf.tensor1d([2, 0, 4, 5], 'int32'));
  assert.deepEqual(kept.arraySync(), [
    [
      [4, 5],
      [0, 1],
    ],
    [
      [8, 9],
      [10, 11],
    ],
  ]);
  const order = tf.tensor1d([1, 2, 0, 5, 3, 4], 'int32');
  const inverse = tf.tensor1d([2, 0, 1, 4, 5, 3], 'int32');
  const there = permuteTokens(tokens, order, inverse);
  assert.deepEqual(there.arraySync()[0], [
    [2, 3],
    [4, 5],
    [0, 1],
  ]);
  assert.deepEqual(permuteTokens(there, inverse, order).arraySync(), tokens.arraySync());
});

test('normalizeRows: unit length, zero rows stay zero, gradient', () => {
  const y = normalizeRows(tf.tensor2d([3, 4, 0, 0, 1e-3, 0], [3, 2])).dataSync();
  assertClose(y, [0.6, 0.8, 0, 0, 1, 0], 1e-6);
  assertGradients((x) => normalizeRows(x as tf.Tensor2D), [normals([3, 4])]);
});

test('broadcast: values and gradient without a Tile', async () => {
  const x = tf.tensor1d([1, 2]);
  assert.deepEqual(broadcast(x, [2, 3, 2]).dataSync(), tf.tile(x, [6]).dataSync());
  assertGradients((x) => broadcast(x!, [2, 3, 2]), [x]);
  const kernels = await kernelsOf(() => tf.grad((x) => tf.sum(broadcast(x, [64, 2])))(x));
  assert.ok(!kernels.some((name) => /Tile|BroadcastTo|Slice/.test(name)));
});
