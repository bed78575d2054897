import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as tf from '../../../server/nn/tf.ts';
import { packageRoot } from '../../../server/packageRoot.ts';
import { detectionLoss } from '../../../server/training/downstream/detection/detector.ts';
import {
  focalLoss,
  giouLoss,
  sigmoidCrossEntropy,
} from '../../../server/training/downstream/detection/losses.ts';
import { assertClose, assertGradients } from '../../support/numeric.ts';

interface Fixture {
  readonly cells: number;
  readonly categories: number;
  readonly inputs: Readonly<
    Record<
      'logits' | 'distances' | 'centre' | 'numbers' | 'trueDistances' | 'centerness' | 'counted',
      number[]
    >
  >;
  readonly focal: number[];
  readonly boxes: number[];
  readonly centres: number[];
  readonly classLoss: number;
  readonly boxLoss: number;
  readonly centreLoss: number;
  readonly loss: number;
  readonly gradients: Readonly<Record<'logits' | 'distances' | 'centre', number[]>>;
}

const file = path.join(packageRoot(), 'test', 'fixtures', 'detection', 'losses.json');
const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
const { cells, categories, inputs } = fixture;
const logits = tf.tensor2d(inputs.logits, [cells, categories]);
const distances = tf.tensor2d(inputs.distances, [cells, 4]);
const centerness = tf.tensor1d(inputs.centre);
const targets = {
  categories: tf.tensor1d(inputs.numbers, 'int32'),
  distances: tf.tensor2d(inputs.trueDistances, [cells, 4]),
  centerness: tf.tensor1d(inputs.centerness),
  counted: tf.tensor1d(inputs.counted),
};
const truth = tf.tensor2d(
  inputs.numbers.flatMap((number) =>
    Array.from({ length: categories }, (_, category) => (category === number ? 1 : 0)),
  ),
  [cells, categories],
);

test('focal loss, GIoU loss and cross-entropy equal PyTorch in float64', () => {
  assertClose(focalLoss(logits, truth).dataSync(), fixture.focal, 1e-5, 'focal');
  assertClose(giouLoss(distances, targets.distances).dataSync(), fixture.boxes, 1e-5, 'GIoU');
  assertClose(
    sigmoidCrossEntropy(centerness, targets.centerness).dataSync(),
    fixture.centres,
    1e-5,
    'cross-entropy',
  );
});

test('the loss of the detector and its gradients equal PyTorch in float64', () => {
  const { loss, metrics } = detectionLoss({ logits, distances, centerness }, targets);
  assertClose(loss.dataSync(), [fixture.loss], 1e-5);
  for (const name of ['classLoss', 'boxLoss', 'centreLoss'] as const)
    assertClose(metrics[name]!.dataSync(), [fixture[name]], 1e-5, name);
  const gradients = tf.grads(
    (logits, distances, centerness) =>
      detectionLoss(
        {
          logits: logits as tf.Tensor2D,
          distances: distances as tf.Tensor2D,
          centerness: centerness as tf.Tensor1D,
        },
        targets,
      ).loss,
  )([logits, distances, centerness]);
  for (const [i, name] of (['logits', 'distances', 'centre'] as const).entries())
    assertClose(gradients[i]!.dataSync(), fixture.gradients[name], 1e-5, name);
});

test('gradients are those of finite differences', () => {
  assertGradients((x) => focalLoss(x, truth), [logits]);
  assertGradients((x) => sigmoidCrossEntropy(x, targets.centerness), [centerness]);
  // Away from the kinks where a true side and a found one are equal.
  const away = tf.tensor2d(
    inputs.distances.map((distance, i) => (distance + 0.5) * (i % 3 === 0 ? 0.6 : 1.5)),
    [cells, 4],
  );
  const wide = tf.add(distances, 0.5) as tf.Tensor2D;
  assertGradients((x) => giouLoss(x as tf.Tensor2D, away), [wide]);
});

test('large logits give finite losses and gradients', () => {
  const huge = tf.tensor1d([-200, -80, 80, 200]);
  for (const target of [0, 1]) {
    const targets = tf.fill([4], target);
    for (const loss of [focalLoss, sigmoidCrossEntropy]) {
      const gradient = tf.grad((x) => tf.sum(loss(x, targets)))(huge);
      for (const values of [loss(huge, targets).dataSync(), gradient.dataSync()])
        assert.ok(values.every(Number.isFinite), `${values}`);
    }
  }
});

test('images without objects, and cells that do not count, have a loss too', () => {
  const empty = {
    ...targets,
    categories: tf.fill([cells], -1, 'int32'),
    distances: tf.zeros([cells, 4]),
    centerness: tf.zeros([cells]),
  };
  const { loss, metrics } = detectionLoss({ logits, distances, centerness }, empty);
  assert.ok(Number.isFinite(loss.dataSync()[0]!));
  assert.equal(metrics.boxLoss!.dataSync()[0], 0);
  const ignored = { ...empty, counted: tf.zeros([cells]) };
  assert.equal(detectionLoss({ logits, distances, centerness }, ignored).loss.dataSync()[0], 0);
});
