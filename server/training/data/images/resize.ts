import type { PixelImage, Pixels } from '../../../views/affine.ts';
import type { ImageShape } from './source.ts';

/** Converts between grey and colour: grey is repeated, colour becomes Rec. 601 luma. Returns the image if it fits. */
export function withChannels(image: PixelImage, channels: number): PixelImage {
  if (image.channels === channels) return image;
  const { height, width, data } = image;
  const count = height * width;
  const out = like(data, count * channels);
  const step = image.channels;
  if (channels === 1 && step >= 3) {
    for (let i = 0; i < count; i++) {
      const at = i * step;
      const value = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
      out[i] = out instanceof Uint8Array ? Math.round(value) : value;
    }
  } else {
    for (let i = 0; i < count; i++)
      for (let k = 0; k < channels; k++) out[i * channels + k] = data[i * step + Math.min(k, step - 1)]!;
  }
  return { height, width, channels, data: out };
}

/**
 * Scales an image until it covers height x width, keeping its proportions, and cuts the middle out. Triangle filter,
 * widened when the image shrinks (the "bilinear with antialiasing" of other tools).
 */
export function resizeCover(image: PixelImage, [height, width, channels]: ImageShape): Pixels {
  const source = withChannels(image, channels);
  if (source.height === height && source.width === width) return source.data;
  const scale = Math.max(height / source.height, width / source.width);
  const columns = taps(source.width, width, scale);
  const rows = taps(source.height, height, scale);
  const narrow = new Float32Array(source.height * width * channels);
  for (let y = 0; y < source.height; y++) {
    for (let x = 0; x < width; x++) {
      const { start, weights } = columns[x]!;
      for (let k = 0; k < channels; k++) {
        let sum = 0;
        for (let j = 0; j < weights.length; j++)
          sum += weights[j]! * source.data[(y * source.width + start + j) * channels + k]!;
        narrow[(y * width + x) * channels + k] = sum;
      }
    }
  }
  const out = like(source.data, height * width * channels);
  const row = width * channels;
  for (let y = 0; y < height; y++) {
    const { start, weights } = rows[y]!;
    for (let x = 0; x < row; x++) {
      let sum = 0;
      for (let j = 0; j < weights.length; j++) sum += weights[j]! * narrow[(start + j) * row + x]!;
      out[y * row + x] = out instanceof Uint8Array ? Math.round(sum) : sum;
    }
  }
  return out;
}

interface Taps {
  readonly start: number;
  readonly weights: Float64Array;
}

/** For each of `count` output pixels: which input pixels along an axis it is made from. */
function taps(size: number, count: number, scale: number): Taps[] {
  const support = Math.max(1, 1 / scale);
  const cut = (size * scale - count) / 2;
  return Array.from({ length: count }, (_, i) => {
    const centre = (i + 0.5 + cut) / scale - 0.5;
    const start = Math.max(0, Math.ceil(centre - support));
    const end = Math.min(size - 1, Math.floor(centre + support));
    const weights = new Float64Array(Math.max(1, end - start + 1));
    let sum = 0;
    for (let j = 0; j < weights.length; j++) {
      weights[j] = Math.max(0, 1 - Math.abs(start + j - centre) / support);
      sum += weights[j]!;
    }
    for (let j = 0; j < weights.length; j++) weights[j] = sum === 0 ? 1 / weights.length : weights[j]! / sum;
    return { start: Math.min(start, size - 1), weights };
  });
}

function like(data: Pixels, length: number): Pixels {
  return data instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
}
