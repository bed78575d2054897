import { type Features, thinRows } from './features.ts';
import { symmetricEigenvalues } from './symmetricEigenvalues.ts';

/** RankMe with what is needed to read it. */
export interface EffectiveRank {
  /** Between 1 and `limit`. */
  readonly rank: number;
  /** The largest possible value: the smaller of dimension and samples used. */
  readonly limit: number;
  /** Samples used: fewer than given where the whole would take too long. */
  readonly samples: number;
}

/** Rows used at most; and no more than this many multiplications for the Gram matrix. */
const maxRows = 2000;
const maxProducts = 1e8;
const maxGram = 512;

/**
 * Effective rank of the embedding matrix (not centred): the exponential of the entropy of its normalised singular
 * values,
 *
 *     RankMe(Z) = exp( - sum_k p_k log p_k ),   p_k = sigma_k / |sigma|_1 + 1e-7
 *
 * (Garrido et al. 2023, https://arxiv.org/abs/2210.02885). The singular values are the square roots of the
 * eigenvalues of Z'Z, or of ZZ' when that is smaller. Large inputs are thinned to evenly spaced rows - at most
 * 2,000, and at most 512 for vectors longer than 512 - and `samples` says how many were used. All zeros give 1.
 */
export function rankMe(features: Features): EffectiveRank {
  const affordable = Math.max(maxGram, Math.floor((2 * maxProducts) / features.size ** 2));
  const rows = features.size > maxGram ? maxGram : Math.min(maxRows, affordable);
  const used = thinRows(features, rows);
  const limit = Math.min(used.count, used.size);
  const gram = used.count < used.size ? gramOfRows(used) : gramOfColumns(used);
  const eigenvalues = symmetricEigenvalues(gram, limit);
  const singular = eigenvalues.map((value) => Math.sqrt(Math.max(value, 0)));
  const sum = singular.reduce((total, value) => total + value, 0);
  let entropy = 0;
  if (sum > 0) {
    for (const value of singular) {
      const p = value / sum + 1e-7;
      entropy -= p * Math.log(p);
    }
  }
  return { rank: Math.min(Math.max(Math.exp(entropy), 1), limit), limit, samples: used.count };
}

/** Lower triangle of Z'Z [size, size]. Four rows at a time: the triangle is written a quarter as often. */
function gramOfColumns({ values, count, size }: Features): Float64Array {
  const gram = new Float64Array(size * size);
  const padded = new Float32Array(Math.ceil(count / 4) * 4 * size);
  padded.set(values);
  for (let row = 0; row < count; row += 4) {
    const z0 = padded.subarray(row * size, (row + 1) * size);
    const z1 = padded.subarray((row + 1) * size, (row + 2) * size);
    const z2 = padded.subarray((row + 2) * size, (row + 3) * size);
    const z3 = padded.subarray((row + 3) * size, (row + 4) * size);
    for (let i = 0; i < size; i++) {
      const a0 = z0[i]!;
      const a1 = z1[i]!;
      const a2 = z2[i]!;
      const a3 = z3[i]!;
      const out = i * size;
      for (let j = 0; j <= i; j++) gram[out + j]! += a0 * z0[j]! + a1 * z1[j]! + a2 * z2[j]! + a3 * z3[j]!;
    }
  }
  return gram;
}

/** Lower triangle of ZZ' [count, count] (and some of the rest). Four products at a time, for their independent sums. */
function gramOfRows({ values, count, size }: Features): Float64Array {
  const gram = new Float64Array(count * count);
  const row = (i: number) => values.subarray(i * size, (i + 1) * size);
  for (let j = 0; j < count; j += 4) {
    const b0 = row(j);
    const b1 = row(Math.min(j + 1, count - 1));
    const b2 = row(Math.min(j + 2, count - 1));
    const b3 = row(Math.min(j + 3, count - 1));
    for (let i = j; i < count; i++) {
      const a = row(i);
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let k = 0; k < size; k++) {
        const value = a[k]!;
        s0 += value * b0[k]!;
        s1 += value * b1[k]!;
        s2 += value * b2[k]!;
        s3 += value * b3[k]!;
      }
      gram.set([s0, s1, s2, s3].slice(0, count - j), i * count + j);
    }
  }
  return gram;
}
