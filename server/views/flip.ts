import * as z from 'zod';
import { stretch } from './affine.ts';
import { defineGeometry } from './transform.ts';

const chance = z.number().min(0).max(1);
const full = z
  .strictObject({
    horizontal: chance.default(0.5).describe('How often left and right are exchanged, 0..1.'),
    vertical: chance.default(0).describe('How often top and bottom are exchanged, 0..1.'),
  })
  .describe('Mirrors.');

/** Mirrors the image. */
export const flip = defineGeometry({
  name: 'flip',
  summary: 'Mirrors left and right (and, if asked for, top and bottom).',
  modalities: ['image'],
  options: z.union(
    [
      full,
      z.literal(true).transform(() => full.parse({})),
      chance.transform((horizontal) => full.parse({ horizontal })),
    ],
    { error: 'expected true, a probability 0..1, or { horizontal, vertical }' },
  ),
  matrix(options, _size, random) {
    const x = random.chance(options.horizontal) ? -1 : 1;
    const y = random.chance(options.vertical) ? -1 : 1;
    return x === 1 && y === 1 ? undefined : stretch(x, y);
  },
});
