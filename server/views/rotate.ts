import * as z from 'zod';
import { probability, range } from './options.ts';
import { defineGeometry } from './transform.ts';

const full = z
  .strictObject({
    degrees: range(-360, 360)
      .default([-15, 15])
      .describe('Angle, [least, most], counter-clockwise, in degrees.'),
    probability: probability(1),
  })
  .describe('Rotation about the centre.');

/** Rotates about the centre; what lies outside repeats the edge. */
export const rotate = defineGeometry({
  name: 'rotate',
  summary: 'Turns the image by a random angle.',
  modalities: ['image'],
  options: z.union(
    [
      full,
      z
        .number()
        .min(0)
        .max(360)
        .transform((most) => full.parse({ degrees: [-most, most] })),
      range(-360, 360).transform((degrees) => full.parse({ degrees })),
    ],
    { error: 'expected the largest angle in degrees (15), [least, most], or { degrees, probability }' },
  ),
  matrix(options, _size, random) {
    if (!random.chance(options.probability)) return undefined;
    const angle = (random.between(...options.degrees) * Math.PI) / 180;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    // y points down: turning the picture counter-clockwise reads it clockwise.
    return { a: cos, b: -sin, tx: 0, c: sin, d: cos, ty: 0 };
  },
});
