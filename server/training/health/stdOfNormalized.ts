import { type Features, normalizeRows } from './features.ts';

/**
 * Spread of the embeddings on the unit sphere: each row is scaled to length 1, the standard deviation of every
 * dimension is taken over the samples, averaged, and multiplied by sqrt(size):
 *
 *     sqrt(d) / d * sum_k std_i( z_ik / |z_i| )
 *
 * About 1 for directions spread evenly, 0 when all samples map to one point (complete collapse). It does not see
 * dimensional collapse: read it beside RankMe. From SimSiam, figure 2 (Chen & He 2021, https://arxiv.org/abs/2011.10566).
 * Needs at least 2 rows; NaN otherwise.
 */
export function stdOfNormalized(features: Features): number {
  const { values, count, size } = normalizeRows(features);
  const mean = new Float64Array(size);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < size; k++) mean[k]! += values[row * size + k]! / count;
  }
  const squares = new Float64Array(size);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < size; k++) squares[k]! += (values[row * size + k]! - mean[k]!) ** 2;
  }
  let sum = 0;
  for (let k = 0; k < size; k++) sum += Math.sqrt(squares[k]! / (count - 1));
  return sum / Math.sqrt(size);
}
