import { randomAt } from '../../random.ts';
import { type Features, thinRows } from './features.ts';
import { jacobi } from './jacobi.ts';

export interface PrincipalComponents {
  /** Components found: as many as asked for, less where features or samples are fewer. */
  readonly size: number;
  /** Coordinates of each sample, row by row, [count * size]. */
  readonly values: Float64Array;
  /** Share of the variance that each component explains, 0..1, falling. */
  readonly explained: readonly number[];
}

/** Products spent on the covariance; above, it is that of evenly spaced samples, but of no fewer than `leastRows`. */
const covarianceProducts = 1e8;
const leastRows = 256;
/** Products spent on the iteration. */
const iterationProducts = 1.5e8;
/** Up to this size all eigenvectors are computed at once. */
const smallSize = 96;
/** Directions that are iterated beside the wanted ones: they make those converge sooner. */
const spare = 8;
/** A variance smaller than this, relative to the squared mean, comes from rounding. */
const roundingError = 1e-20;
/** What is left of |A v - lambda v|, relative to the largest eigenvalue: of the two that are drawn, of the others. */
const drawn = 2;
const tolerances = { drawn: 1e-8, others: 1e-3 } as const;

/**
 * The first principal components of centred features: eigenvectors of their covariance, in 64 bits; for
 * long features by subspace iteration with Rayleigh-Ritz steps (Golub & Van Loan, Matrix Computations, 4th ed., section 8.2.4). Of the two
 * directions of a component the one whose largest entry is positive is taken, so that equal features give equal
 * coordinates. Features that do not vary give coordinates of 0.
 */
export function principalComponents(features: Features, wanted: number): PrincipalComponents {
  const { count, size } = features;
  const components = Math.min(wanted, size, Math.max(0, count - 1));
  const used = thinRows(features, Math.max(leastRows, Math.floor(covarianceProducts / (size * size))));
  const mean = meanOf(used);
  const matrix = covariance(used, mean);
  let variance = 0;
  for (let i = 0; i < size; i++) variance += matrix[i * size + i]!;
  // Features that do not vary: what is left is rounding, whose directions mean nothing.
  if (variance <= roundingError * dot(mean, mean))
    return {
      size: components,
      values: new Float64Array(count * components),
      explained: new Array<number>(components).fill(0),
    };
  const found = dominant(matrix, size, components);
  return {
    size: components,
    values: project(features, mean, found.vectors),
    explained: found.eigenvalues.map((value) => Math.max(0, value) / variance),
  };
}

function meanOf({ values, count, size }: Features): Float64Array {
  const mean = new Float64Array(size);
  for (let start = 0; start < values.length; start += size)
    for (let i = 0; i < size; i++) mean[i]! += values[start + i]! / count;
  return mean;
}

/** [size, size]; four samples at a time, so that the matrix is passed over a quarter as often. */
function covariance({ values, count, size }: Features, mean: Float64Array): Float64Array {
  const matrix = new Float64Array(size * size);
  const centred = new Float64Array(4 * size);
  const [a, b, c, d] = [0, 1, 2, 3].map((k) => centred.subarray(k * size, (k + 1) * size));
  for (let first = 0; first < count; first += 4) {
    for (let k = 0; k < 4; k++)
      for (let i = 0; i < size; i++)
        centred[k * size + i] = first + k < count ? values[(first + k) * size + i]! - mean[i]! : 0;
    for (let i = 0; i < size; i++) {
      const [ai, bi, ci, di] = [a![i]!, b![i]!, c![i]!, d![i]!];
      const row = i * size;
      for (let j = 0; j <= i; j++) matrix[row + j]! += ai * a![j]! + bi * b![j]! + ci * c![j]! + di * d![j]!;
    }
  }
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      matrix[i * size + j]! /= Math.max(1, count - 1);
      matrix[j * size + i] = matrix[i * size + j]!;
    }
  return matrix;
}

interface Dominant {
  /** Of length 1, those of larger eigenvalues first. */
  readonly vectors: readonly Float64Array[];
  readonly eigenvalues: readonly number[];
}

/** The eigenvectors of the `wanted` largest eigenvalues of a positive semidefinite matrix. */
function dominant(matrix: Float64Array, size: number, wanted: number): Dominant {
  if (size <= smallSize) {
    const { vectors, eigenvalues } = jacobi(matrix, size);
    const row = (k: number) => signed(vectors.slice(k * size, (k + 1) * size));
    return {
      vectors: Array.from({ length: wanted }, (_, k) => row(k)),
      eigenvalues: [...eigenvalues.subarray(0, wanted)],
    };
  }
  const width = Math.min(size, wanted + spare);
  const random = randomAt(0, 'principalComponents');
  const start = Array.from({ length: width }, () =>
    Float64Array.from({ length: size }, () => random.normal()),
  );
  let basis = orthonormal(start);
  let eigenvalues: number[] = [];
  const iterations = Math.max(4, Math.min(60, Math.floor(iterationProducts / (width * size * size))));
  for (let iteration = 0; iteration < iterations; iteration++) {
    const images = basis.map((vector) => multiply(matrix, vector));
    const small = Float64Array.from({ length: width * width }, (_, at) =>
      dot(basis[Math.floor(at / width)]!, images[at % width]!),
    );
    const ritz = jacobi(small, width);
    eigenvalues = [...ritz.eigenvalues];
    basis = combine(ritz.vectors, basis);
    const mapped = combine(ritz.vectors, images);
    const residuals = basis
      .slice(0, wanted)
      .map((vector, i) => distance(mapped[i]!, vector, eigenvalues[i]!));
    const limit = (i: number) => (i < drawn ? tolerances.drawn : tolerances.others) * (eigenvalues[0] ?? 0);
    if (residuals.every((residual, i) => residual <= limit(i))) break;
    basis = orthonormal(mapped);
  }
  return { vectors: basis.slice(0, wanted).map(signed), eigenvalues: eigenvalues.slice(0, wanted) };
}

/** Gram-Schmidt, twice over; what depends on earlier vectors is replaced by a new direction. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const random = randomAt(1, 'principalComponents');
  const basis: Float64Array[] = [];
  for (const given of vectors) {
    let vector = given.slice();
    for (;;) {
      const before = Math.sqrt(dot(vector, vector));
      for (let pass = 0; pass < 2; pass++)
        for (const other of basis) {
          const along = dot(vector, other);
          for (let i = 0; i < vector.length; i++) vector[i]! -= along * other[i]!;
        }
      const length = Math.sqrt(dot(vector, vector));
      if (length > 1e-10 * before) {
        basis.push(vector.map((value) => value / length));
        break;
      }
      vector = Float64Array.from({ length: vector.length }, () => random.normal());
    }
  }
  return basis;
}

/** Row i of the result is the sum of the vectors, weighted by row i of `weights`. */
function combine(weights: Float64Array, vectors: readonly Float64Array[]): Float64Array[] {
  const width = vectors.length;
  return vectors.map((_, row) => {
    const sum = new Float64Array(vectors[0]!.length);
    for (const [k, vector] of vectors.entries()) {
      const weight = weights[row * width + k]!;
      for (let i = 0; i < sum.length; i++) sum[i]! += weight * vector[i]!;
    }
    return sum;
  });
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, row) => dot(matrix.subarray(row * size, (row + 1) * size), vector));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** |a - factor * b| */
function distance(a: Float64Array, b: Float64Array, factor: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - factor * b[i]!) ** 2;
  return Math.sqrt(sum);
}

/** Of the two directions the one whose largest entry is positive. */
function signed(vector: Float64Array): Float64Array {
  const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? vector.map((value) => -value) : vector;
}

function project(
  { values, count, size }: Features,
  mean: Float64Array,
  vectors: readonly Float64Array[],
): Float64Array {
  const projected = new Float64Array(count * vectors.length);
  const row = new Float64Array(size);
  for (let sample = 0; sample < count; sample++) {
    for (let i = 0; i < size; i++) row[i] = values[sample * size + i]! - mean[i]!;
    for (const [k, vector] of vectors.entries()) projected[sample * vectors.length + k] = dot(row, vector);
  }
  return projected;
}
