import * as z from 'zod';
import { stretch } from './affine.ts';
import { probability } from './options.ts';
import { defineGeometry } from './transform.ts';

const fraction = z.number().min(0).max(1);
const full = z
  .strictObject({
    fraction: fraction
      .default(0.1)
      .describe('Longest way in each direction, as a fraction of width and height.'),
    probability: probability(1),
  })
  .describe('Translation.');

/** Moves the image; what lies outside repeats the edge. */
export const shift = defineGeometry({
  name: 'shift',
  summary: 'Moves the image sideways and up or down.',
  modalities: ['image'],
  options: z.union([full, fraction.transform((value) => full.parse({ fraction: value }))], {
    error: 'expected a fraction of the size 0..1, or { fraction, probability }',
  }),
  matrix(options, { height, width }, random) {
    if (!random.chance(options.probability)) return undefined;
    const x = random.between(-options.fraction, options.fraction) * width;
    const y = random.between(-options.fraction, options.fraction) * height;
    return stretch(1, 1, x, y);
  },
});
