import * as z from 'zod';
import { stretch } from './affine.ts';
import { probability, range } from './options.ts';
import { defineGeometry } from './transform.ts';

const factors = range(0.1, 10);
const full = z
  .strictObject({
    factor: factors.default([0.8, 1.2]).describe('Size of the content, [least, most]; 1 is unchanged.'),
    probability: probability(1),
  })
  .describe('Zoom about the centre.');

/** Zooms about the centre; what lies outside repeats the edge. */
export const scale = defineGeometry({
  name: 'scale',
  summary: 'Makes the content larger or smaller.',
  modalities: ['image'],
  options: z.union([full, factors.transform((factor) => full.parse({ factor }))], {
    error: 'expected the factors [0.8, 1.2], or { factor, probability }',
  }),
  matrix(options, _size, random) {
    if (!random.chance(options.probability)) return undefined;
    const factor = random.between(...options.factor);
    return stretch(1 / factor, 1 / factor);
  },
});
