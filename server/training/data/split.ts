import { randomAt } from '../../random.ts';
import type { Split } from './dataset.ts';

/** The first `limit` of the positions 0..count-1 in the seed's order, ascending. */
export function choose(count: number, limit: number | undefined, seed: number): Int32Array {
  if (limit === undefined || limit >= count) return Int32Array.from({ length: count }, (_, i) => i);
  return randomAt(seed, 'limit').permutation(count).slice(0, limit).sort();
}

/**
 * Divides positions into training and test, the same for the same seed. With labels every class (and the unlabelled,
 * -1) gives its share to within one sample and keeps at least one for training. Both parts are ascending.
 */
export function splitSamples(
  positions: Int32Array,
  testFraction: number,
  seed: number,
  labels?: Int32Array | undefined,
): Split {
  const groups = new Map<number, number[]>();
  for (const position of positions) {
    const label = labels?.[position] ?? -1;
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [position]);
    else group.push(position);
  }
  const order = [...groups.keys()].sort((a, b) => a - b);
  const shares = order.map((label) => groups.get(label)!.length * testFraction);
  const taken = roundShares(shares, Math.round(positions.length * testFraction));
  const train: number[] = [];
  const test: number[] = [];
  for (const [i, label] of order.entries()) {
    const group = groups.get(label)!;
    const shuffled = randomAt(seed, 'split', label + 1).permutation(group.length);
    const testCount = Math.min(taken[i]!, group.length - 1);
    for (let k = 0; k < group.length; k++) (k < testCount ? test : train).push(group[shuffled[k]!]!);
  }
  return { train: Int32Array.from(train).sort(), test: Int32Array.from(test).sort() };
}

/** Whole numbers with the given total, each less than 1 from its share (largest remainder). */
function roundShares(shares: readonly number[], total: number): number[] {
  const whole = shares.map(Math.floor);
  let left = total - whole.reduce((sum, value) => sum + value, 0);
  const byRemainder = shares.map((share, i) => ({ i, rest: share - Math.floor(share) }));
  byRemainder.sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (const { i, rest } of byRemainder) {
    if (left <= 0 || rest === 0) break;
    whole[i] = whole[i]! + 1;
    left--;
  }
  return whole;
}
