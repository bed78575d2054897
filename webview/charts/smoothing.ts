/**
 * Exponential moving average without the pull towards zero at its start ("debiased"). What has passed is forgotten
 * over a distance on the x axis and not over a number of points, so that a thinned curve is smoothed like a whole one.
 *
 * `amount` 0 leaves the curve as it is; towards 1 the average reaches over more and more of `span`, the length of the
 * axis. A quarter of the axis is the most.
 */
export function smooth(
  x: readonly number[],
  values: readonly number[],
  amount: number,
  span = (x.at(-1) ?? 0) - (x[0] ?? 0),
): number[] {
  if (amount <= 0 || span <= 0) return [...values];
  const reach = (span / 4) * amount ** 3;
  let sum = 0;
  let weight = 0;
  return values.map((value, index) => {
    const kept = index === 0 ? 0 : Math.exp(-(x[index]! - x[index - 1]!) / reach);
    sum = sum * kept + value;
    weight = weight * kept + 1;
    return sum / weight;
  });
}
