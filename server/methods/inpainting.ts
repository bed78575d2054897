import * as z from 'zod';
import type { Forward, Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import type { Random } from '../random.ts';
import { decoder, decoderOptions } from './decoders.ts';
import { defineMethod } from './method.ts';

export type Hole = 'center' | 'blocks';

/** Sides of one block, as shares of the image's sides. */
const [smallest, largest] = [1 / 8, 3 / 8];

/**
 * Cuts a hole into a mask [height, width] that comes filled with 0: 1 where the image is hidden. `center` is one
 * rectangle of about `area` of the image; `blocks` are random, possibly overlapping rectangles, as many as hide
 * `area`. Something is always hidden, something always visible.
 */
export function cutHole(
  mask: Float32Array,
  [height, width]: readonly [number, number],
  { hole, area }: { readonly hole: Hole; readonly area: number },
  random: Random,
): void {
  const wanted = Math.min(height * width - 1, Math.max(1, Math.round(area * height * width)));
  const side = (whole: number, share: number) => Math.min(whole, Math.max(1, Math.round(whole * share)));
  if (hole === 'center') {
    const [rows, columns] = [side(height, Math.sqrt(area)), side(width, Math.sqrt(area))];
    const [top, left] = [Math.floor((height - rows) / 2), Math.floor((width - columns) / 2)];
    hide({ top, left, rows, columns }, wanted);
    return;
  }
  for (let hidden = 0; hidden < wanted; ) {
    const rows = side(height, random.between(smallest, largest));
    const columns = side(width, random.between(smallest, largest));
    const top = random.integer(height - rows + 1);
    const left = random.integer(width - columns + 1);
    hidden += hide({ top, left, rows, columns }, wanted - hidden);
  }

  /** Hides a rectangle, at most `most` pixels more; tells how many. */
  function hide(box: { top: number; left: number; rows: number; columns: number }, most: number): number {
    let added = 0;
    for (let row = box.top; row < box.top + box.rows; row++)
      for (let column = box.left; column < box.left + box.columns; column++) {
        const place = row * width + column;
        if (mask[place] === 1 || added === most) continue;
        mask[place] = 1;
        added++;
      }
    return added;
  }
}

/**
 * Mean squared error of the hidden values (https://arxiv.org/abs/1604.07379, equation 1): restored and original
 * [batch, h, w, channels], mask [batch, h, w, 1] with 1 for hidden.
 */
export function inpaintingLoss(restored: tf.Tensor, original: tf.Tensor, mask: tf.Tensor): tf.Scalar {
  const errors = tf.mul(tf.square(tf.sub(restored, original)), mask);
  const channels = original.shape[3] ?? 1;
  return tf.div(tf.sum(errors), tf.mul(tf.sum(mask), channels)) as tf.Scalar;
}

export const inpainting = defineMethod({
  name: 'inpainting',
  title: 'Inpainting (context encoder)',
  summary:
    'Fills a hole in an image from what is around it. Restores images like MAE, with any encoder; needs images with structure.',
  paper: {
    title: 'Context Encoders: Feature Learning by Inpainting',
    url: 'https://arxiv.org/abs/1604.07379',
  },
  family: 'masking',
  modalities: ['image'],
  options: z.strictObject({
    hole: z
      .enum(['center', 'blocks'])
      .describe(
        'center: one rectangle in the middle; blocks: random rectangles that may overlap, which keeps the encoder from learning where the hole is (paper: both, and random shapes).',
      )
      .default('blocks'),
    area: z
      .number()
      .gt(0)
      .lt(1)
      .describe('Share of the image that is hidden, between 0 and 1 (paper: 0.25).')
      .default(0.25),
    decoder: decoderOptions,
  }),
  views: { image: { crop: [0.6, 1] } },

  build(context, options) {
    const { batchSize, sample } = context;
    const [height, width, channels] = sample.shape as [number, number, number];
    const pixels = height * width;
    const decode = decoder(context, options.decoder);
    const restore = (forward: Forward, inputs: Named<tf.Tensor>): tf.Tensor => {
      const y = decode(forward, context.encoder.features(forward, inputs.corrupted as tf.Tensor));
      return options.decoder.output === 'sigmoid' ? tf.sigmoid(y) : y;
    };
    const images = { shape: [batchSize, ...sample.shape], dtype: 'float32' } as const;
    return {
      views: ['augmented'],
      inputs: {
        original: images,
        corrupted: images,
        mask: { shape: [batchSize, height, width, 1], dtype: 'float32' },
      },
      prepare({ views: [view], indices }, random) {
        const original = view as Float32Array;
        const corrupted = original.slice();
        const mask = new Float32Array(indices.length * pixels);
        for (let i = 0; i < indices.length; i++)
          cutHole(mask.subarray(i * pixels, (i + 1) * pixels), [height, width], options, random);
        // 0 is the mean of standardised data, with which the paper fills the hole.
        mask.forEach((hidden, pixel) => {
          if (hidden === 1) corrupted.fill(0, pixel * channels, (pixel + 1) * channels);
        });
        return { original, corrupted, mask };
      },
      loss(forward, inputs) {
        const { original, mask } = inputs as { original: tf.Tensor; mask: tf.Tensor };
        return { loss: inpaintingLoss(restore(forward, inputs), original, mask) };
      },
      reconstruct(forward, inputs) {
        const { original, corrupted, mask } = inputs as Record<'original' | 'corrupted' | 'mask', tf.Tensor>;
        // Only the hole is taken from the network: that is all it is asked for.
        const filled = tf.mul(restore(forward, inputs), mask);
        return { original, corrupted, restored: tf.add(tf.mul(original, tf.sub(1, mask)), filled) };
      },
    };
  },
});
