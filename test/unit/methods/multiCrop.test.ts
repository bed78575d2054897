import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PretextContext } from '../../../server/methods/method.ts';
import {
  checkLocal,
  localOptions,
  localSize,
  multiCrop,
  throughCrops,
} from '../../../server/methods/multiCrop.ts';
import * as tf from '../../../server/nn/tf.ts';
import { randomAt } from '../../../server/random.ts';
import { image, plainBatch, tensors } from './tiny.ts';

const options = (given: object) => localOptions(4, '8').parse(given);

test('local views are half of the image in proportion, in steps of the patch; a given size is that of the shorter side', () => {
  assert.deepEqual(localSize([28, 28, 1], 1), [14, 14]);
  assert.deepEqual(localSize([28, 56, 3], 4), [16, 28]);
  assert.deepEqual(localSize([8, 8, 1], 4), [4, 4]);
  assert.deepEqual(localSize([224, 448, 3], 16, 96), [96, 192]);
  assert.deepEqual(localSize([4, 4, 1], 4), [4, 4]);
  assert.deepEqual(localSize([28, 20, 1], undefined), [28, 20]);
});

test('a size that the encoder does not take is refused with one that it takes', () => {
  assert.deepEqual(checkLocal({ sizeStep: 4 }, options({})), []);
  assert.deepEqual(checkLocal({ sizeStep: 4 }, options({ size: 12 })), []);
  assert.deepEqual(checkLocal({ sizeStep: 4 }, options({ size: 13, count: 0 })), []);
  assert.deepEqual(checkLocal(undefined, options({ size: 13 })), []);
  const [problem, ...others] = checkLocal({ sizeStep: 4 }, options({ size: 13 }));
  assert.deepEqual(others, []);
  assert.deepEqual(problem!.path, ['local', 'size']);
  assert.match(problem!.fix, /local\.size: 12/);
  assert.match(checkLocal({}, options({ size: 13 }))[0]!.fix, /Remove local\.size/);
});

/** What `multiCrop` reads of a context. */
const context = (sizeStep?: number): PretextContext =>
  ({ sample: image(8, 12, 3), batchSize: 5, encoder: { sizeStep } }) as unknown as PretextContext;

test('two global views and all local ones in one batch, view after view', () => {
  const task = multiCrop(context(2), options({ count: 3, area: [0.1, 0.3] }));
  assert.deepEqual(task.views, [
    'augmented',
    'augmented',
    ...Array(3).fill({ size: [4, 6], area: [0.1, 0.3] }),
  ]);
  assert.deepEqual(task.inputs.local!.shape, [15, 4, 6, 3]);
  const batch = plainBatch(5, [8, 12, 3], task.views);
  const { view0, view1, local } = task.prepare(batch, randomAt(0, 'unused'));
  assert.equal(view0, batch.views[0]);
  assert.equal(view1, batch.views[1]);
  for (const [i, view] of batch.views.slice(2).entries())
    assert.deepEqual(local!.subarray(i * view.length, (i + 1) * view.length), view);
});

test('an encoder of one size sees local views stretched to the whole; without local views two are left', () => {
  assert.deepEqual(multiCrop(context(), options({})).inputs.local!.shape, [20, 8, 12, 3]);
  const two = multiCrop(context(1), options({ count: 0 }));
  assert.deepEqual(two.views, ['augmented', 'augmented']);
  assert.deepEqual(Object.keys(two.inputs), ['view0', 'view1']);
});

test('the network sees the views of one size in one pass', () => {
  const task = multiCrop(context(1), options({ count: 2 }));
  const built = { ...task, loss: () => ({ loss: tf.scalar(0) }) };
  const inputs = tensors(built, task.prepare(plainBatch(5, [8, 12, 3], task.views), randomAt(0, 'unused')));
  const seen: number[][] = [];
  const { globals, local } = throughCrops(inputs, (x) => {
    seen.push(x.shape);
    return tf.mean(x, [1, 2]) as tf.Tensor2D;
  });
  assert.deepEqual(seen, [
    [10, 8, 12, 3],
    [10, 4, 6, 3],
  ]);
  assert.deepEqual(
    [...globals, local!].map(({ shape }) => shape[0]),
    [5, 5, 10],
  );
});
