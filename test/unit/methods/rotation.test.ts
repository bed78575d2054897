import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rotateInto, rotation } from '../../../server/methods/rotation.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose } from '../../support/numeric.ts';
import { build, image, plainBatch, tensors } from './tiny.ts';

const turned = (values: number[], size: number, channels: number, turns: number): number[] => {
  const target = new Float32Array(values.length);
  rotateInto(target, 0, Float32Array.from(values), 0, { size, channels, turns });
  return [...target];
};

test('quarter turns go counter-clockwise', () => {
  assert.deepEqual(turned([1, 2, 3, 4], 2, 1, 0), [1, 2, 3, 4]);
  assert.deepEqual(turned([1, 2, 3, 4], 2, 1, 1), [2, 4, 1, 3]);
  assert.deepEqual(turned([1, 2, 3, 4], 2, 1, 2), [4, 3, 2, 1]);
  assert.deepEqual(turned([1, 2, 3, 4], 2, 1, 3), [3, 1, 4, 2]);
});

test('four single turns come back, channels stay together', () => {
  const values = Array.from({ length: 27 }, (_, i) => i);
  let result = values;
  for (let turn = 0; turn < 4; turn++) result = turned(result, 3, 3, 1);
  assert.deepEqual(result, values);
  assert.deepEqual(turned(values, 3, 3, 1).slice(0, 3), [6, 7, 8]); // top right is now top left
});

const shape = [4, 4, 2];

test('all: every image appears in its four rotations', () => {
  const { task, random } = build(rotation, image(...shape), {
    encoder: { type: 'mlp', hidden: [6] },
    batchSize: 3,
  });
  assert.deepEqual(task.inputs.images!.shape, [12, ...shape]);
  const batch = plainBatch(3, shape);
  const { images, turns } = task.prepare(batch, random(0));
  assert.deepEqual([...turns!], [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
  for (let i = 0; i < 12; i++) {
    const source = [...batch.views[0]!.subarray(Math.floor(i / 4) * 32, Math.floor(i / 4) * 32 + 32)];
    assert.deepEqual([...images!.subarray(i * 32, i * 32 + 32)], turned(source, 4, 2, i % 4));
  }
});

test('one: one random rotation an image, all four equally often', () => {
  const { task, random } = build(rotation, image(2, 2, 1), {
    encoder: { type: 'mlp', hidden: [6] },
    options: { rotations: 'one' },
    batchSize: 2000,
  });
  const batch = plainBatch(2000, [2, 2, 1]);
  const { images, turns } = task.prepare(batch, random(0));
  const counts = [0, 0, 0, 0];
  turns!.forEach((turn, i) => {
    counts[turn]!++;
    assert.deepEqual(
      [...images!.subarray(4 * i, 4 * i + 4)],
      turned([...batch.views[0]!.subarray(4 * i, 4 * i + 4)], 2, 1, turn),
    );
  });
  for (const count of counts)
    assert.ok(Math.abs(count - 500) < 5 * Math.sqrt(2000 * 0.25 * 0.75), `${counts}`);
});

test('a head that knows nothing has loss ln 4; accuracy counts right answers', () => {
  const { task, forward, random } = build(rotation, image(...shape), {
    encoder: { type: 'mlp', hidden: [6] },
    batchSize: 3,
  });
  const inputs = tensors(task, task.prepare(plainBatch(3, shape), random(0)));
  const weight = forward.values['rotation/weight']!;
  const blind = forward.with({ 'rotation/weight': tf.zerosLike(weight) });
  const { loss, metrics } = task.loss(blind, inputs);
  assertClose(loss.dataSync(), [Math.log(4)], 1e-6);
  assert.equal(metrics!.accuracy!.dataSync()[0], 1); // all equal: a tie counts as right
  const bias = tf.tensor1d([0, 0, 5, 0]);
  const two = forward.with({ 'rotation/weight': tf.zerosLike(weight), 'rotation/bias': bias });
  assert.equal(task.loss(two, inputs).metrics!.accuracy!.dataSync()[0], 0.25);
});

test('images that are not square are reported with the fix', () => {
  const check = (...shape: number[]) =>
    rotation.check!(
      { sample: image(...shape), encoderType: 'convnet', batchSize: 4 },
      rotation.options.parse({}),
    );
  assert.deepEqual(check(8, 8, 1), []);
  assert.match(check(8, 6, 1)[0]!.fix, /data.size to one number, for example 6/);
});
