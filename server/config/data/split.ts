import * as z from 'zod';
import { count, path } from '../meta.ts';

/** The keys that all kinds of data share: what is held out, how much is used, how numbers are scaled. */
export const splitKeys = {
  testFraction: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.2)
    .describe(
      'Share of the samples that is held out for testing, drawn by `seed` and stratified by class where labels exist. Not used with `test` or `testList`.',
    ),
  testList: path(
    'A text file that lists the test samples, one a line: file names as they stand below the folder, or positions counted from 0.',
    'a path to a text file',
  )
    .meta({ defaultText: '`testFraction` of the samples is drawn' })
    .optional(),
  limit: count(1, 'Use only this many samples, the first after shuffling by `seed`.', 'samples').optional(),
};

export const normalizeKey = {
  normalize: z
    .enum(['standard', 'minmax', 'none'])
    .describe(
      'How numbers are scaled, with statistics of the training samples: standard (mean 0, standard deviation 1), minmax (0 to 1) or none (pixels 0 to 1, table values as they are).',
    )
    .default('standard'),
};

/** Names of list files. */
export const listFiles = /\.(txt|lst|list)$/i;
