import * as z from 'zod';

/** How often a transform is applied. */
export function probability(standard: number) {
  return z.number().min(0).max(1).default(standard).describe('How often it is applied, 0..1.');
}

/** Two numbers, the smaller first, both within the limits. */
export function range(low: number, high: number) {
  const bound = z.number().min(low).max(high);
  return z.tuple([bound, bound]).refine(([a, b]) => a <= b, { error: 'expected the smaller number first' });
}
