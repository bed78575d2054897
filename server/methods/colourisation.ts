import * as z from 'zod';
import { oneHot } from '../nn/losses.ts';
import type { Forward, Named } from '../nn/parameters.ts';
import { broadcast } from '../nn/shapes.ts';
import { withoutGradient } from '../nn/stopGradient.ts';
import * as tf from '../nn/tf.ts';
import { classColours, colourClasses, rebalanced, withoutColour } from './colours.ts';
import { decoder, decoderOptions } from './decoders.ts';
import { defineMethod } from './method.ts';

/**
 * Cross-entropy of the colour classes with a weight for each place (https://arxiv.org/abs/1603.08511, equation 2):
 * logits [places, classes], labels int32 [places], weights [places]; their mean over all places.
 */
export function colourLoss(logits: tf.Tensor2D, labels: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  const shifted = tf.sub(
    logits,
    withoutGradient(() => tf.max(logits, 1, true)),
  );
  const chosen = tf.sum(tf.mul(shifted, oneHot(labels, logits.shape[1])), 1);
  const total = tf.log(tf.sum(tf.exp(shifted), 1));
  return tf.mean(tf.mul(tf.sub(total, chosen), weights)) as tf.Scalar;
}

/** [batch, rows, columns, channels] -> [batch, height, width, channels]: each place covers `cell` x `cell` pixels. */
function spread(x: tf.Tensor, cell: number, height: number, width: number): tf.Tensor {
  const [batch, rows, columns, channels] = x.shape as [number, number, number, number];
  const pixels = tf.reshape(x, [batch * rows * columns, 1, channels]);
  const wide = broadcast(pixels, [batch * rows * columns, cell, channels]);
  const lines = tf.reshape(wide, [batch * rows, 1, columns * cell * channels]);
  const tall = broadcast(lines, [batch * rows, cell, columns * cell * channels]);
  const all = tf.reshape(tall, [batch, rows * cell, columns * cell, channels]);
  return tf.slice(all, [0, 0, 0, 0], [batch, height, width, channels]);
}

/** The softmax at this temperature, between mean and mode, is what is drawn (section 2.3 of the paper). */
const annealing = 0.38;

export const colourisation = defineMethod({
  name: 'colourisation',
  title: 'Colourisation',
  summary:
    'Tells the colours of an image that it sees in grey. For colour images whose colours follow from what they show.',
  paper: { title: 'Colorful Image Colorization', url: 'https://arxiv.org/abs/1603.08511' },
  family: 'reconstruction',
  modalities: ['image'],
  options: z.strictObject({
    bins: z
      .int()
      .min(2)
      .max(32)
      .describe(
        'The plane of colours is cut into bins x bins classes, 2 to 32; an odd number has a class for grey (paper: 313 classes in a plane of Lab).',
      )
      .default(9),
    cell: z
      .int()
      .min(1)
      .max(32)
      .describe('One colour is told for each cell of cell x cell pixels, 1 to 32 (paper: 4).')
      .default(2),
    rebalance: z
      .number()
      .gt(0)
      .max(1)
      .describe(
        'How evenly the colours of a batch are mixed with equal shares before rare colours get more weight; above 0, 1 weighs all alike (paper: 0.5).',
      )
      .default(0.5),
    decoder: decoderOptions
      .unwrap()
      .omit({ output: true })
      .describe('The network that tells the colours; thrown away after pretraining.')
      .prefault({}),
  }),
  views: { image: { crop: [0.6, 1], flip: true } },
  check({ sample: { shape } }) {
    if (shape[2] === 3) return [];
    return [
      {
        path: ['method'],
        found: 'colourisation of grey images',
        expected: 'colour images: these have nothing to colour',
        fix: 'Set data.channels to 3 if the pictures are in colour, or use method inpainting or autoencoder.',
        set: [
          { path: ['data', 'channels'], value: 3 },
          { path: ['pretext', 'method'], value: 'inpainting' },
        ],
      },
    ];
  },

  build(context, options) {
    const { batchSize, sample, encoder } = context;
    const { bins, cell } = options;
    const [height, width, channels] = sample.shape as [number, number, number];
    if (channels !== 3) throw new Error('colourisation needs colour images.');
    const { mean, std } = context.normalization ?? { mean: [0, 0, 0], std: [1, 1, 1] };
    const [rows, columns, classes] = [Math.ceil(height / cell), Math.ceil(width / cell), bins * bins];
    const places = batchSize * rows * columns;
    const decode = decoder(context, { ...options.decoder, output: 'linear' }, [rows, columns, classes]);
    const logits = (forward: Forward, inputs: Named<tf.Tensor>): tf.Tensor2D => {
      const y = decode(forward, encoder.features(forward, inputs.grey as tf.Tensor));
      return tf.reshape(y, [places, classes]);
    };
    const images = { shape: [batchSize, ...sample.shape], dtype: 'float32' } as const;
    return {
      views: ['augmented'],
      inputs: {
        original: images,
        grey: images,
        colours: { shape: [places], dtype: 'int32' },
        weights: { shape: [places], dtype: 'float32' },
      },
      prepare({ views: [view] }) {
        const original = view as Float32Array;
        const given = { values: original, height, width, mean, std };
        const colours = colourClasses(given, cell, bins);
        const weights = rebalanced(colours, classes, options.rebalance);
        return { original, grey: withoutColour(given), colours, weights };
      },
      loss(forward, inputs) {
        const { colours, weights } = inputs as { colours: tf.Tensor1D; weights: tf.Tensor1D };
        return { loss: colourLoss(logits(forward, inputs), colours, weights) };
      },
      reconstruct(forward, inputs) {
        const { original, grey } = inputs as { original: tf.Tensor; grey: tf.Tensor };
        const probabilities = tf.softmax(tf.mul(logits(forward, inputs), 1 / annealing)) as tf.Tensor2D;
        const table = tf.tensor2d(classColours(bins, std), [classes, 3]);
        const added = tf.reshape(tf.matMul(probabilities, table), [batchSize, rows, columns, 3]);
        return { original, corrupted: grey, restored: tf.add(grey, spread(added, cell, height, width)) };
      },
    };
  },
});
