import type { TensorSpec } from '../../../methods/method.ts';
import { conv2d } from '../../../nn/convolution.ts';
import { oneHot } from '../../../nn/losses.ts';
import { type Forward, type Layer, type Named, type Parameter, Scope } from '../../../nn/parameters.ts';
import * as tf from '../../../nn/tf.ts';
import { type EncoderModel, still } from '../classifier.ts';
import type { Model } from '../features.ts';
import type { Trainable } from '../fitter.ts';
import { focalLoss, giouLoss, sigmoidCrossEntropy } from './losses.ts';
import { buildNeck, normalizedConvolution } from './neck.ts';
import type { Grid, Targets } from './targets.ts';

export interface DetectorOptions {
  /** Pixels between two cells, as far as the encoder's maps allow. Default 4. */
  readonly stride?: number;
  /** Channels of neck and head. Default 64. */
  readonly width?: number;
  /** 3x3 convolutions of the head. Default 2. */
  readonly depth?: number;
}

/** What the cells of a batch say; cells = batch * rows * columns. */
export interface Predictions {
  /** [cells, categories] */
  readonly logits: tf.Tensor2D;
  /** [cells, 4]: distances to the sides of the box, in cells, not negative. */
  readonly distances: tf.Tensor2D;
  /** [cells], logits. */
  readonly centerness: tf.Tensor1D;
}

/** An encoder with a neck and a head that finds objects. */
export interface Detector extends Trainable, Model {
  readonly grid: Grid;
  readonly categories: number;
  predict(forward: Forward, x: tf.Tensor, options?: { frozenStatistics?: boolean }): Predictions;
}

/** At first each class has this probability everywhere, so that the many empty cells do not drown the rest. */
const prior = Math.log(0.01 / 0.99);
/** At first each box reaches about this far from its cell, in cells. */
const startReach = 2;

/**
 * A one-stage detector without anchors: FCOS (Tian et al. 2019, https://arxiv.org/abs/1904.01355) on one level. For
 * each cell: the logit of every class, the distances to the sides of the box, and how near it is to the middle.
 */
export function buildDetector(
  { encoder, parameters, sample }: EncoderModel,
  categories: number,
  { stride = 4, width = 64, depth = 2 }: DetectorOptions = {},
): Detector {
  const all = [...parameters];
  const scope = new Scope(all);
  const neck = buildNeck(scope.child('neck', encoder.blocks + 1), encoder, sample.shape, { stride, width });
  const head = scope.child('head', encoder.blocks + 1);
  const tower = Array.from({ length: depth }, (_, i) =>
    normalizedConvolution(head.child(`conv${i + 1}`), width),
  );
  const output = (name: string, outputs: number): Layer =>
    conv2d(head.child(name), {
      inputs: width,
      outputs,
      kernel: 1,
      init: { kind: 'truncatedNormal', std: 0.01 },
    });
  const [classes, box, centre] = [output('classes', categories), output('box', 4), output('centre', 1)];
  const [rows, columns] = neck.grid;
  const [height = 1, imageWidth = 1] = sample.shape;
  const grid = { rows, columns, height, width: imageWidth };

  const predict: Detector['predict'] = (forward, x, { frozenStatistics = false } = {}) => {
    const features = neck.features(forward, frozenStatistics ? still(forward) : forward, x);
    const y = tower.reduce((y, layer) => layer(forward, y), features);
    const cells = (x.shape[0] ?? 1) * rows * columns;
    return {
      logits: tf.reshape(tf.add(classes(forward, y), prior), [cells, categories]),
      distances: tf.reshape(tf.softplus(tf.add(box(forward, y), startReach)), [cells, 4]),
      centerness: tf.reshape(centre(forward, y), [cells]),
    };
  };
  return {
    encoder,
    categories,
    parameters: all as readonly Parameter[],
    sample,
    grid,
    predict,
    inputs: (batch) => detectionInputs(batch, sample.shape, rows * columns),
    loss: (forward, inputs, options) => detectionLoss(predict(forward, inputs.x!, options), inputs),
    outputs(forward, x) {
      const { logits, distances, centerness } = predict(forward, x);
      const every = tf.concat([logits, distances, tf.reshape(centerness, [-1, 1])], 1);
      return { cells: tf.reshape(every, [x.shape[0] ?? 1, -1]) as tf.Tensor2D };
    },
  };
}

function detectionInputs(batch: number, sample: readonly number[], cells: number): Named<TensorSpec> {
  const all = batch * cells;
  return {
    x: { shape: [batch, ...sample], dtype: 'float32' },
    categories: { shape: [all], dtype: 'int32' },
    distances: { shape: [all, 4], dtype: 'float32' },
    centerness: { shape: [all], dtype: 'float32' },
    counted: { shape: [all], dtype: 'float32' },
  };
}

/** The inputs of the loss beside the images. */
export function targetInputs({ categories, distances, centerness, counted }: Targets) {
  return { categories, distances, centerness, counted };
}

/**
 * The loss of FCOS: focal loss of the classes, GIoU loss of the boxes weighed by their cells' centerness, and
 * cross-entropy of the centerness; the first and last are divided by the number of cells with an object (at least
 * 1), the second by the sum of its weights.
 */
export function detectionLoss(
  { logits, distances, centerness }: Predictions,
  targets: Named<tf.Tensor>,
): { loss: tf.Scalar; metrics: Named<tf.Scalar> } {
  const [cells, categories] = logits.shape;
  const truth = oneHot(targets.categories!, categories);
  const counted = tf.reshape(targets.counted!, [cells, 1]);
  const found = tf.cast(tf.greaterEqual(targets.categories!, tf.scalar(0, 'int32')), 'float32');
  const objects = tf.maximum(tf.sum(found), 1);
  const weights = tf.mul(found, targets.centerness!);
  const classLoss = tf.div(tf.sum(tf.mul(focalLoss(logits, truth), counted)), objects) as tf.Scalar;
  const overlaps = giouLoss(distances, targets.distances as tf.Tensor2D);
  const boxLoss = tf.div(tf.sum(tf.mul(overlaps, weights)), tf.maximum(tf.sum(weights), 1e-6)) as tf.Scalar;
  const centre = sigmoidCrossEntropy(centerness, targets.centerness!);
  const centreLoss = tf.div(tf.sum(tf.mul(centre, found)), objects) as tf.Scalar;
  return {
    loss: tf.add(tf.add(classLoss, boxLoss), centreLoss),
    metrics: { classLoss, boxLoss, centreLoss },
  };
}
