/**
 * Fixed sine-cosine positions of a sequence (Vaswani et al. 2017): [positions.length, width], row-major. The first
 * half of each row holds sines, the second half cosines, at frequencies 10000^(-2i / width).
 */
export function sinCosPositions1d(width: number, positions: readonly number[]): Float32Array {
  if (width % 2 !== 0) throw new Error(`Sine-cosine positions need an even width, found ${width}.`);
  const half = width / 2;
  const table = new Float32Array(positions.length * width);
  positions.forEach((position, row) => {
    for (let i = 0; i < half; i++) {
      const angle = position / 10000 ** (i / half);
      table[row * width + i] = Math.sin(angle);
      table[row * width + half + i] = Math.cos(angle);
    }
  });
  return table;
}

/**
 * Fixed 2-D sine-cosine positions as in MAE (He et al. 2021, https://arxiv.org/abs/2111.06377, appendix A.1): for a
 * grid of [rows, columns] tokens in reading order, [rows * columns, width]. The first half of the width encodes the
 * column, the second half the row. The width must be divisible by 4.
 *
 * `over` is the grid that the tokens cover, if that is not their own: those of a smaller or larger image lie between
 * the places of `over`, as by interpolation with half-pixel centres.
 */
export function sinCosPositions2d(
  width: number,
  grid: readonly [number, number],
  over: readonly [number, number] = grid,
): Float32Array {
  if (width % 4 !== 0)
    throw new Error(`2-D sine-cosine positions need a width divisible by 4, found ${width}.`);
  const [rows, columns] = grid;
  const half = width / 2;
  const ofRow = sinCosPositions1d(half, places(rows, over[0]));
  const ofColumn = sinCosPositions1d(half, places(columns, over[1]));
  const table = new Float32Array(rows * columns * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = (row * columns + column) * width;
      table.set(ofColumn.subarray(column * half, (column + 1) * half), start);
      table.set(ofRow.subarray(row * half, (row + 1) * half), start + half);
    }
  }
  return table;
}

/** Where the centres of `count` equal parts of a line of `length` tokens lie: 0, 1, 2 ... for its own tokens. */
function places(count: number, length: number): number[] {
  return Array.from({ length: count }, (_, i) => ((i + 0.5) * length) / count - 0.5);
}
