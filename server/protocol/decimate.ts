/**
 * Thins a curve to what a screen can show without losing a peak: the range of x is cut into equal buckets, and of
 * each the smallest and the largest value are kept, besides the very first and the very last point.
 *
 * Buckets are equal in x and not in number of points, so that a curve that is thinned again and again while it grows
 * stays equally fine everywhere.
 *
 * Returns ascending indices, at most `points` of them (but no fewer than the first and the last).
 * `x` ascends; `values` are finite.
 */
export function keptIndices(x: ArrayLike<number>, values: ArrayLike<number>, points: number): number[] {
  const count = Math.min(x.length, values.length);
  if (count <= Math.max(points, 2)) return Array.from({ length: count }, (_, index) => index);

  const last = count - 1;
  const buckets = Math.max(0, Math.floor((points - 2) / 2));
  const kept = [0];
  const start = x[0]!;
  const width = (x[last]! - start) / buckets;
  let index = 1;
  for (let bucket = 0; bucket < buckets && index < last; bucket++) {
    const end = bucket === buckets - 1 ? Number.POSITIVE_INFINITY : start + width * (bucket + 1);
    if (!(x[index]! <= end)) continue;
    let least = index;
    let most = index;
    for (; index < last && x[index]! <= end; index++) {
      if (values[index]! < values[least]!) least = index;
      if (values[index]! >= values[most]!) most = index;
    }
    kept.push(Math.min(least, most));
    if (least !== most) kept.push(Math.max(least, most));
  }
  kept.push(last);
  return kept;
}

/** The entries of a column at `indices`. */
export function pick(column: ArrayLike<number>, indices: readonly number[]): number[] {
  return indices.map((index) => column[index]!);
}
