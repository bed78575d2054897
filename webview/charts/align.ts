/** A line before it is drawn. `x` ascends. */
export interface Points {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Puts lines on one common x column, as uPlot wants them, with null where a line has no point. */
export function align(lines: readonly Points[]): [number[], ...(number | null)[][]] {
  const [first] = lines;
  if (!first) return [[]];
  if (lines.every(({ x }) => sameColumn(x, first.x))) return [[...first.x], ...lines.map(({ y }) => [...y])];

  const x = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b);
  const columns = lines.map((line) => {
    const column = new Array<number | null>(x.length).fill(null);
    let at = 0;
    line.x.forEach((position, index) => {
      while (x[at]! < position) at++;
      column[at] = line.y[index]!;
    });
    return column;
  });
  return [x, ...columns];
}

/** Index of the point nearest to a position; undefined without points. */
export function nearestIndex(x: readonly number[], position: number): number | undefined {
  if (x.length === 0) return undefined;
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! < position) low = middle + 1;
    else high = middle;
  }
  return low > 0 && position - x[low - 1]! <= x[low]! - position ? low - 1 : low;
}

function sameColumn(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, index) => value === b[index]));
}
