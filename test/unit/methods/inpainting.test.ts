import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutHole, type Hole, inpainting, inpaintingLoss } from '../../../server/methods/inpainting.ts';
import * as tf from '../../../server/nn/tf.ts';
import { randomAt } from '../../../server/random.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, mean, sum } from './float64.ts';
import { build, image, plainBatch, tensors } from './tiny.ts';

const holeOf = (hole: Hole, area: number, [height, width]: [number, number], draw = 0): number[] => {
  const mask = new Float32Array(height * width);
  cutHole(mask, [height, width], { hole, area }, randomAt(1, 'hole', draw));
  return [...mask];
};

test('mean squared error of the hidden values: value and gradient against float64', () => {
  const [batch, height, width, channels] = [2, 3, 2, 2];
  const shape = [batch, height, width, channels];
  const original = normals(shape, 'original');
  const hidden = [1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0];
  const mask = tf.tensor4d(hidden, [batch, height, width, 1]);
  const truth = original.dataSync();
  assertLoss(
    (x) => inpaintingLoss(tf.reshape(x, shape), original, mask),
    (rows) => {
      const errors = rows.flat().map((v, i) => (v - truth[i]!) ** 2);
      return mean(errors.filter((_, i) => hidden[Math.floor(i / channels)] === 1));
    },
    [normals([batch, height * width * channels], 'restored') as tf.Tensor2D],
  );
});

test('center hides the middle rectangle', () => {
  assert.deepEqual(holeOf('center', 0.25, [4, 6]), [
    ...[0, 0, 0, 0, 0, 0],
    ...[0, 1, 1, 1, 0, 0],
    ...[0, 1, 1, 1, 0, 0],
    ...[0, 0, 0, 0, 0, 0],
  ]);
});

test('blocks hide exactly the asked share, every pixel now and then, a different hole each draw', () => {
  const size: [number, number] = [8, 12];
  const often = new Float64Array(96);
  const holes = Array.from({ length: 300 }, (_, draw) => holeOf('blocks', 0.25, size, draw));
  for (const hole of holes) {
    assert.equal(sum(hole), 24);
    hole.forEach((hidden, pixel) => {
      often[pixel]! += hidden;
    });
  }
  assert.ok(
    often.every((count) => count > 0),
    `${often}`,
  );
  assert.ok(new Set(holes.map((hole) => hole.join(''))).size > 290);
});

test('something is always hidden and something always visible', () => {
  for (const hole of ['center', 'blocks'] as const)
    for (const area of [0.001, 0.5, 0.999])
      for (const size of [[1, 2] as const, [3, 3] as const, [8, 8] as const]) {
        const hidden = sum(holeOf(hole, area, [...size]));
        assert.ok(hidden >= 1 && hidden < size[0] * size[1], `${hole} ${area} ${size}: ${hidden}`);
      }
});

const shape = [8, 8, 3];
const setting = { encoder: { type: 'mlp', hidden: [6] }, batchSize: 3 };

test('the encoder sees 0 in the hole and the image around it', () => {
  const { task, random } = build(inpainting, image(...shape), setting);
  const { original, corrupted, mask } = task.prepare(plainBatch(3, shape), random(0));
  assert.equal(sum([...mask!]), 3 * 16);
  corrupted!.forEach((value, i) => {
    assert.equal(value, mask![Math.floor(i / 3)] === 1 ? 0 : original![i]);
  });
});

test('restored pictures differ from the original in the hole alone, and their error is the loss', () => {
  for (const output of ['linear', 'sigmoid'] as const) {
    const { task, forward, random } = build(inpainting, image(...shape), {
      ...setting,
      options: { decoder: { output } },
    });
    const inputs = tensors(task, task.prepare(plainBatch(3, shape), random(0)));
    const { original, corrupted, restored } = task.reconstruct!(forward, inputs);
    assert.equal(corrupted, inputs.corrupted);
    const visible = tf.sub(1, inputs.mask!);
    assertClose(tf.mul(restored, visible).dataSync(), tf.mul(original, visible).dataSync(), 1e-6);
    const error = tf.sum(tf.square(tf.sub(restored, original))).dataSync()[0]! / (3 * 16 * 3);
    assertClose(task.loss(forward, inputs).loss.dataSync(), [error], 1e-5);
  }
});

test('what lies outside the hole of the original has no say in the loss', () => {
  const { task, forward, random } = build(inpainting, image(...shape), setting);
  const inputs = tensors(task, task.prepare(plainBatch(3, shape), random(0)));
  const loss = (original: tf.Tensor) => task.loss(forward, { ...inputs, original }).loss.dataSync();
  const { original, mask } = inputs as { original: tf.Tensor; mask: tf.Tensor };
  assertClose(loss(tf.mul(original, mask)), loss(original), 1e-6);
  assert.notDeepEqual(loss(tf.add(original, mask)), loss(original));
});
