import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resizeMap } from '../../../server/nn/resize.ts';
import * as tf from '../../../server/nn/tf.ts';
import { buildEncoder, image } from '../../support/encoders.ts';
import { testForward } from '../../support/forward.ts';
import { assertClose, normals } from '../../support/numeric.ts';

test('8x8 by default: conv 32, conv 64 / 2, dense 128, batch norm after each', () => {
  const { encoder, size, parameters } = buildEncoder('convnet', image(8));
  const convolutions = 9 * 32 + 9 * 32 * 64;
  const dense = 4 * 4 * 64 * 128;
  const norms = 2 * (32 + 64 + 128);
  assert.equal(size, convolutions + dense + norms); // 150,240
  assert.equal(encoder.size, 128);
  assert.equal(encoder.blocks, 3);
  const forward = testForward(parameters);
  const x = normals([2, 8, 8, 1]);
  assert.deepEqual(encoder.features(forward, x).shape, [2, 128]);
  assert.deepEqual(encoder.featureMap!(forward, x).shape, [2, 4, 4, 64]);
});

test('28x28 by default has one more convolution', () => {
  const { encoder, parameters } = buildEncoder('convnet', image(28));
  const kernels = parameters.filter((p) => p.shape.length === 4).map((p) => p.shape);
  assert.deepEqual(kernels, [
    [3, 3, 1, 32],
    [3, 3, 32, 64],
    [3, 3, 64, 128],
  ]);
  assert.equal(encoder.size, 128);
});

test('ResNet-18 for CIFAR has its 11,173,962 parameters less the classifier', () => {
  // The number of torchvision's resnet18 with a 3x3 stem, no max-pooling and 10 classes: 11,173,962.
  const { encoder, size } = buildEncoder('convnet', image(32, 32, 3), {
    blocks: 'resnet',
    width: 64,
    stages: 4,
    depth: 2,
  });
  assert.equal(size, 11_173_962 - (512 * 10 + 10));
  assert.equal(encoder.size, 512);
  assert.equal(encoder.blocks, 8);
});

test('resnet halves per stage and averages; odd sides round up', () => {
  const { encoder, parameters } = buildEncoder('convnet', image(9, 7, 2), {
    blocks: 'resnet',
    width: 4,
    stages: 3,
  });
  const forward = testForward(parameters);
  const x = normals([2, 9, 7, 2]);
  const map = encoder.featureMap!(forward, x);
  assert.deepEqual(map.shape, [2, 3, 2, 16]);
  assertClose(encoder.features(forward, x).dataSync(), tf.mean(map, [1, 2]).dataSync(), 1e-6);
});

test('group and no normalization keep no statistics and treat samples alone', () => {
  for (const norm of ['group', 'none']) {
    for (const blocks of ['plain', 'resnet']) {
      const { encoder, parameters } = buildEncoder('convnet', image(8), {
        norm,
        blocks,
        width: 4,
        stages: 2,
      });
      assert.ok(parameters.every((p) => p.kind === 'weight'));
      const forward = testForward(parameters);
      const x = normals([3, 8, 8, 1]) as tf.Tensor4D;
      const second = tf.slice(x, [1, 0, 0, 0], [1, -1, -1, -1]);
      const alone = encoder.features(forward, second).dataSync();
      assertClose(alone, tf.slice(encoder.features(forward, x), [1, 0], [1, -1]).dataSync(), 1e-5);
    }
  }
});

test('a map larger than 8x8 is averaged before the dense layer', () => {
  const { parameters, encoder } = buildEncoder('convnet', image(20), { stages: 1, width: 4, size: 6 });
  assert.deepEqual(parameters.find((p) => p.name === 'encoder/dense/weight')!.shape, [4, 6]);
  assert.equal(encoder.features(testForward(parameters), normals([2, 20, 20, 1])).shape[1], 6);
});

test('size 0 leaves the mean of the last map', () => {
  const { encoder } = buildEncoder('convnet', image(8), { size: 0 });
  assert.equal(encoder.size, 64);
  assert.equal(encoder.blocks, 2);
});

test('depths run from the stem, 0, to the last block', () => {
  const resnet = buildEncoder('convnet', image(8), {
    blocks: 'resnet',
    width: 4,
    stages: 2,
    depth: 2,
    size: 3,
  });
  const depths = new Map(resnet.parameters.map((p) => [p.name.split('/').slice(1, 3).join('/'), p.depth]));
  assert.equal(depths.get('stem/conv'), 0);
  assert.equal(depths.get('stage1/block1'), 1);
  assert.equal(depths.get('stage2/block2'), 4);
  assert.equal(depths.get('dense/weight'), 5);
  assert.equal(resnet.encoder.blocks, 5);
});

test('an image of another size: its map is brought to the positions that the dense layer knows, or averaged', () => {
  const options = { stages: 2, width: 4, norm: 'none' };
  const { encoder, parameters } = buildEncoder('convnet', image(8), { ...options, size: 6 });
  assert.equal(encoder.sizeStep, 1);
  const forward = testForward(parameters);
  const x = normals([2, 5, 6, 1]);
  const map = resizeMap(encoder.featureMap!(forward, x), [4, 4]);
  const weight = forward.values['encoder/dense/weight'] as tf.Tensor2D;
  const expected = tf.relu(tf.matMul(tf.reshape(map, [2, 4 * 4 * 8]), weight));
  assertClose(encoder.features(forward, x).dataSync(), expected.dataSync(), 1e-5);

  const averaged = buildEncoder('convnet', image(8), { ...options, size: 0 });
  const other = testForward(averaged.parameters);
  const mean = tf.mean(averaged.encoder.featureMap!(other, x), [1, 2]);
  assertClose(averaged.encoder.features(other, x).dataSync(), mean.dataSync(), 1e-6);
});

test('too many stages are refused with the number that fits', () => {
  const { definition } = buildEncoder('convnet', image(8));
  const problems = definition.check!(image(8), definition.options.parse({ stages: 5 }));
  assert.equal(problems.length, 1);
  assert.deepEqual(problems[0]!.path, ['stages']);
  assert.match(problems[0]!.fix, /stages: 4/);
  assert.deepEqual(definition.check!(image(8), definition.options.parse({ stages: 4 })), []);
});
