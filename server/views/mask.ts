import * as z from 'zod';
import type { Random } from '../random.ts';
import { probability } from './options.ts';

const share = z.number().min(0).max(1);

/** What the masks of spectrograms take: the largest part that one hides, and how many there are. */
export function maskOptions(of: string, words: string) {
  const full = z
    .strictObject({
      size: share.default(0.2).describe(`Largest part of ${of} that a mask hides, 0..1.`),
      count: z.int().min(1).max(64).default(1).describe('Number of masks.'),
      probability: probability(1),
    })
    .describe(words);
  return z.union([full, share.transform((size) => full.parse({ size }))], {
    error: `expected the largest part of ${of} that is hidden 0..1, or { size, count, probability }`,
  });
}

/** Between nothing and the given share of a length, whole. */
export function maskWidth(size: number, length: number, random: Random): number {
  return random.integer(Math.floor(size * length) + 1);
}
