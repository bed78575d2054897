import * as z from 'zod';
import type { Forward, Named } from '../nn/parameters.ts';
import { permuteRows } from '../nn/rows.ts';
import * as tf from '../nn/tf.ts';
import { maeDecoder } from './maeDecoder.ts';
import { drawMasking, visibleTokens } from './masking.ts';
import { defineMethod } from './method.ts';
import { checkPatches, needPatches } from './patches.ts';

const epsilon = 1e-6;

/** Mean and (unbiased) standard deviation of each patch [batch, count, rawSize] -> [batch, count, 1] each. */
function patchStatistics(patches: tf.Tensor3D): { mean: tf.Tensor; deviation: tf.Tensor } {
  const mean = tf.mean(patches, 2, true);
  const length = patches.shape[2];
  const variance = tf.mul(tf.sum(tf.square(tf.sub(patches, mean)), 2, true), 1 / (length - 1));
  return { mean, deviation: tf.sqrt(tf.add(variance, epsilon)) };
}

/**
 * Mean squared error on the masked patches only (https://arxiv.org/abs/2111.06377): prediction and patches
 * [batch, count, rawSize], mask [batch, count] with 1 for masked. With `normalizePatches` the target is each patch
 * with mean 0 and variance 1 (unbiased, + 1e-6), as in the authors' code.
 */
export function maeLoss(
  prediction: tf.Tensor3D,
  patches: tf.Tensor3D,
  mask: tf.Tensor2D,
  normalizePatches: boolean,
): tf.Scalar {
  let target: tf.Tensor = patches;
  if (normalizePatches) {
    const { mean, deviation } = patchStatistics(patches);
    target = tf.div(tf.sub(patches, mean), deviation);
  }
  const errors = tf.mean(tf.square(tf.sub(prediction, target)), 2); // [batch, count]
  return tf.div(tf.sum(tf.mul(errors, mask)), tf.sum(mask)) as tf.Scalar;
}

export const mae = defineMethod({
  name: 'mae',
  title: 'MAE',
  summary:
    'Hides most patches of an image from a vision transformer and restores them. For fine-tuning; its frozen features need a probe, not kNN.',
  paper: {
    title: 'Masked Autoencoders Are Scalable Vision Learners',
    url: 'https://arxiv.org/abs/2111.06377',
  },
  family: 'masking',
  modalities: ['image', 'audio'],
  options: z.strictObject({
    maskRatio: z
      .number()
      .gt(0)
      .lt(1)
      .describe('Share of the patches that is hidden, between 0 and 1 (paper: 0.75).')
      .default(0.75),
    normalizePatches: z
      .boolean()
      .describe('Predict each patch with mean 0 and variance 1 instead of its pixels (paper: true).')
      .default(true),
    decoder: z
      .strictObject({
        width: z
          .int()
          .min(4)
          .max(4096)
          .multipleOf(4)
          .describe('Width of the decoder, a multiple of 4 and of its heads (paper: 512).')
          .default(128),
        depth: z.int().min(0).max(32).describe('Blocks of the decoder (paper: 8).').default(2),
        heads: z.int().min(1).max(64).describe('Attention heads of the decoder (paper: 16).').default(4),
      })
      .describe('The small transformer that restores the hidden patches; thrown away after pretraining.')
      .prefault({}),
  }),
  views: { image: { crop: [0.6, 1] }, audio: {} },
  check({ encoderType }, { decoder: { width, heads } }) {
    const problems = checkPatches('mae', encoderType, {
      name: 'denoising',
      words: 'which restores images with any encoder',
    });
    if (width % heads !== 0)
      problems.push({
        path: ['decoder', 'heads'],
        found: `decoder.width ${width} with ${heads} heads`,
        expected: 'a number of heads that divides the width',
        fix: `Set decoder.heads to ${largestDivisor(width, heads)} or decoder.width to ${4 * heads * Math.ceil(width / (4 * heads))}.`,
        set: [
          { path: ['pretext', 'decoder', 'heads'], value: largestDivisor(width, heads) },
          { path: ['pretext', 'decoder', 'width'], value: 4 * heads * Math.ceil(width / (4 * heads)) },
        ],
      });
    return problems;
  },

  build({ scope, encoder, sample, batchSize }, options) {
    const tokens = needPatches(encoder, 'mae');
    if (tokens.rawSize < 2 && options.normalizePatches)
      throw new Error('mae cannot normalize patches of a single value: set normalizePatches to false.');
    const visible = visibleTokens(tokens.count, options.maskRatio);
    const decode = maeDecoder(scope.child('decoder'), tokens, options.decoder);

    const run = (forward: Forward, inputs: Named<tf.Tensor>) => {
      const { image, order, inverse } = inputs as {
        image: tf.Tensor;
        order: tf.Tensor1D;
        inverse: tf.Tensor1D;
      };
      const { count, width } = tokens;
      const patches = tokens.patchify(image);
      const batch = patches.shape[0];
      const rows = tf.reshape(tokens.embed(forward, patches), [batch * count, width]);
      const [kept] = tf.split(
        permuteRows(rows, order, inverse),
        [batch * visible, batch * (count - visible)],
        0,
      );
      const encoded = tokens.encode(forward, tf.reshape(kept as tf.Tensor, [batch, visible, width]));
      return { patches, prediction: decode(forward, encoded, order, inverse) };
    };

    return {
      views: ['augmented'],
      inputs: {
        image: { shape: [batchSize, ...sample.shape], dtype: 'float32' },
        order: { shape: [batchSize * tokens.count], dtype: 'int32' },
        inverse: { shape: [batchSize * tokens.count], dtype: 'int32' },
        mask: { shape: [batchSize, tokens.count], dtype: 'float32' },
      },
      prepare({ views: [view], indices }, random) {
        const { order, inverse, mask } = drawMasking(indices.length, tokens.count, visible, random);
        return { image: view as Float32Array, order, inverse, mask };
      },
      loss(forward, inputs) {
        const { patches, prediction } = run(forward, inputs);
        const mask = inputs.mask as tf.Tensor2D;
        return { loss: maeLoss(prediction, patches, mask, options.normalizePatches) };
      },
      reconstruct(forward, inputs) {
        const { patches, prediction } = run(forward, inputs);
        const hidden = tf.expandDims(inputs.mask as tf.Tensor2D, 2);
        const shown = tf.mul(patches, tf.sub(1, hidden)) as tf.Tensor3D;
        let restored: tf.Tensor = prediction;
        if (options.normalizePatches) {
          // The prediction has no brightness or contrast of its own: it borrows those of the true patch.
          const { mean, deviation } = patchStatistics(patches);
          restored = tf.add(tf.mul(prediction, deviation), mean);
        }
        return {
          original: inputs.image as tf.Tensor,
          corrupted: tokens.unpatchify(shown),
          restored: tokens.unpatchify(tf.add(shown, tf.mul(restored, hidden)) as tf.Tensor3D),
        };
      },
    };
  },
});

function largestDivisor(width: number, atMost: number): number {
  for (let divisor = Math.min(width, atMost); divisor > 1; divisor--)
    if (width % divisor === 0) return divisor;
  return 1;
}
