import * as z from 'zod';
import { asInput, autoencoderKeys, checkAutoencoder, restore, wholeBatch } from './autoencoder.ts';
import { damage, hideTokens, singleColumns } from './corruption.ts';
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
  modalities: ['image', 'audio', 'table', 'text'],
  options: z.strictObject({
    noise: z
      .number()
      .min(0)
      .max(10)
      .describe(
        'Standard deviation of the Gaussian noise added to the normalised values, 0 or more (paper: 0, it only drops). Texts get none.',
      )
      .default(0.1),
    drop: z
      .number()
      .min(0)
      .lt(1)
      .describe(
        'Share of the pixels or table columns that is set to 0, the mean of standardised data; 0 to below 1 (paper: 0.1 to 0.5). Of a text, the share of the tokens that is masked.',
      )
      .default(0.3),
    ...autoencoderKeys,
  }),
  check(context, options) {
    const problems = checkAutoencoder('denoising', context, options);
    const isText = context.sample.modality === 'text';
    if (options.drop === 0 && (isText || options.noise === 0))
      problems.push({
        path: ['drop'],
        found: isText ? 'drop 0' : 'noise 0 and drop 0',
        expected: 'some corruption to undo',
        fix: `Set ${isText ? '' : 'noise or '}drop above 0, or use method autoencoder.`,
        set: [{ path: ['pretext', 'method'], value: 'autoencoder' }],
      });
    return problems;
  },

  build(context, options) {
    const isText = context.sample.modality === 'text';
    const lengths = isText ? [] : unitLengths(context);
    const spec = wholeBatch(context);
    return {
      views: ['plain'],
      inputs: { original: spec, corrupted: spec },
      prepare({ views: [view] }, random) {
        const values = view as Float32Array;
        const corrupted = isText
          ? hideTokens(values, options.drop, random)
          : damage(values, lengths, options, random);
        return { original: asInput(context, values), corrupted };
      },
      ...restore(context, options, 'denoising'),
    };
  },
});
