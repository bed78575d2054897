import * as z from 'zod';
import { probability, range } from './options.ts';
import { definePixels } from './transform.ts';

const sigmas = range(0, 50);
const full = z
  .strictObject({
    sigma: sigmas.default([0.1, 2]).describe('Standard deviation in pixels, [least, most].'),
    probability: probability(0.5),
  })
  .describe('Gaussian blur.');

/** Gaussian blur, separable, cut at three standard deviations; the edge is repeated. */
export const blur = definePixels({
  name: 'blur',
  summary: 'Blurs the image.',
  modalities: ['image'],
  options: z.union(
    [
      full,
      z.literal(true).transform(() => full.parse({})),
      z
        .number()
        .min(0)
        .max(50)
        .transform((most) => full.parse({ sigma: [Math.min(0.1, most), most] })),
      sigmas.transform((sigma) => full.parse({ sigma })),
    ],
    { error: 'expected true, the largest sigma in pixels (2), [least, most], or { sigma, probability }' },
  ),
  apply({ data, height, width, channels }, options, random, { scratch }) {
    if (!random.chance(options.probability)) return;
    const sigma = random.between(...options.sigma);
    const radius = Math.ceil(3 * sigma);
    if (sigma < 0.05) return; // weight of a neighbour below 1e-80
    const kernel = gaussian(sigma, radius);
    const row = width * channels;
    for (let y = 0; y < height; y++) blurRow(data, scratch, y * row, width, channels, kernel, radius);
    for (let y = 0; y < height; y++) {
      const o = y * row;
      data.fill(0, o, o + row);
      for (let j = -radius; j <= radius; j++) {
        const from = Math.min(Math.max(y + j, 0), height - 1) * row;
        const weight = kernel[j + radius]!;
        for (let x = 0; x < row; x++) data[o + x] = data[o + x]! + weight * scratch[from + x]!;
      }
    }
  },
});

function gaussian(sigma: number, radius: number): Float64Array {
  const kernel = new Float64Array(2 * radius + 1);
  let sum = 0;
  for (let i = -radius; i <= radius; i++) {
    const weight = Math.exp(-(i * i) / (2 * sigma * sigma));
    kernel[i + radius] = weight;
    sum += weight;
  }
  for (let i = 0; i < kernel.length; i++) kernel[i] = kernel[i]! / sum;
  return kernel;
}

/** One row of `width` pixels from `start` on; the loop in the middle needs no check of the edge. */
function blurRow(
  from: Float32Array,
  to: Float32Array,
  start: number,
  width: number,
  channels: number,
  kernel: Float64Array,
  radius: number,
): void {
  for (let x = 0; x < width; x++) {
    const inside = x >= radius && x + radius < width;
    for (let k = 0; k < channels; k++) {
      let sum = 0;
      if (inside) {
        let at = start + (x - radius) * channels + k;
        for (let j = 0; j < kernel.length; j++, at += channels) sum += kernel[j]! * from[at]!;
      } else {
        for (let j = -radius; j <= radius; j++) {
          const column = Math.min(Math.max(x + j, 0), width - 1);
          sum += kernel[j + radius]! * from[start + column * channels + k]!;
        }
      }
      to[start + x * channels + k] = sum;
    }
  }
}
