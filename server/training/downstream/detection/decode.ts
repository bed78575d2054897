import { clip, type Detection } from '../../data/boxes/boxes.ts';
import { suppress } from './nms.ts';
import { cellOf, type Grid } from './targets.ts';

/** Scores below are no detections. */
const leastScore = 0.05;
/** Boxes of one image that are compared with each other, best first. */
const mostCandidates = 1000;
/** As in FCOS. */
const suppressionOverlap = 0.6;

/**
 * What a detector found on one image: `cells` are its outputs [rows * columns, categories + 5], the logits of the
 * classes, the distances to the four sides and the logit of the centerness. The score is the geometric mean of the
 * probability and the centerness. Boxes are in pixels, cut at the image's edge, at most 100 and best first.
 */
export function decodeCells(cells: Float32Array, categories: number, grid: Grid): Detection[] {
  const cell = cellOf(grid);
  const size = categories + 5;
  const candidates: Detection[] = [];
  for (let row = 0, at = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++, at += size) {
      const x = (column + 0.5) * cell.width;
      const y = (row + 0.5) * cell.height;
      const centerness = sigmoid(cells[at + categories + 4]!);
      for (let category = 0; category < categories; category++) {
        const score = Math.sqrt(sigmoid(cells[at + category]!) * centerness);
        if (score < leastScore) continue;
        const [left = 0, top = 0, right = 0, bottom = 0] = cells.subarray(at + categories);
        const box = {
          category,
          score,
          x: x - left * cell.width,
          y: y - top * cell.height,
          width: (left + right) * cell.width,
          height: (top + bottom) * cell.height,
        };
        const inside = clip(box, grid.height, grid.width);
        if (inside !== undefined) candidates.push(inside);
      }
    }
  }
  candidates.sort((a, b) => b.score - a.score);
  return suppress(candidates.slice(0, mostCandidates), suppressionOverlap);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
