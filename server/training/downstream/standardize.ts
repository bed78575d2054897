import type { Features } from '../health/features.ts';

/** Mean and scale of every dimension, measured on the training split. */
export interface Standardizer {
  readonly mean: Float64Array;
  /** 1 / standard deviation; 0 for a dimension that is constant, up to rounding. */
  readonly scale: Float64Array;
}

/** Measures mean and (population) standard deviation per dimension; labels are not needed. */
export function measureScale({ values, count, size }: Features): Standardizer {
  const mean = new Float64Array(size);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < size; k++) mean[k]! += values[row * size + k]!;
  }
  for (let k = 0; k < size; k++) mean[k]! /= Math.max(count, 1);
  const variance = new Float64Array(size);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < size; k++) variance[k]! += (values[row * size + k]! - mean[k]!) ** 2;
  }
  const scale = variance.map((sum, k) => {
    const std = Math.sqrt(sum / Math.max(count, 1));
    // float32 features: a spread this far below the mean is rounding, and dividing by it would make noise of it
    return std > 1e-5 * Math.abs(mean[k]!) && std > 1e-12 ? 1 / std : 0;
  });
  return { mean, scale };
}

/** (x - mean) * scale, row by row, as new features. */
export function standardize({ values, count, size }: Features, { mean, scale }: Standardizer): Features {
  const scaled = new Float32Array(values.length);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < size; k++) scaled[row * size + k] = (values[row * size + k]! - mean[k]!) * scale[k]!;
  }
  return { values: scaled, count, size };
}
