import type { Tokenizer } from './tokenizer.ts';

/** How long texts are, in tokens without begin and end. */
export interface TextLengths {
  /** Texts that were measured. */
  readonly seen: number;
  readonly longest: number;
  /** A length of samples that keeps 95 % of the texts whole, at most 256. */
  readonly usual: number;
  /** Share of the texts that samples of this length cut. */
  cut(length: number): number;
}

/** Texts that are looked at, spread over the training split. */
const most = 2000;
const [longestUsual, step] = [256, 8];

export function measureLengths(
  tokenizer: Tokenizer,
  text: (index: number) => string,
  train: Int32Array,
): TextLengths {
  const seen = Math.min(most, train.length);
  const counts = Uint32Array.from({ length: seen }, (_, i) => {
    const index = train[Math.floor((i * train.length) / seen)]!;
    return tokenizer.encode(text(index)).length;
  }).sort();
  const nearlyAll = counts[Math.floor(0.95 * (seen - 1))] ?? 0;
  return {
    seen,
    longest: counts.at(-1) ?? 0,
    usual: Math.max(step, Math.min(longestUsual, Math.ceil((nearlyAll + 2) / step) * step)),
    cut: (length) => counts.filter((count) => count > length - 2).length / Math.max(1, seen),
  };
}
