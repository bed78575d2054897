import * as z from 'zod';
import { definePixels } from './transform.ts';

const chance = z.number().min(0).max(1);
const full = z
  .strictObject({ probability: chance.default(0.2).describe('How often the colours are dropped, 0..1.') })
  .describe('Grey.');

/** Drops the colours (Rec. 601 luma in all three channels). */
export const gray = definePixels({
  name: 'gray',
  summary: 'Turns colour images grey.',
  modalities: ['image'],
  options: z.union(
    [
      full,
      z.literal(true).transform(() => full.parse({})),
      chance.transform((probability) => full.parse({ probability })),
    ],
    { error: 'expected true, a probability 0..1, or { probability }' },
  ),
  apply({ data, channels }, options, random) {
    if (!random.chance(options.probability) || channels !== 3) return;
    for (let i = 0; i < data.length; i += 3) {
      const y = 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;
      data[i] = y;
      data[i + 1] = y;
      data[i + 2] = y;
    }
  },
});
