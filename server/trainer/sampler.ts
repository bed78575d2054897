import { randomAt } from '../random.ts';

/**
 * Which samples make up which batch. A pure function of (seed, step), so a resumed run needs no more than the
 * step number to continue with exactly the batches that it would have seen.
 */
export interface Sampler {
  /** Batches per epoch: whole batches only, the remainder of each epoch's order is left out. */
  readonly stepsPerEpoch: number;
  /** Dataset positions of the batch at a step (0-based), and the epoch it belongs to. */
  batch(step: number): { readonly epoch: number; readonly indices: Int32Array };
}

/** @param pool dataset positions to draw from; at least `batchSize` of them. */
export function createSampler(pool: Int32Array, batchSize: number, seed: number): Sampler {
  if (pool.length < batchSize)
    throw new Error(`A batch of ${batchSize} cannot be drawn from ${pool.length} samples.`);
  const stepsPerEpoch = Math.floor(pool.length / batchSize);
  let orderEpoch = -1;
  let order: Int32Array = new Int32Array(0);
  return {
    stepsPerEpoch,
    batch(step) {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (epoch !== orderEpoch) {
        order = randomAt(seed, 'order', epoch).permutation(pool.length);
        orderEpoch = epoch;
      }
      const start = (step % stepsPerEpoch) * batchSize;
      const indices = new Int32Array(batchSize);
      for (let i = 0; i < batchSize; i++) indices[i] = pool[order[start + i]!]!;
      return { epoch, indices };
    },
  };
}
