import type { Random } from '../random.ts';

/** Blocks are tried this often before single tokens fill up what is missing. */
const attempts = 10;
/** Width by height of a block: from this to its inverse. */
const leastAspect = 0.3;

/**
 * Masks of whole blocks of a grid, as in BEiT (algorithm 1 of https://arxiv.org/abs/2106.08254): rectangles of a
 * random size and shape until the share `ratio` of the tokens is hidden, at least one and never all. Exactly that
 * many are: single tokens make up what no block fits.
 * @returns [batch, rows * columns], 1 for hidden
 */
export function drawBlocks(
  batch: number,
  grid: readonly [number, number],
  ratio: number,
  random: Random,
): Float32Array {
  const count = grid[0] * grid[1];
  const masks = new Float32Array(batch * count);
  for (let sample = 0; sample < batch; sample++)
    hideBlocks(
      masks.subarray(sample * count, (sample + 1) * count),
      grid,
      hiddenTokens(count, ratio),
      random,
    );
  return masks;
}

/** Tokens that are hidden: at least one, and at least one is not. */
export function hiddenTokens(count: number, ratio: number): number {
  return Math.min(count - 1, Math.max(1, Math.round(count * ratio)));
}

function hideBlocks(
  mask: Float32Array,
  [rows, columns]: readonly [number, number],
  wanted: number,
  random: Random,
): void {
  // BEiT's smallest block has 16 of 196 patches.
  const smallest = Math.max(1, Math.round(mask.length / 12));
  let left = wanted;
  for (let attempt = 0; attempt < attempts && left > 0; attempt++) {
    const area = random.between(Math.min(smallest, left), left);
    const aspect = Math.exp(random.between(Math.log(leastAspect), -Math.log(leastAspect)));
    const height = Math.min(rows, Math.max(1, Math.round(Math.sqrt(area / aspect))));
    const width = Math.min(columns, Math.max(1, Math.round(Math.sqrt(area * aspect))));
    const top = random.integer(rows - height + 1);
    const start = random.integer(columns - width + 1);
    for (let y = top; y < top + height; y++)
      for (let x = start; x < start + width; x++) {
        const at = y * columns + x;
        if (left === 0 || mask[at] === 1) continue;
        mask[at] = 1;
        left--;
      }
  }
  for (const at of random.permutation(mask.length)) {
    if (left === 0) return;
    if (mask[at] === 1) continue;
    mask[at] = 1;
    left--;
  }
}
