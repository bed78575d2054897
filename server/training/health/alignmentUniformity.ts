import { randomAt } from '../../random.ts';
import { type Features, normalizeRows } from './features.ts';

/**
 * Mean squared distance between the normalised embeddings of two views of the same samples (alpha = 2):
 * 0 when the views agree exactly, 4 at most. Wang & Isola 2020, https://arxiv.org/abs/2005.10242.
 */
export function alignment(first: Features, second: Features): number {
  if (first.count !== second.count || first.size !== second.size) {
    throw new Error(`Views differ: ${first.count} x ${first.size} and ${second.count} x ${second.size}.`);
  }
  const a = normalizeRows(first).values;
  const b = normalizeRows(second).values;
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k]! - b[k]!) ** 2;
  return sum / first.count;
}

/**
 * Logarithm of the mean Gaussian potential (t = 2) over pairs of different samples:
 *
 *     log mean_{i < j} exp( -2 |z_i - z_j|^2 )
 *
 * 0 when all samples map to one point; about -4 (towards -2 * 2) when they spread evenly over a sphere of many
 * dimensions. All pairs up to `maxPairs`, otherwise that many pairs drawn at random by `seed`.
 * Wang & Isola 2020, https://arxiv.org/abs/2005.10242. Needs 2 rows; NaN otherwise.
 */
export function uniformity(features: Features, seed = 0, maxPairs = 100_000): number {
  const { values, count, size } = normalizeRows(features);
  const potential = (i: number, j: number): number => {
    let distance = 0;
    for (let k = 0; k < size; k++) distance += (values[i * size + k]! - values[j * size + k]!) ** 2;
    return Math.exp(-2 * distance);
  };
  const allPairs = (count * (count - 1)) / 2;
  let sum = 0;
  if (allPairs <= maxPairs) {
    for (let i = 1; i < count; i++) for (let j = 0; j < i; j++) sum += potential(i, j);
    return Math.log(sum / allPairs);
  }
  const random = randomAt(seed, 'uniformity');
  for (let pair = 0; pair < maxPairs; pair++) {
    const i = random.integer(count);
    const j = random.integer(count - 1);
    sum += potential(i, j < i ? j : j + 1);
  }
  return Math.log(sum / maxPairs);
}
