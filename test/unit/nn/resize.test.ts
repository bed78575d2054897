import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resizeMap } from '../../../server/nn/resize.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, assertGradients, normals } from '../../support/numeric.ts';

for (const [from, to] of [
  [
    [2, 3],
    [4, 6],
  ],
  [
    [4, 4],
    [2, 2],
  ],
  [
    [1, 1],
    [3, 2],
  ],
  [
    [5, 3],
    [4, 7],
  ],
] as const) {
  test(`maps of ${from} in ${to}: as TensorFlow's half-pixel bilinear resize, and its gradient`, () => {
    const x = normals([2, ...from, 3]) as tf.Tensor4D;
    const expected = tf.image.resizeBilinear(x, [...to], false, true);
    assert.deepEqual(resizeMap(x, to).shape, expected.shape);
    assertClose(resizeMap(x, to).dataSync(), expected.dataSync(), 1e-6);
    assertGradients((x) => resizeMap(x!, to), [x]);
  });
}

test('its own size changes nothing', () => {
  const x = normals([2, 3, 4, 5]);
  assert.equal(resizeMap(x, [3, 4]), x);
});
