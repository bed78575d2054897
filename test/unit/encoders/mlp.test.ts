import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../server/nn/tf.ts';
import { buildEncoder, image, table } from '../../support/encoders.ts';
import { testForward } from '../../support/forward.ts';
import { assertClose, assertGradients, normals } from '../../support/numeric.ts';

test('the 20-10-20 example: one layer of 10, ReLU', () => {
  const { encoder, parameters, size } = buildEncoder('mlp', table(20), { hidden: [10] });
  assert.equal(size, 20 * 10 + 10);
  assert.equal(encoder.size, 10);
  assert.equal(encoder.blocks, 1);
  const forward = testForward(parameters);
  const x = normals([3, 20]);
  const weight = forward.values['encoder/layer1/dense/weight']!;
  const expected = tf.relu(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D)).dataSync();
  assertClose(encoder.features(forward, x).dataSync(), expected, 1e-6);
});

test('images are flattened; the defaults are 256 and 128', () => {
  const { encoder, size, parameters } = buildEncoder('mlp', image(8));
  assert.equal(size, 64 * 256 + 256 + 256 * 128 + 128);
  assert.deepEqual(encoder.features(testForward(parameters), normals([2, 8, 8, 1])).shape, [2, 128]);
});

for (const norm of ['none', 'batch', 'layer']) {
  test(`norm ${norm}: gradients through two layers`, () => {
    const { encoder, parameters } = buildEncoder('mlp', table(4), {
      hidden: [5, 3],
      activation: 'tanh',
      norm,
    });
    const forward = testForward(parameters);
    assertGradients((x) => encoder.features(forward, x!), [normals([4, 4])], { tolerance: 1e-3 });
  });
}

test('depths grow from 1 to the number of layers', () => {
  const { encoder, parameters } = buildEncoder('mlp', table(4), { hidden: [5, 4, 3], norm: 'batch' });
  assert.equal(encoder.blocks, 3);
  for (const p of parameters) assert.equal(`layer${p.depth}`, p.name.split('/')[1]);
});

test('the target view reads the target copies', () => {
  const { encoder, parameters } = buildEncoder('mlp', table(4), { hidden: [3], activation: 'identity' });
  const forward = testForward(parameters);
  const x = normals([2, 4]);
  const target = tf.matMul(x as tf.Tensor2D, forward.targets['encoder/layer1/dense/weight'] as tf.Tensor2D);
  assertClose(encoder.features(forward.target, x).dataSync(), target.dataSync(), 1e-6);
  assert.notDeepEqual(encoder.features(forward, x).dataSync(), target.dataSync());
});
