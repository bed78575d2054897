import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawMoments, nextFrames } from '../../../server/methods/nextFrames.ts';
import { meanAbsoluteError } from '../../../server/nn/losses.ts';
import * as tf from '../../../server/nn/tf.ts';
import { randomAt } from '../../../server/random.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, type Matrix, mean } from './float64.ts';
import { build, plainBatch, tensors } from './tiny.ts';

const [mels, frames, ahead] = [3, 20, 4];
const batch = 60;
/** Frame t of band b: 100 b + t + 1; never 0. */
const clips = Float32Array.from(
  { length: batch * mels * frames },
  (_, i) => 100 * (Math.floor(i / frames) % mels) + (i % frames) + 1,
);

test('mean absolute error: value and gradient against float64', () => {
  assertLoss(
    (a, b) => meanAbsoluteError(a, b),
    (a: Matrix, b: Matrix) => mean(a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i]![j]!)))),
    [normals([4, 5], 'a') as tf.Tensor2D, normals([4, 5], 'b') as tf.Tensor2D],
  );
  assert.throws(
    () => meanAbsoluteError(tf.zeros([2]), tf.zeros([3])),
    /Mean absolute error of \[2\] and \[3\]/,
  );
});

test('a moment in the second half of each clip; the future lies at the right end and is hidden', () => {
  const { original, corrupted } = drawMoments(clips, [mels, frames], ahead, randomAt(1, 'test'));
  const shifts = Array.from({ length: batch }, (_, clip) => {
    const start = clip * mels * frames;
    const shift = original.subarray(start, start + frames).findIndex((value) => value !== 0);
    for (let i = 0; i < mels * frames; i++) {
      const [band, t] = [Math.floor(i / frames), i % frames];
      const value = t < shift ? 0 : 100 * band + t - shift + 1;
      assert.equal(original[start + i], value);
      assert.equal(corrupted[start + i], t < frames - ahead ? value : 0);
    }
    return shift;
  });
  assert.equal(Math.min(...shifts), 0);
  assert.equal(Math.max(...shifts), frames / 2 - ahead); // half of the clip and the future stay
});

test('the loss is how far the predicted frames are off; the picture shows them in their place', () => {
  const sample = { modality: 'audio', shape: [6, 8, 1] } as const;
  const setting = { encoder: { type: 'mlp', hidden: [7] }, options: { ahead: 2 } };
  const { task, forward, random } = build(nextFrames, sample, setting);
  const inputs = tensors(task, task.prepare(plainBatch(4, sample, task.views), random(0)));
  const { original, corrupted, restored } = task.reconstruct!(forward, inputs);
  assert.deepEqual(restored.shape, original.shape);
  const ends = (x: tf.Tensor) => tf.slice(x, [0, 0, 6, 0], [-1, -1, -1, -1]);
  const starts = (x: tf.Tensor) => tf.slice(x, [0, 0, 0, 0], [-1, -1, 6, -1]);
  assertClose(starts(restored).dataSync(), starts(original).dataSync(), 1e-6);
  assert.ok(
    ends(corrupted)
      .dataSync()
      .every((value) => value === 0),
  );
  const off = tf.mean(tf.abs(tf.sub(ends(restored), ends(original)))).dataSync();
  assertClose(task.loss(forward, inputs).loss.dataSync(), off, 1e-5);
});

test('more frames than half of a clip are refused, with the fix', () => {
  const problems = (ahead: number) =>
    nextFrames.check!(
      { sample: { modality: 'audio', shape: [64, 96, 1] }, encoderType: 'convnet', batchSize: 8 },
      nextFrames.options.parse({ ahead }),
    );
  assert.deepEqual(problems(48), []);
  assert.match(problems(49)[0]!.fix, /Set ahead to 48 or less/);
});
