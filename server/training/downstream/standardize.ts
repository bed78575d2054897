import type { Features } from '../health/features.ts';

/** Mean of every dimension and one scale for all of them, measured on the training split. */
export interface Standardizer {
  readonly mean: Float64Array;
  /** 1 / root mean square deviation over all dimensions; 0 when the features are constant, up to rounding. */
  readonly scale: number;
}

/**
 * Measures the mean per dimension and one common scale; labels are not needed.
 *
 * One scale, not one per dimension: the features keep their shape, so that directions in which they hardly vary
 * count as little for the probe as they do for kNN. Scaled up to unit variance, the last remains of a collapsed
 * representation would look as good as a healthy one, and noise in the border pixels of an image like its strokes.
 */
export function measureScale({ values, count, size }: Features): Standardizer {
  const mean = new Float64Array(size);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < size; k++) mean[k]! += values[row * size + k]!;
  }
  for (let k = 0; k < size; k++) mean[k]! /= Math.max(count, 1);
  let squares = 0;
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < size; k++) squares += (values[row * size + k]! - mean[k]!) ** 2;
  }
  const std = Math.sqrt(squares / Math.max(count * size, 1));
  const magnitude = mean.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  // float32 features: a spread this far below the mean is rounding, and dividing by it would make noise of it
  return { mean, scale: std > 1e-6 * magnitude && std > 1e-12 ? 1 / std : 0 };
}

/** (x - mean) * scale, row by row, as new features. */
export function standardize({ values, count, size }: Features, { mean, scale }: Standardizer): Features {
  const scaled = new Float32Array(values.length);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < size; k++) scaled[row * size + k] = (values[row * size + k]! - mean[k]!) * scale;
  }
  return { values: scaled, count, size };
}
