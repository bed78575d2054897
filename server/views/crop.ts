import * as z from 'zod';
import { identity, stretch } from './affine.ts';
import { probability, range } from './options.ts';
import { defineGeometry } from './transform.ts';

const attempts = 10;

const full = z
  .strictObject({
    area: range(0.01, 1)
      .default([0.2, 1])
      .describe('Part of the image that is kept, [least, most], 0.01..1.'),
    aspect: range(0.1, 10)
      .default([3 / 4, 4 / 3])
      .describe('Width by height of the window, [least, most].'),
    probability: probability(1),
  })
  .describe('Random resized crop.');

/**
 * Random resized crop (Szegedy et al. 2015, https://arxiv.org/abs/1409.4842): a window of random area and aspect. Of a
 * spectrogram it is a change of pitch and tempo, as in BYOL-A (https://arxiv.org/abs/2103.06695).
 */
export const crop = defineGeometry({
  name: 'crop',
  summary: 'Cuts a random window and stretches it to the full size.',
  modalities: ['image', 'audio'],
  options: z.union(
    [
      full,
      range(0.01, 1).transform((area) => full.parse({ area })),
      z
        .number()
        .min(0.01)
        .max(1)
        .transform((least) => full.parse({ area: [least, 1] })),
    ],
    { error: 'expected the kept area [0.6, 1], its least 0.6, or { area, aspect, probability }' },
  ),
  matrix(options, { height, width }, random) {
    if (!random.chance(options.probability)) return undefined;
    const [least, most] = options.aspect;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const area = random.between(...options.area);
      const aspect = Math.exp(random.between(Math.log(least), Math.log(most)));
      // As fractions of the image's own width and height.
      const w = Math.sqrt((area * aspect * height) / width);
      const h = Math.sqrt((area * width) / (aspect * height));
      if (w > 1 || h > 1) continue;
      const x = random.between(w - 1, 1 - w) / 2;
      const y = random.between(h - 1, 1 - h) / 2;
      return stretch(w, h, x * width, y * height);
    }
    return identity;
  },
});
