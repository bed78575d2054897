import * as z from 'zod';
import { dense } from '../nn/dense.ts';
import { softmaxCrossEntropy } from '../nn/losses.ts';
import type * as tf from '../nn/tf.ts';
import { accuracy } from './accuracy.ts';
import { defineMethod } from './method.ts';

/**
 * Turns a square image counter-clockwise by `turns` quarter turns: `source` [size, size, channels] at `from` is
 * written to `target` at `to`.
 */
export function rotateInto(
  target: Float32Array,
  to: number,
  source: Float32Array,
  from: number,
  { size, channels, turns }: { size: number; channels: number; turns: number },
): void {
  const last = size - 1;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      // Where the pixel at (row, column) of the turned image comes from.
      let [y, x] = [row, column];
      for (let turn = 0; turn < turns; turn++) [y, x] = [x, last - y];
      const place = to + (row * size + column) * channels;
      const origin = from + (y * size + x) * channels;
      for (let channel = 0; channel < channels; channel++)
        target[place + channel] = source[origin + channel]!;
    }
  }
}

export const rotation = defineMethod({
  name: 'rotation',
  title: 'Rotation prediction',
  summary:
    'Tells by how many quarter turns an image was rotated. Cheap; needs images that have an up and a down.',
  paper: {
    title: 'Unsupervised Representation Learning by Predicting Image Rotations',
    url: 'https://arxiv.org/abs/1803.07728',
  },
  family: 'geometric',
  modalities: ['image'],
  options: z.strictObject({
    rotations: z
      .enum(['all', 'one'])
      .describe(
        'all: every image in its four rotations, so that a step sees 4 times train.batchSize images (paper); one: one random rotation per image.',
      )
      .default('all'),
  }),
  // No rotate: it would blur what is to be predicted.
  views: { image: { crop: [0.8, 1] } },
  check({ sample: { shape } }) {
    const [height, width] = shape;
    if (height === width) return [];
    return [
      {
        path: ['method'],
        found: `rotation on images of ${height} x ${width} pixels`,
        expected: 'square images: a quarter turn changes the shape of others',
        fix: `Set data.size to one number, for example ${Math.min(height ?? 1, width ?? 1)}.`,
        set: [{ path: ['data', 'size'], value: Math.min(height ?? 1, width ?? 1) }],
      },
    ];
  },

  build({ scope, encoder, sample, batchSize }, { rotations }) {
    const [size = 0, , channels = 1] = sample.shape;
    const pixels = size * size * channels;
    const copies = rotations === 'all' ? 4 : 1;
    const head = dense(scope.child('rotation'), encoder.size, 4);
    return {
      views: ['augmented'],
      inputs: {
        images: { shape: [copies * batchSize, ...sample.shape], dtype: 'float32' },
        turns: { shape: [copies * batchSize], dtype: 'int32' },
      },
      prepare({ views: [view] }, random) {
        const source = view as Float32Array;
        const count = source.length / pixels;
        const images = new Float32Array(copies * source.length);
        const labels = new Int32Array(copies * count);
        for (let i = 0; i < labels.length; i++) {
          const sample = Math.floor(i / copies);
          const turns = rotations === 'all' ? i % 4 : random.integer(4);
          labels[i] = turns;
          rotateInto(images, i * pixels, source, sample * pixels, { size, channels, turns });
        }
        return { images, turns: labels };
      },
      loss(forward, inputs) {
        const { images, turns } = inputs as { images: tf.Tensor; turns: tf.Tensor1D };
        const logits = head(forward, encoder.features(forward, images)) as tf.Tensor2D;
        return { loss: softmaxCrossEntropy(logits, turns), metrics: { accuracy: accuracy(logits, turns) } };
      },
    };
  },
});
