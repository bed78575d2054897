import { maskOptions, maskWidth } from './mask.ts';
import { definePixels } from './transform.ts';

/**
 * Hides stretches of time, as in SpecAugment (https://arxiv.org/abs/1904.08779): each is of random length and filled with
 * the data's mean, so that it is 0 after normalisation.
 */
export const timeMask = definePixels({
  name: 'timeMask',
  summary: 'Hides random stretches of time.',
  modalities: ['audio'],
  options: maskOptions('time', 'Masked time.'),
  apply({ data, height, width }, options, random, { fill: [mean = 0] }) {
    if (!random.chance(options.probability)) return;
    for (let n = 0; n < options.count; n++) {
      const frames = maskWidth(options.size, width, random);
      const start = random.integer(width - frames + 1);
      for (let band = 0; band < height; band++)
        data.fill(mean, band * width + start, band * width + start + frames);
    }
  },
});
