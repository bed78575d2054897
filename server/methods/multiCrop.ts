import * as z from 'zod';
import type { Encoder, OptionProblem } from '../encoders/encoder.ts';
import { softmaxCrossEntropy } from '../nn/losses.ts';
import type { Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import { range } from '../views/options.ts';
import type { InputArray, PretextContext, PretextTask, ViewRequest } from './method.ts';
import { throughBoth, twoViews } from './twoViews.ts';

/** `local:` of the methods with multi-crop (https://arxiv.org/abs/2006.09882, section 3.2). */
export function localOptions(count: number, paper: string) {
  return z
    .strictObject({
      count: z
        .int()
        .min(0)
        .max(32)
        .describe(`Local views of each image beside the two global ones, 0 to 32 (paper: ${paper}).`)
        .default(count),
      size: z
        .int()
        .min(1)
        .max(1024)
        .describe(
          'Shorter side of a local view in pixels, a multiple of the patch of a vit; half of the image if not given (paper: 96 of 224). An mlp takes the whole size only.',
        )
        .optional(),
      area: range(0.01, 1)
        .describe(
          'Part of the image that a local view keeps, [least, most], 0.01 to 1 (paper: 0.05 to 0.4 and 0.14, which of small images leaves a few pixels).',
        )
        .default([0.15, 0.5]),
    })
    .describe('Small views of small parts, which must tell what the global views show.')
    .prefault({});
}

export type LocalOptions = z.output<ReturnType<typeof localOptions>>;

/** [height, width] of a local view: proportions of the image, multiples of what the encoder takes. */
export function localSize(
  [height = 1, width = 1]: readonly number[],
  sizeStep: number | undefined,
  size?: number,
): [number, number] {
  if (sizeStep === undefined) return [height, width];
  const scale = size === undefined ? 1 / 2 : size / Math.min(height, width);
  const side = (whole: number): number => Math.max(1, Math.round((whole * scale) / sizeStep)) * sizeStep;
  return [side(height), side(width)];
}

/** Problems of `local.size` with the encoder. */
export function checkLocal(
  encoder: Pick<Encoder, 'sizeStep'> | undefined,
  { count, size }: LocalOptions,
): OptionProblem[] {
  if (encoder === undefined || count === 0 || size === undefined) return [];
  const { sizeStep } = encoder;
  const found = `local views of ${size} pixels`;
  if (sizeStep === undefined)
    return [
      {
        path: ['local', 'size'],
        found,
        expected: 'no size: this encoder takes images of one size only',
        fix: 'Remove local.size: local views then have the size of the image. Or use a convnet or vit.',
      },
    ];
  if (size % sizeStep === 0) return [];
  const near = Math.max(1, Math.round(size / sizeStep)) * sizeStep;
  return [
    {
      path: ['local', 'size'],
      found,
      expected: `a multiple of ${sizeStep}, the patch of the encoder`,
      fix: `Set local.size: ${near}.`,
      set: [{ path: ['pretext', 'local', 'size'], value: near }],
    },
  ];
}

/**
 * Two global views of every image, `view0` and `view1`, and all its local ones as one batch `local`
 * [count * batch, height, width, channels], view after view.
 */
export function multiCrop(
  context: PretextContext,
  { count, size, area }: LocalOptions,
): Pick<PretextTask, 'views' | 'inputs' | 'prepare'> {
  const globals = twoViews(context);
  if (count === 0) return globals;
  const { batchSize, encoder, sample } = context;
  const sides = localSize(sample.shape, encoder.sizeStep, size);
  const shape = [count * batchSize, ...sides, sample.shape[2] ?? 1];
  const local: ViewRequest = { size: sides, area };
  return {
    views: [...globals.views, ...Array<ViewRequest>(count).fill(local)],
    inputs: { ...globals.inputs, local: { shape, dtype: 'float32' } },
    prepare(batch, random): Named<InputArray> {
      const [, , ...locals] = batch.views;
      return { ...globals.prepare(batch, random), local: joined(locals) };
    },
  };
}

function joined(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** What a network makes of the crops: the two global views [batch, size] each, local ones [count * batch, size]. */
export interface CropOutputs {
  readonly globals: readonly [tf.Tensor2D, tf.Tensor2D];
  readonly local?: tf.Tensor2D;
}

/** Applies a network to the views, those of one size in one pass. */
export function throughCrops(inputs: Named<tf.Tensor>, network: (x: tf.Tensor) => tf.Tensor2D): CropOutputs {
  const globals = throughBoth(inputs, network);
  return inputs.local === undefined ? { globals } : { globals, local: network(inputs.local) };
}

/**
 * Every view predicts the targets of the two global views, but none its own: the mean of the cross-entropies over the
 * batch and over these pairs. Logits of the views, each row [classes]; targets are distributions [batch, classes],
 * constants to the gradient.
 */
export function swappedPrediction(
  { globals: [a, b], local }: CropOutputs,
  [targetA, targetB]: readonly [tf.Tensor2D, tf.Tensor2D],
): tf.Scalar {
  const swapped = softmaxCrossEntropy(tf.concat([a, b], 0), tf.concat([targetB, targetA], 0));
  if (local === undefined) return swapped;
  const count = local.shape[0] / targetA.shape[0];
  // Cross-entropy is linear in its targets: both at once are their mean.
  const both = tf.mul(tf.add(targetA, targetB), 0.5);
  const predicted = softmaxCrossEntropy(local, tf.concat(Array<tf.Tensor>(count).fill(both), 0));
  return tf.mul(tf.add(swapped, tf.mul(predicted, count)), 1 / (1 + count)) as tf.Scalar;
}
