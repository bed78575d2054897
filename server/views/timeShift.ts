import * as z from 'zod';
import { probability } from './options.ts';
import { definePixels } from './transform.ts';

const fraction = z.number().min(0).max(1);
const full = z
  .strictObject({
    fraction: fraction.default(0.1).describe('Longest way in each direction, as a fraction of the clip.'),
    probability: probability(1),
  })
  .describe('Shift in time.');

/** Moves the sound in time by whole frames; what leaves at one end comes in at the other. */
export const timeShift = definePixels({
  name: 'timeShift',
  summary: 'Moves the sound in time.',
  modalities: ['audio'],
  options: z.union([full, fraction.transform((value) => full.parse({ fraction: value }))], {
    error: 'expected a fraction of the clip 0..1, or { fraction, probability }',
  }),
  apply({ data, height, width }, options, random, { scratch }) {
    if (!random.chance(options.probability)) return;
    const most = Math.floor(options.fraction * width);
    const shift = (random.integer(2 * most + 1) - most + width) % width;
    if (shift === 0) return;
    scratch.set(data);
    for (let row = 0; row < height * width; row += width) {
      data.set(scratch.subarray(row, row + width - shift), row + shift);
      data.set(scratch.subarray(row + width - shift, row + width), row);
    }
  },
});
