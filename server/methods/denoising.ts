import * as z from 'zod';
import { autoencoderKeys, checkAutoencoder, restore } from './autoencoder.ts';
import { damage, singleColumns } from './corruption.ts';
import { defineMethod, type PretextContext } from './method.ts';

/** Values that are dropped together: the channels of a pixel, or the one-hot group of a table column. */
function unitLengths({ sample, columns }: PretextContext): number[] {
  if (sample.modality === 'table')
    return (columns ?? singleColumns(sample.shape[0] ?? 0)).map(({ length }) => length);
  return [sample.shape.at(-1) ?? 1];
}

export const denoising = defineMethod({
  name: 'denoising',
  title: 'Denoising autoencoder',
  summary:
    'Restores the clean sample from one with noise and holes. Learns more than an autoencoder when the code is wide.',
  paper: {
    title: 'Extracting and Composing Robust Features with Denoising Autoencoders',
    url: 'https://doi.org/10.1145/1390156.1390294',
  },
  family: 'reconstruction',
  modalities: ['image', 'audio', 'table'],
  options: z.strictObject({
    noise: z
      .number()
      .min(0)
      .max(10)
      .describe(
        'Standard deviation of the Gaussian noise added to the normalised values, 0 or more (paper: 0, it only drops).',
      )
      .default(0.1),
    drop: z
      .number()
      .min(0)
      .lt(1)
      .describe(
        'Share of the pixels or table columns that is set to 0, the mean of standardised data; 0 to below 1 (paper: 0.1 to 0.5).',
      )
      .default(0.3),
    ...autoencoderKeys,
  }),
  check({ sample }, options) {
    const problems = checkAutoencoder(sample, options);
    if (options.noise === 0 && options.drop === 0)
      problems.push({
        path: ['drop'],
        found: 'noise 0 and drop 0',
        expected: 'some corruption to undo',
        fix: 'Set noise or drop above 0, or use method autoencoder.',
        set: [{ path: ['pretext', 'method'], value: 'autoencoder' }],
      });
    return problems;
  },

  build(context, options) {
    const lengths = unitLengths(context);
    const spec = { shape: [context.batchSize, ...context.sample.shape], dtype: 'float32' } as const;
    return {
      views: ['plain'],
      inputs: { original: spec, corrupted: spec },
      prepare({ views: [view] }, random) {
        const original = view as Float32Array;
        return { original, corrupted: damage(original, lengths, options, random) };
      },
      ...restore(context, options),
    };
  },
});
