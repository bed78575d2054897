import * as z from 'zod';
import { probability } from './options.ts';
import { definePixels } from './transform.ts';

const decibels = z.number().min(0).max(60);
const full = z
  .strictObject({
    decibels: decibels.default(6).describe('Largest change in dB, up or down.'),
    probability: probability(1),
  })
  .describe('Loudness.');

/** Makes the whole sound louder or softer: a log-mel spectrogram moves by a constant. */
export const gain = definePixels({
  name: 'gain',
  summary: 'Makes the sound louder or softer.',
  modalities: ['audio'],
  options: z.union([full, decibels.transform((value) => full.parse({ decibels: value }))], {
    error: 'expected the largest change in dB (6), or { decibels, probability }',
  }),
  apply({ data }, options, random) {
    if (!random.chance(options.probability)) return;
    const change = (random.between(-options.decibels, options.decibels) * Math.LN10) / 10;
    for (let i = 0; i < data.length; i++) data[i] = data[i]! + change;
  },
});
