import * as z from 'zod';
import { meanAbsoluteError } from '../nn/losses.ts';
import type { Forward, Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import type { Random } from '../random.ts';
import { decoder, decoderOptions } from './decoders.ts';
import { defineMethod } from './method.ts';

/** A clip as a listener at one moment has it. */
export interface Moments {
  /** [batch, mels, frames, 1]: the past up to a moment of its own in each sample, then the `ahead` frames that follow. */
  readonly original: Float32Array;
  /** The same with 0, the mean, in place of what is still to come. */
  readonly corrupted: Float32Array;
}

/**
 * Draws for each clip [mels, frames] a moment in its second half, at least `ahead` frames before its end, and moves the
 * clip to the right until the frames to predict are its last ones; what comes free on the left is 0, the mean of
 * standardised data. "Now" then always lies at the same place, whatever the encoder.
 */
export function drawMoments(
  clips: Float32Array,
  [mels, frames]: readonly [mels: number, frames: number],
  ahead: number,
  random: Random,
): Moments {
  const original = new Float32Array(clips.length);
  const size = mels * frames;
  for (let start = 0; start < clips.length; start += size) {
    // The most frames that can be left out at the end: half of the clip stays to predict from.
    const most = Math.max(0, Math.floor(frames / 2) - ahead);
    const shift = random.integer(most + 1);
    for (let row = start; row < start + size; row += frames)
      original.set(clips.subarray(row, row + frames - shift), row + shift);
  }
  const corrupted = original.slice();
  for (let end = frames; end <= corrupted.length; end += frames) corrupted.fill(0, end - ahead, end);
  return { original, corrupted };
}

export const nextFrames = defineMethod({
  name: 'nextFrames',
  title: 'Next-frame prediction',
  summary:
    'Hears a clip up to a moment and predicts the frames that follow, as autoregressive predictive coding does. Works with every encoder and small batches.',
  paper: {
    title: 'An Unsupervised Autoregressive Model for Speech Representation Learning',
    url: 'https://arxiv.org/abs/1904.03240',
  },
  family: 'autoregressive',
  modalities: ['audio'],
  options: z.strictObject({
    ahead: z
      .int()
      .min(1)
      .max(1000)
      .describe(
        'Frames after the moment that are predicted, at most half of a clip (paper: only the one 1 to 20 frames ahead, 3 for phones). The paper predicts at every frame of a recurrent network; here one moment is drawn for each clip and step, so that any encoder can be trained.',
      )
      .default(3),
    decoder: decoderOptions,
  }),
  views: { audio: {} },
  check({ sample: { shape } }, { ahead }) {
    const [, frames = 0] = shape;
    if (2 * ahead <= frames) return [];
    const most = Math.max(1, Math.floor(frames / 2));
    return [
      {
        path: ['ahead'],
        found: `${ahead} of ${frames} frames`,
        expected: `at most ${most}, half of a clip`,
        fix: `Set ahead to ${most} or less, or lengthen data.clip.`,
        set: [{ path: ['pretext', 'ahead'], value: most }],
      },
    ];
  },

  build(context, { ahead, decoder: options }) {
    const { encoder, sample, batchSize } = context;
    const [mels = 1, frames = 1] = sample.shape;
    const spec = { shape: [batchSize, ...sample.shape], dtype: 'float32' } as const;
    const decode = decoder(context, options, [mels, ahead, 1]);
    const predict = (forward: Forward, inputs: Named<tf.Tensor>): tf.Tensor => {
      const y = decode(forward, encoder.features(forward, inputs.corrupted as tf.Tensor));
      return options.output === 'sigmoid' ? tf.sigmoid(y) : y;
    };
    const future = (x: tf.Tensor): tf.Tensor => tf.slice(x, [0, 0, frames - ahead, 0], [-1, mels, ahead, 1]);
    return {
      views: ['augmented'],
      inputs: { original: spec, corrupted: spec },
      prepare: ({ views: [clips] }, random) => ({
        ...drawMoments(clips as Float32Array, [mels, frames], ahead, random),
      }),
      loss: (forward, inputs) => ({
        loss: meanAbsoluteError(predict(forward, inputs), future(inputs.original as tf.Tensor)),
      }),
      reconstruct(forward, inputs) {
        const { original, corrupted } = inputs as { original: tf.Tensor; corrupted: tf.Tensor };
        const past = tf.slice(corrupted, [0, 0, 0, 0], [-1, mels, frames - ahead, 1]);
        return { original, corrupted, restored: tf.concat([past, predict(forward, inputs)], 2) };
      },
    };
  },
});
