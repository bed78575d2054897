import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dense } from '../../../server/nn/dense.ts';
import { Scope } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { testForward } from '../../support/forward.ts';
import { assertGradients, normals } from '../../support/numeric.ts';

const weight = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
const bias = tf.tensor1d([10, 20]);

test('x W + b on the last axis of 2-D and 3-D inputs', () => {
  const scope = new Scope();
  const layer = dense(scope, 3, 2);
  const forward = testForward(scope.parameters).with({ weight, bias });
  assert.deepEqual(layer(forward, tf.tensor2d([[1, 0, -1]])).arraySync(), [[6, 16]]);
  assert.deepEqual(layer(forward, tf.tensor3d([[[1, 0, -1]], [[0, 1, 0]]])).arraySync(), [
    [[6, 16]],
    [[13, 24]],
  ]);
  assertGradients(
    (x, weight, bias) => layer(forward.with({ weight: weight!, bias: bias! }), x!),
    [normals([2, 2, 3]), weight, bias],
  );
});

test('weights decay, biases do not; both carry the depth of their scope', () => {
  const scope = new Scope();
  dense(scope.child('layer', 4), 3, 2);
  assert.deepEqual(
    scope.parameters.map(({ name, decay, depth, shape }) => ({ name, decay, depth, shape })),
    [
      { name: 'layer/weight', decay: true, depth: 4, shape: [3, 2] },
      { name: 'layer/bias', decay: false, depth: 4, shape: [2] },
    ],
  );
});

test('a wrong input names the layer and both shapes', () => {
  const scope = new Scope();
  const layer = dense(scope.child('head'), 3, 2);
  assert.throws(
    () => layer(testForward(scope.parameters), normals([2, 4])),
    /head\/weight: expected \[\.\.\., 3\], found \[2, 4\]/,
  );
});
