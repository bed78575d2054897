import * as z from 'zod';
import { probability } from './options.ts';
import { definePixels } from './transform.ts';

const std = z.number().min(0).max(10);
const full = z
  .strictObject({
    std: std
      .default(0.1)
      .describe(
        'Standard deviation; pixel values lie in 0..1, and for sounds it counts in standard deviations of the data.',
      ),
    probability: probability(1),
  })
  .describe('Gaussian noise.');

const bits = 12;
/**
 * Standard normal quantiles at equal probabilities, scaled to variance 1: a draw is one look-up. Philox and
 * Box-Muller for each pixel would cost more than all other transforms together.
 */
const quantiles = normalQuantiles(1 << bits);

/** Adds independent Gaussian noise to every value; the result is not cut to 0..1. */
export const noise = definePixels({
  name: 'noise',
  summary: 'Adds Gaussian noise.',
  modalities: ['image', 'audio'],
  options: z.union([full, std.transform((value) => full.parse({ std: value }))], {
    error: 'expected a standard deviation (0.1; pixel values lie in 0..1), or { std, probability }',
  }),
  apply({ data }, options, random, { unit }) {
    if (!random.chance(options.probability) || options.std === 0) return;
    let state = ((random.integer(0x1000000) << 8) ^ random.integer(0x1000000)) | 1;
    const mask = quantiles.length - 1;
    const std = options.std * unit;
    for (let i = 0; i < data.length; i++) {
      // xorshift32 (Marsaglia 2003), started by the counter-based generator.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      data[i] = data[i]! + std * quantiles[(state >>> 10) & mask]!;
    }
  },
});

/** Solves Phi(z) = p at p = (i + 1/2) / count by bisection on the error function's integral. */
function normalQuantiles(count: number): Float32Array {
  const values = new Float64Array(count);
  const step = 1e-4;
  let z = 0;
  let p = 0.5;
  for (let i = count / 2; i < count; i++) {
    const wanted = (i + 0.5) / count;
    // Midpoint rule along the density: exact to 1e-9 at this step.
    while (p < wanted) {
      p += (step * Math.exp(-((z + step / 2) ** 2) / 2)) / Math.sqrt(2 * Math.PI);
      z += step;
    }
    values[i] = z;
    values[count - 1 - i] = -z;
  }
  let square = 0;
  for (const value of values) square += value * value;
  const unit = Math.sqrt(count / square);
  return Float32Array.from(values, (value) => value * unit);
}
