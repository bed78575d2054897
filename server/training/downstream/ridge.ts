import type { Features } from '../health/features.ts';
import { measureScale, type Standardizer, standardize } from './standardize.ts';

/** A linear model of one number on standardised features. */
export interface LinearModel {
  readonly weights: Float64Array;
  readonly bias: number;
  readonly standardizer: Standardizer;
}

/**
 * Ridge regression: minimises |X w + b - y|^2 + penalty |w|^2 over w and b, with X standardised first (mean 0 per
 * dimension, one common scale) and the bias free. `penalty` has the meaning of scikit-learn's Ridge(alpha), default 1.
 * Solved exactly, in the smaller of both sizes (features or rows).
 * @param targets one number a row
 */
export function fitRidge(
  features: Features,
  targets: Float64Array,
  {
    penalty = 1,
    standardizer = measureScale(features),
  }: { penalty?: number; standardizer?: Standardizer } = {},
): LinearModel {
  const { values, count, size } = standardize(features, standardizer);
  const means = columnMeans(values, count, size);
  const bias = targets.reduce((sum, y) => sum + y, 0) / count;
  const x = Float64Array.from(values, (value, i) => value - means[i % size]!);
  const y = targets.map((value) => value - bias);
  const weights = size <= count ? primal(x, y, count, size, penalty) : dual(x, y, count, size, penalty);
  // The standardiser's means are those of all training samples, not of these rows.
  const shift = weights.reduce((sum, weight, k) => sum + weight * means[k]!, 0);
  return { weights, bias: bias - shift, standardizer };
}

/** The model's number for each row. */
export function predictNumbers(
  { weights, bias, standardizer }: LinearModel,
  features: Features,
): Float64Array {
  const { values, count, size } = standardize(features, standardizer);
  return Float64Array.from({ length: count }, (_, row) => {
    let sum = bias;
    for (let k = 0; k < size; k++) sum += weights[k]! * values[row * size + k]!;
    return sum;
  });
}

function columnMeans(values: Float32Array, count: number, size: number): Float64Array {
  const means = new Float64Array(size);
  for (let i = 0; i < values.length; i++) means[i % size]! += values[i]!;
  return means.map((sum) => sum / count);
}

/** (X'X + penalty I) w = X'y */
function primal(
  x: Float64Array,
  y: Float64Array,
  count: number,
  size: number,
  penalty: number,
): Float64Array {
  const gram = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let row = 0; row < count; row++) {
    const at = row * size;
    for (let i = 0; i < size; i++) {
      const value = x[at + i]!;
      right[i]! += value * y[row]!;
      for (let j = 0; j <= i; j++) gram[i * size + j]! += value * x[at + j]!;
    }
  }
  for (let i = 0; i < size; i++) gram[i * size + i]! += penalty;
  return solve(gram, right, size);
}

/** w = X' (X X' + penalty I)^-1 y */
function dual(x: Float64Array, y: Float64Array, count: number, size: number, penalty: number): Float64Array {
  const gram = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? penalty : 0;
      for (let k = 0; k < size; k++) sum += x[i * size + k]! * x[j * size + k]!;
      gram[i * count + j] = sum;
    }
  }
  const alpha = solve(gram, y.slice(), count);
  const weights = new Float64Array(size);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < size; k++) weights[k]! += alpha[row]! * x[row * size + k]!;
  }
  return weights;
}

/** Solves A z = b for a positive definite A, given by its lower triangle (overwritten), by Cholesky's method. */
function solve(a: Float64Array, b: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j]!;
    }
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) b[i]! -= a[i * n + k]! * b[k]!;
    b[i]! /= a[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) b[i]! -= a[k * n + i]! * b[k]!;
    b[i]! /= a[i * n + i]!;
  }
  return b;
}
