import type { Random } from '../random.ts';

/** Tokens of a sample that the encoder sees: at least one, and at least one is masked. */
export function visibleTokens(count: number, maskRatio: number): number {
  return Math.min(count - 1, Math.max(1, Math.round(count * (1 - maskRatio))));
}

/** Random masks of a batch as permutations of flat token numbers (sample * count + token). */
export interface Masking {
  /** int32 [batch * count]: first the visible tokens of all samples, then the masked ones of all samples. */
  readonly order: Int32Array;
  /** int32 [batch * count]: where each token stands in `order`. */
  readonly inverse: Int32Array;
  /** float32 [batch, count]: 1 masked, 0 visible. */
  readonly mask: Float32Array;
}

/** Draws a mask for each sample; exactly `visible` of `count` tokens stay visible. */
export function drawMasking(batch: number, count: number, visible: number, random: Random): Masking {
  const order = new Int32Array(batch * count);
  const inverse = new Int32Array(batch * count);
  const mask = new Float32Array(batch * count).fill(1);
  const masked = count - visible;
  for (let sample = 0; sample < batch; sample++) {
    random.permutation(count).forEach((token, rank) => {
      const flat = sample * count + token;
      const place =
        rank < visible ? sample * visible + rank : batch * visible + sample * masked + (rank - visible);
      order[place] = flat;
      inverse[flat] = place;
      if (rank < visible) mask[flat] = 0;
    });
  }
  return { order, inverse, mask };
}
