import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../../server/nn/tf.ts';
import { randomAt } from '../../../../server/random.ts';
import { openCpu } from '../../../../server/training/engine/compiledEngine.ts';

type Image = tf.Tensor4D;

/**
 * Linear functions whose gradients the reference backend gets wrong. For them sum(w f(z)) must be sum(f'(w) z),
 * whatever w and z are.
 */
const linear: Readonly<Record<string, (x: Image) => Image>> = {
  'nearest neighbours of a batch': (x) => tf.image.resizeNearestNeighbor(x, [7, 4]),
  'nearest neighbours, half-pixel centers': (x) => tf.image.resizeNearestNeighbor(x, [7, 4], false, true),
  'nearest neighbours, corners kept': (x) => tf.image.resizeNearestNeighbor(x, [7, 4], true),
  'bilinear, not square': (x) => tf.image.resizeBilinear(x, [7, 4]),
  'bilinear, corners kept': (x) => tf.image.resizeBilinear(x, [3, 8], true),
  'bilinear, half-pixel centers': (x) => tf.image.resizeBilinear(x, [7, 4], false, true),
  'average pooling with padding': (x) => tf.avgPool(x, 3, 2, 'same'),
};

for (const [name, fn] of Object.entries(linear))
  test(`gradient of ${name}`, async () => {
    const shape = [3, 5, 6, 2];
    const engine = await openCpu({ threads: 1 });
    const program = await engine.program(
      ({ z }) => {
        const w = tf.cos(tf.reshape(tf.range(0, fn(z as Image).size), fn(z as Image).shape));
        const along = (x: tf.Tensor): tf.Scalar => tf.sum(tf.mul(fn(x as Image), w));
        return { value: along(z!), gradient: tf.sum(tf.mul(tf.grad(along)(z!), z!)) };
      },
      { z: { shape, dtype: 'float32' } },
    );
    const random = randomAt(0, name);
    const z = Float32Array.from({ length: 180 }, () => random.normal());
    const { value, gradient } = await program.run({ z });
    await program.dispose();
    assert.ok(Math.abs(value![0]!) > 0.1, `${value![0]} is no test`);
    assert.ok(Math.abs(value![0]! - gradient![0]!) < 1e-4, `${value![0]} and ${gradient![0]}`);
  });
