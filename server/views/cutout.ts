import * as z from 'zod';
import { probability } from './options.ts';
import { definePixels } from './transform.ts';

const size = z.number().min(0).max(1);
const full = z
  .strictObject({
    size: size.default(0.25).describe("Side of the square, as a fraction of the image's shorter side."),
    count: z.int().min(1).max(64).default(1).describe('Number of squares.'),
    probability: probability(1),
  })
  .describe('Cutout.');

/**
 * Erases squares (DeVries & Taylor 2017, https://arxiv.org/abs/1708.04552), filled with the data's mean colour.
 * Unlike the paper's, a square always lies wholly inside the image.
 */
export const cutout = definePixels({
  name: 'cutout',
  summary: 'Erases random squares.',
  modalities: ['image'],
  options: z.union([full, size.transform((value) => full.parse({ size: value }))], {
    error: 'expected the side as a fraction of the image 0..1, or { size, count, probability }',
  }),
  apply({ data, height, width, channels }, options, random, { fill }) {
    if (!random.chance(options.probability)) return;
    const side = Math.round(options.size * Math.min(height, width));
    for (let n = 0; n < options.count; n++) {
      const top = random.integer(height - side + 1);
      const left = random.integer(width - side + 1);
      for (let y = top; y < top + side; y++) {
        let o = (y * width + left) * channels;
        for (let x = 0; x < side; x++) for (let k = 0; k < channels; k++) data[o++] = fill[k] ?? 0;
      }
    }
  },
});
