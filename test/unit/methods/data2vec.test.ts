import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { drawBlocks } from '../../../server/methods/blockMasking.ts';
import {
  data2vec,
  data2vecLoss,
  data2vecMomentum,
  data2vecTargets,
  type TargetNormalization,
  tokenSpread,
} from '../../../server/methods/data2vec.ts';
import * as tf from '../../../server/nn/tf.ts';
import { randomAt } from '../../../server/random.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { sum } from './float64.ts';
import { build, image, plainBatch, type Setting, tensors } from './tiny.ts';

interface Case {
  readonly normalize: TargetNormalization;
  readonly layers: number;
  readonly beta: number;
  readonly target: number[];
  readonly loss: number;
  readonly gradient: number[];
  readonly targetSpread: number;
  readonly predictionSpread: number;
}

const { cases } = JSON.parse(readFileSync('test/fixtures/data2vec/reference.json', 'utf8')) as {
  cases: Case[];
};
const filled = (value: (i: number) => number): tf.Tensor3D =>
  tf.tensor3d(
    Array.from({ length: 30 }, (_, i) => value(i)),
    [2, 3, 5],
  );
const layers = [0, 1, 2, 3].map((l) => filled((i) => Math.sin(1 + 2 * l + 1.7 * i) * (1 + l) + l));
const mask = tf.tensor2d([
  [1, 0, 1],
  [0, 1, 1],
]);

for (const expected of cases) {
  const { normalize, layers: top, beta } = expected;
  test(`data2vec, ${top} layers (${normalize}), beta ${beta}: equal to PyTorch in float64`, () => {
    const target = data2vecTargets(layers, top, normalize);
    assertClose(target.dataSync(), expected.target, 1e-5, 'target');
    const prediction = filled((i) => 1.5 * Math.cos(0.9 * i));
    const { value, grad } = tf.valueAndGrad((x) => data2vecLoss(x as tf.Tensor3D, target, mask, beta))(
      prediction,
    );
    assertClose(value.dataSync(), [expected.loss], 1e-5, 'loss');
    assertClose(grad.dataSync(), expected.gradient, 1e-5, 'gradient');
    assertClose(tokenSpread(target, mask).dataSync(), [expected.targetSpread], 1e-5);
    assertClose(tokenSpread(prediction, mask).dataSync(), [expected.predictionSpread], 1e-5);
  });
}

test('worked by hand: only hidden tokens count, near ones by their square, far ones evenly', () => {
  const zero = tf.zeros([1, 3, 1]) as tf.Tensor3D;
  const prediction = tf.tensor3d([1, 100, 5], [1, 3, 1]);
  const loss = data2vecLoss(prediction, zero, tf.tensor2d([[1, 0, 1]]), 2);
  assertClose(loss.dataSync(), [(1 / 4 + (5 - 1)) / 2], 1e-6);
});

test('tokens that are all alike have no spread', () => {
  const spread = tokenSpread(tf.ones([2, 3, 5]), mask).dataSync()[0]!;
  assert.ok(Math.abs(spread - 1e-3) < 1e-5, `${spread}`);
});

test('the momentum rises evenly over a tenth of the training', () => {
  const at = [0, 0.05, 0.1, 1].map((progress) => data2vecMomentum(0.9, 1, progress));
  assertClose(at, [0.9, 0.95, 1, 1], 1e-12);
});

test('masks: exactly the share of every sample, in blocks, another one each time', () => {
  const grid = [8, 10] as const;
  const masks = drawBlocks(50, grid, 0.4, randomAt(0, 'masks'));
  let neighbours = 0;
  for (let sample = 0; sample < 50; sample++) {
    const own = masks.subarray(sample * 80, (sample + 1) * 80);
    assert.equal(sum([...own]), 32);
    for (let i = 0; i < 79; i++) if (i % 10 !== 9) neighbours += own[i]! * own[i + 1]!;
  }
  // Single tokens would have a hidden one to their right in 2 of 5 cases: 32 x 9/10 x 31/79 = 11.3 pairs a sample.
  assert.ok(neighbours / 50 > 16, `${neighbours / 50} pairs of neighbours a sample`);
  assert.notDeepEqual(masks.slice(0, 80), masks.slice(80, 160));
  for (const ratio of [0.001, 0.999]) {
    const hidden = sum([...drawBlocks(1, [2, 2], ratio, randomAt(1, 'masks'))]);
    assert.equal(hidden, ratio < 0.5 ? 1 : 3);
  }
});

const setting: Setting = {
  encoder: { type: 'vit', patch: 2, width: 8, depth: 2, heads: 2 },
  options: { layers: 2 },
  batchSize: 4,
};
const shape = [8, 8, 1];

for (const pool of ['mean', 'class'])
  test(`a step (pool ${pool}): the student does not see what is hidden, the teacher does`, () => {
    const encoder = { ...setting.encoder, pool };
    const { task, forward, random } = build(data2vec, image(...shape), { ...setting, encoder });
    assert.deepEqual(task.targets, ['encoder']);
    const arrays = task.prepare(plainBatch(4, shape), random(0));
    const inputs = tensors(task, arrays);
    const { loss } = task.loss(forward, inputs);
    // With nothing hidden there is nothing to predict.
    const none = task.loss(forward, { ...inputs, mask: tf.zerosLike(inputs.mask!) });
    assert.equal(none.loss.dataSync()[0], 0);
    // Another teacher, other targets.
    forward.targets['encoder/block2/mlp2/bias'] = normals([8], 'bias');
    assert.notEqual(task.loss(forward, inputs).loss.dataSync()[0], loss.dataSync()[0]);
    // The gradient of the mask token and of the predictor is there; the teacher has none to give.
    const names = ['maskToken/weight', 'predictor/weight'];
    const gradients = tf.grads(
      (...values) =>
        task.loss(forward.with(Object.fromEntries(names.map((name, i) => [name, values[i]!]))), inputs).loss,
    )(names.map((name) => forward.values[name]!));
    for (const gradient of gradients) assert.ok(tf.norm(gradient).dataSync()[0]! > 1e-6);
  });

test('patches that are hidden do not change what the student predicts', () => {
  const { task, forward, random } = build(data2vec, image(...shape), setting);
  const inputs = tensors(task, task.prepare(plainBatch(4, shape), random(0)));
  const spread = (values: tf.Tensor) =>
    task.loss(forward, { ...inputs, image: values }).metrics!.predictionSpread!.dataSync()[0];
  const grid = tf.reshape(inputs.mask!, [4, 4, 1, 4, 1]);
  const hidden = tf.reshape(tf.add(grid, tf.zeros([4, 4, 2, 4, 2])), [4, 8, 8, 1]);
  const other = tf.add(inputs.image!, tf.mul(hidden, 3));
  assert.equal(spread(other), spread(inputs.image!));
  assert.notEqual(spread(tf.add(inputs.image!, 3)), spread(inputs.image!));
});

test('previews show the image with its hidden patches in the mean colour', () => {
  const { task, random } = build(data2vec, image(4, 6, 2), setting);
  const arrays = task.prepare(plainBatch(2, [4, 6, 2]), random(0));
  const seen = task.seen!(arrays);
  for (let i = 0; i < seen.length; i++) {
    const [sample, y, x] = [Math.floor(i / 48), Math.floor(i / 12) % 4, Math.floor(i / 2) % 6];
    const hidden = arrays.mask![sample * 6 + Math.floor(y / 2) * 3 + Math.floor(x / 2)] === 1;
    assert.equal(seen[i], hidden ? 0 : arrays.image![i]);
  }
});

test('misuse: shapes that differ, encoders without patches, options out of range', () => {
  assert.throws(
    () => data2vecLoss(tf.zeros([1, 2, 3]), tf.zeros([1, 2, 4]), tf.ones([1, 2]), 2),
    /differ in shape/,
  );
  const [problem] = data2vec.check!({ sample: image(8, 8, 1), encoderType: 'convnet', batchSize: 4 }, {});
  assert.match(problem!.fix, /Set encoder\.type to vit/);
  assert.throws(
    () => build(data2vec, image(...shape), { encoder: { type: 'mlp', hidden: [4] } }),
    /works on patches/,
  );
  for (const wrong of [{ maskRatio: 0 }, { layers: 0 }, { normalize: 'batch' }, { momentum: 2 }])
    assert.equal(data2vec.options.safeParse(wrong).success, false, JSON.stringify(wrong));
});
