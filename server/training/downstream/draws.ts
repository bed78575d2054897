import { randomAt } from '../../random.ts';

/**
 * Which labelled samples each draw may use: `perClass` of every class (all of a class that has fewer), or one draw of
 * everything for 'all'. Entries are positions in `labels`; unlabelled samples (-1) are never drawn.
 *
 * The draws depend on (seed, draw, class) alone, so all variants learn from the same samples (paired comparison), and
 * the 10 labels of draw 3 contain its 1 label.
 */
export function labelDraws(
  labels: Int32Array,
  perClass: number | 'all',
  draws: number,
  seed: number,
): Int32Array[] {
  const members = new Map<number, number[]>();
  labels.forEach((label, position) => {
    if (label < 0) return;
    const list = members.get(label);
    if (list === undefined) members.set(label, [position]);
    else list.push(position);
  });
  if (perClass === 'all') return [Int32Array.from([...members.values()].flat()).sort()];
  return Array.from({ length: draws }, (_, draw) => {
    const drawn: number[] = [];
    for (const label of [...members.keys()].sort((a, b) => a - b)) {
      const positions = members.get(label)!;
      const order = randomAt(seed, 'labels', draw, label).permutation(positions.length);
      for (const place of order.subarray(0, perClass)) drawn.push(positions[place]!);
    }
    return Int32Array.from(drawn).sort();
  });
}

/** Mean and standard deviation (of a sample: n - 1; 0 for a single value). */
export function meanAndStd(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, std: 0 };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (values.length - 1)) };
}
