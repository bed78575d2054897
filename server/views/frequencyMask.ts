import { maskOptions, maskWidth } from './mask.ts';
import { definePixels } from './transform.ts';

/**
 * Hides bands of frequency, as in SpecAugment (https://arxiv.org/abs/1904.08779): each is of random width and filled with
 * the data's mean, so that it is 0 after normalisation.
 */
export const frequencyMask = definePixels({
  name: 'frequencyMask',
  summary: 'Hides random bands of frequency.',
  modalities: ['audio'],
  options: maskOptions('all bands', 'Masked frequencies.'),
  apply({ data, height, width }, options, random, { fill: [mean = 0] }) {
    if (!random.chance(options.probability)) return;
    for (let n = 0; n < options.count; n++) {
      const bands = maskWidth(options.size, height, random);
      const start = random.integer(height - bands + 1);
      data.fill(mean, start * width, (start + bands) * width);
    }
  },
});
