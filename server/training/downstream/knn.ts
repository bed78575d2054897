import * as tf from '../../nn/tf.ts';
import type { Engine, Program } from '../engine/engine.ts';
import { type Features, normalizeRows } from '../health/features.ts';

export interface KnnOptions {
  /** Neighbours that vote; default 20, at most the size of the bank. */
  readonly k?: number;
  /** Weight of a vote: exp(cosine / temperature); default 0.1. */
  readonly temperature?: number;
  /** Computes the similarities of large banks; small ones are computed in place. */
  readonly engine?: Engine;
  readonly signal?: AbortSignal | undefined;
}

/** Queries compared with the whole bank at a time. */
const blockRows = 256;
/** Above this many multiplications a compiled matrix product is worth its preparation. */
const worthCompiling = 1e8;

/**
 * Weighted k-nearest-neighbour classification: each of the k most similar bank rows (cosine) votes for its label with
 * weight exp(similarity / temperature); the class with the largest sum wins (Wu et al. 2018,
 * https://arxiv.org/abs/1805.01978). Exact. Of equally similar rows the earlier counts, of equal classes the lower.
 */
export async function knnPredict(
  bank: Features,
  labels: Int32Array,
  queries: Features,
  classes: number,
  { k = 20, temperature = 0.1, engine, signal }: KnnOptions = {},
): Promise<Int32Array> {
  const rows = normalizeRows(queries);
  const neighbours = new Neighbours(Math.min(k, bank.count));
  const votes = new Float64Array(classes);
  const predicted = new Int32Array(queries.count);
  const similarity = await similarityTo(normalizeRows(bank), queries.count, engine);
  try {
    for (let start = 0; start < queries.count; start += blockRows) {
      signal?.throwIfAborted();
      const block = rows.values.subarray(start * rows.size, (start + blockRows) * rows.size);
      const similarities = await similarity.of(block);
      for (let i = 0; i < block.length / rows.size; i++) {
        neighbours.select(similarities.subarray(i * bank.count, (i + 1) * bank.count));
        votes.fill(0);
        for (let n = 0; n < neighbours.count; n++) {
          // relative to the nearest, so that a small temperature cannot overflow
          const relative = neighbours.similarities[n]! - neighbours.similarities[0]!;
          votes[labels[neighbours.rows[n]!]!]! += Math.exp(relative / temperature);
        }
        predicted[start + i] = votes.indexOf(Math.max(...votes));
      }
    }
  } finally {
    await similarity.dispose();
  }
  return predicted;
}

/** The k largest of a row, in falling order, by insertion: most entries fail the first comparison. */
class Neighbours {
  readonly rows: Int32Array;
  readonly similarities: Float64Array;
  constructor(readonly count: number) {
    this.rows = new Int32Array(count);
    this.similarities = new Float64Array(count);
  }

  select(row: Float32Array): void {
    const { rows, similarities, count } = this;
    similarities.fill(-Infinity);
    for (let candidate = 0; candidate < row.length; candidate++) {
      const value = row[candidate]!;
      let place = count - 1;
      if (!(value > similarities[place]!)) continue;
      while (place > 0 && value > similarities[place - 1]!) {
        similarities[place] = similarities[place - 1]!;
        rows[place] = rows[place - 1]!;
        place--;
      }
      similarities[place] = value;
      rows[place] = candidate;
    }
  }
}

/** Dot products of a block of queries (at most `blockRows`) with every bank row: [queries, bank]. */
interface Similarity {
  of(block: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

async function similarityTo(
  bank: Features,
  queries: number,
  engine: Engine | undefined,
): Promise<Similarity> {
  const products = bank.count * bank.size * queries;
  if (engine === undefined || engine.device === 'reference' || products < worthCompiling) {
    return { of: async (block) => dotProducts(block, bank), dispose: async () => {} };
  }
  const program: Program = await engine.program(
    (inputs) => ({
      products: tf.matMul(inputs.queries as tf.Tensor2D, inputs.bank as tf.Tensor2D, false, true),
    }),
    {
      queries: { shape: [blockRows, bank.size], dtype: 'float32' },
      bank: { shape: [bank.count, bank.size], dtype: 'float32' },
    },
  );
  await program.bind({ bank: bank.values });
  return {
    async of(block) {
      const padded = new Float32Array(blockRows * bank.size);
      padded.set(block);
      return (await program.run({ queries: padded })).products as Float32Array;
    },
    dispose: () => program.dispose(),
  };
}

/** Four queries at a time share each read of the bank. */
function dotProducts(block: Float32Array, { values, count, size }: Features): Float32Array {
  const queries = block.length / size;
  const products = new Float32Array(queries * count);
  for (let q = 0; q < queries; q += 4) {
    const last = queries - 1;
    const rows = [q, Math.min(q + 1, last), Math.min(q + 2, last), Math.min(q + 3, last)] as const;
    const [a0, a1, a2, a3] = rows.map((r) => block.subarray(r * size, (r + 1) * size)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    for (let i = 0; i < count; i++) {
      const b = values.subarray(i * size, (i + 1) * size);
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let k = 0; k < size; k++) {
        const value = b[k]!;
        s0 += value * a0[k]!;
        s1 += value * a1[k]!;
        s2 += value * a2[k]!;
        s3 += value * a3[k]!;
      }
      products[rows[0] * count + i] = s0;
      products[rows[1] * count + i] = s1;
      products[rows[2] * count + i] = s2;
      products[rows[3] * count + i] = s3;
    }
  }
  return products;
}
