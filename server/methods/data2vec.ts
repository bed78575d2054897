import * as z from 'zod';
import { dense } from '../nn/dense.ts';
import { standardizeRows } from '../nn/layerNorm.ts';
import { withoutGradient } from '../nn/stopGradient.ts';
import * as tf from '../nn/tf.ts';
import { causeOf } from './collapse.ts';
import { maskedTokens } from './maskedTokens.ts';
import { defineMethod } from './method.ts';
import { checkPatches } from './patches.ts';
import { needsSequence } from './sequences.ts';

const normalizations = ['layer', 'instance', 'none'] as const;
export type TargetNormalization = (typeof normalizations)[number];

const epsilon = 1e-5;

/**
 * What is predicted (section 3.3 of https://arxiv.org/abs/2202.03555): the mean over the last `top` of the layers,
 * each [batch, tokens, width], every token (`layer`) or every channel over the tokens of a sample (`instance`)
 * brought to mean 0 and variance 1 before. A constant to the gradient.
 */
export function data2vecTargets(
  layers: readonly tf.Tensor3D[],
  top: number,
  normalization: TargetNormalization,
): tf.Tensor3D {
  return withoutGradient(() => {
    const used = layers.slice(-top).map((layer) => normalized(layer, normalization));
    return tf.mul(tf.addN(used), 1 / used.length) as tf.Tensor3D;
  });
}

function normalized(x: tf.Tensor3D, normalization: TargetNormalization): tf.Tensor {
  const [batch, tokens, width] = x.shape;
  if (normalization === 'none') return x;
  if (normalization === 'layer')
    return tf.reshape(standardizeRows(tf.reshape(x, [batch * tokens, width]), epsilon), x.shape);
  const centred = tf.sub(x, tf.mean(x, 1, true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon)));
}

/**
 * Equation 2: smooth L1 between prediction and target [batch, tokens, width], quadratic up to a distance of `beta`;
 * with beta 0 the squared distance, as in the authors' code. The mean over the width and over the tokens where mask [batch, tokens] is 1.
 */
export function data2vecLoss(
  prediction: tf.Tensor3D,
  target: tf.Tensor3D,
  mask: tf.Tensor2D,
  beta: number,
): tf.Scalar {
  if (prediction.shape.join() !== target.shape.join())
    throw new Error(
      `data2vec: prediction [${prediction.shape}] and target [${target.shape}] differ in shape.`,
    );
  const errors = tf.mean(smoothL1(tf.sub(prediction, target), beta), 2);
  return tf.div(tf.sum(tf.mul(errors, mask)), tf.maximum(tf.sum(mask), 1)) as tf.Scalar;
}

/** d^2 / (2 beta) up to |d| = beta, |d| - beta / 2 beyond; d^2 for beta 0. */
function smoothL1(difference: tf.Tensor, beta: number): tf.Tensor {
  if (beta === 0) return tf.square(difference);
  const op = tf.customGrad((...args) => {
    const [d, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const distance = tf.abs(d);
    const near = tf.minimum(distance, beta);
    save([d]);
    return {
      value: tf.mul(tf.mul(near, tf.sub(distance, tf.mul(near, 0.5))), 1 / beta),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(dy, tf.mul(tf.clipByValue(saved[0]!, -beta, beta), 1 / beta)),
    };
  });
  return op(difference);
}

/**
 * How much tokens differ: the standard deviation of every channel over the tokens where mask is 1, averaged.
 * x [batch, tokens, width], mask [batch, tokens]. The guard of the authors' code (fairseq: target_var, pred_var).
 */
export function tokenSpread(x: tf.Tensor3D, mask: tf.Tensor2D): tf.Scalar {
  return withoutGradient(() => {
    const [batch, tokens, width] = x.shape;
    const rows = tf.reshape(x, [batch * tokens, width]);
    const weights = tf.reshape(mask, [batch * tokens, 1]);
    const count = tf.maximum(tf.sum(weights), 2);
    const mean = tf.div(tf.sum(tf.mul(rows, weights), 0, true), count);
    const squares = tf.sum(tf.mul(tf.square(tf.sub(rows, mean)), weights), 0);
    return tf.mean(tf.sqrt(tf.add(tf.div(squares, tf.sub(count, 1)), 1e-6))) as tf.Scalar;
  });
}

/** EMA momentum: rises evenly from `start` to `end` over the first tenth of the training, then stays. */
export function data2vecMomentum(start: number, end: number, progress: number): number {
  return start + (end - start) * Math.min(1, progress / 0.1);
}

/** As in the authors' code, which stops a run below these. */
const floors = { targetSpread: 0.1, predictionSpread: 0.01 };

/** Share of the tokens that are hidden, by modality, as in the paper. */
const defaultMaskRatio = { text: 0.15, other: 0.6 };

const share = z.number().min(0).max(1);

export const data2vec = defineMethod({
  name: 'data2vec',
  title: 'data2vec',
  summary:
    'Hides parts of a sample and predicts what a slowly moving copy of the encoder makes of them when it sees the whole. The same for images, sounds and texts.',
  paper: {
    title: 'data2vec: A General Framework for Self-supervised Learning in Speech, Vision and Language',
    url: 'https://arxiv.org/abs/2202.03555',
  },
  family: 'distillation',
  modalities: ['image', 'audio', 'text'],
  options: z.strictObject({
    maskRatio: z
      .number()
      .gt(0)
      .lt(1)
      .describe(
        'Share of the tokens that is hidden, between 0 and 1; 0.6 of the patches of an image or spectrogram, in blocks, and 0.15 of the tokens of a text if not given (paper: the same).',
      )
      .optional(),
    layers: z
      .int()
      .min(1)
      .max(64)
      .describe(
        "The target is the mean of the outputs of this many of the teacher's last blocks, at most all (paper: 6 of 12 for images, 10 for texts).",
      )
      .default(3),
    normalize: z
      .enum(normalizations)
      .describe(
        'How the outputs of each block are brought to one scale before: every token (layer), or every channel over a sample (instance, which suits speech). None may collapse.',
      )
      .default('layer'),
    beta: z
      .number()
      .min(0)
      .max(100)
      .describe(
        'Distance up to which errors count by their square, then evenly; 0 squares all (paper: 2 for images, 4 for texts, 0 for speech).',
      )
      .default(2),
    momentum: share
      .describe('Share of itself that the teacher keeps at each step, at the start (paper: 0.999).')
      .default(0.999),
    finalMomentum: share
      .describe('What the momentum has risen to after a tenth of the training (paper: 0.9999).')
      .default(0.9999),
  }),
  views: { image: { crop: [0.6, 1] }, audio: {} },
  check: (context) =>
    context.sample.modality === 'text'
      ? needsSequence('data2vec', context, { attention: 'full' })
      : checkPatches('data2vec', context.encoderType, {
          name: 'dino',
          words: 'which distils with any encoder',
        }),

  build(context, options) {
    const isText = context.sample.modality === 'text';
    const maskRatio = options.maskRatio ?? (isText ? defaultMaskRatio.text : defaultMaskRatio.other);
    const masked = maskedTokens(context, 'data2vec', maskRatio);
    const predict = dense(context.scope.child('predictor'), masked.width, masked.width);
    return {
      views: masked.views,
      inputs: masked.inputs,
      prepare: masked.prepare,
      ...(masked.seen && { seen: masked.seen }),
      targets: ['encoder'],
      momentum: (progress) => data2vecMomentum(options.momentum, options.finalMomentum, progress),
      loss(forward, inputs) {
        const mask = masked.mask(inputs);
        const target = data2vecTargets(
          masked.whole(forward.target, inputs),
          options.layers,
          options.normalize,
        );
        const prediction = predict(forward, masked.hidden(forward, inputs)) as tf.Tensor3D;
        return {
          loss: data2vecLoss(prediction, target, mask, options.beta),
          metrics: {
            targetSpread: tokenSpread(target, mask),
            predictionSpread: tokenSpread(prediction, mask),
          },
        };
      },
      // The encoder is what is predicted: it is judged itself.
      collapse: {
        floors,
        ...causeOf(
          [
            options.momentum < 0.5,
            'The teacher follows the student at once (low momentum): what it gives to predict becomes ever simpler.',
            'Set pretext.momentum: 0.999 and pretext.finalMomentum: 0.9999.',
          ],
          [
            options.normalize === 'none',
            'The targets are not normalized: the easiest ones to predict have no variance at all.',
            'Set pretext.normalize: layer.',
          ],
        ),
      },
    };
  },
});
