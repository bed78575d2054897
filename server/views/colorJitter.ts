import * as z from 'zod';
import { probability } from './options.ts';
import type { FloatImage } from './transform.ts';
import { definePixels } from './transform.ts';

const amount = z.number().min(0).max(1).default(0);
const full = z
  .strictObject({
    brightness: amount.describe('Factor drawn from 1 - b .. 1 + b.'),
    contrast: amount.describe('Distance from the mean grey, factor drawn from 1 - c .. 1 + c.'),
    saturation: amount.describe('Distance from grey, factor drawn from 1 - s .. 1 + s (colour images).'),
    hue: z
      .number()
      .min(0)
      .max(0.5)
      .default(0)
      .describe('Turn of the hue, drawn from -h .. h, 1 is a full turn (colour images).'),
    probability: probability(0.8),
  })
  .describe('Colour jitter.');

/** Rec. 601 luma. */
const luma = [0.299, 0.587, 0.114] as const;

/**
 * Colour jitter in SimCLR's proportions (Chen et al. 2020, https://arxiv.org/abs/2002.05709, appendix A). The four
 * changes apply in a fixed order as one linear map, the hue turning in the YIQ plane, and the result is cut to 0..1.
 */
export const colorJitter = definePixels({
  name: 'colorJitter',
  summary: 'Changes brightness, contrast, saturation and hue.',
  modalities: ['image'],
  options: z.union(
    [
      full,
      z
        .number()
        .min(0)
        .max(1)
        .transform((s) =>
          full.parse({ brightness: 0.8 * s, contrast: 0.8 * s, saturation: 0.8 * s, hue: 0.2 * s }),
        ),
    ],
    { error: 'expected a strength 0..1, or { brightness, contrast, saturation, hue, probability }' },
  ),
  apply(image, options, random) {
    if (!random.chance(options.probability)) return;
    const factor = (by: number) => random.between(1 - by, 1 + by);
    const brightness = factor(options.brightness);
    const contrast = factor(options.contrast);
    const saturation = factor(options.saturation);
    const turn = random.between(-options.hue, options.hue) * 2 * Math.PI;
    const gain = brightness * contrast;
    const bias = (1 - contrast) * brightness * meanGrey(image);
    if (image.channels === 3) recolour(image.data, gain, bias, saturation, turn);
    else for (let i = 0; i < image.data.length; i++) image.data[i] = clamp(image.data[i]! * gain + bias);
  },
});

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

function meanGrey({ data, channels }: FloatImage): number {
  let sum = 0;
  if (channels === 3) {
    for (let i = 0; i < data.length; i += 3)
      sum += luma[0] * data[i]! + luma[1] * data[i + 1]! + luma[2] * data[i + 2]!;
  } else for (let i = 0; i < data.length; i++) sum += data[i]!;
  return (sum * (channels === 3 ? 3 : 1)) / data.length;
}

/** YIQ chroma as a function of R - Y and B - Y; the inverse is computed, so that no turn changes nothing. */
const chroma = { iFromR: 0.735514, iFromB: -0.267962, qFromR: 0.477648, qFromB: 0.412626 } as const;
const determinant = chroma.iFromR * chroma.qFromB - chroma.iFromB * chroma.qFromR;

/** Grey keeps its brightness; the chroma is scaled by the saturation and turned by the hue. */
function recolour(data: Float32Array, gain: number, bias: number, saturation: number, turn: number): void {
  const cos = Math.cos(turn) * saturation;
  const sin = Math.sin(turn) * saturation;
  for (let i = 0; i < data.length; i += 3) {
    const y = luma[0] * data[i]! + luma[1] * data[i + 1]! + luma[2] * data[i + 2]!;
    const r = (data[i]! - y) * gain;
    const b = (data[i + 2]! - y) * gain;
    const inPhase = chroma.iFromR * r + chroma.iFromB * b;
    const quadrature = chroma.qFromR * r + chroma.qFromB * b;
    const u = inPhase * cos - quadrature * sin;
    const v = inPhase * sin + quadrature * cos;
    const red = (chroma.qFromB * u - chroma.iFromB * v) / determinant;
    const blue = (chroma.iFromR * v - chroma.qFromR * u) / determinant;
    const grey = y * gain + bias;
    data[i] = clamp(grey + red);
    data[i + 1] = clamp(grey - (luma[0] * red + luma[2] * blue) / luma[1]);
    data[i + 2] = clamp(grey + blue);
  }
}
