import type { TrueBox } from '../../data/boxes/boxes.ts';

/** The cells that a detector looks at: cell (row, column) stands for the middle of its share of the image. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  /** Of the image, in pixels. */
  readonly height: number;
  readonly width: number;
}

/** Height and width of a cell, in pixels. */
export function cellOf({ rows, columns, height, width }: Grid): { height: number; width: number } {
  return { height: height / rows, width: width / columns };
}

/** What the cells of a batch are to say, cell after cell, image after image. */
export interface Targets {
  /** Category; -1 where there is no object. */
  readonly categories: Int32Array;
  /** [cells, 4]: from the middle of the cell to the box's left, top, right and bottom, in cells. */
  readonly distances: Float32Array;
  /** 1 in the middle of a box, falling to 0 at its edge. */
  readonly centerness: Float32Array;
  /** 0 in a crowd and in objects that are too difficult: nothing is learnt there. Else 1. */
  readonly counted: Float32Array;
}

export function emptyTargets(images: number, { rows, columns }: Grid): Targets {
  const cells = images * rows * columns;
  return {
    categories: new Int32Array(cells).fill(-1),
    distances: new Float32Array(cells * 4),
    centerness: new Float32Array(cells),
    counted: new Float32Array(cells).fill(1),
  };
}

/** Cells so near to the middle of an object, in cells, are to find it. */
const radius = 1.5;

/**
 * Writes what the cells of one image are to say, as FCOS assigns them (Tian et al. 2019,
 * https://arxiv.org/abs/1904.01355, with its center sampling): a cell finds the object whose box it lies in, near its
 * middle; of several the smallest. An object that lies between the cells is found by the nearest.
 */
export function assignTargets(boxes: readonly TrueBox[], grid: Grid, image: number, out: Targets): void {
  const cell = cellOf(grid);
  const start = image * grid.rows * grid.columns;
  const bySize = [...boxes].sort((a, b) => b.width * b.height - a.width * a.height);
  for (const box of bySize.filter(({ flag }) => flag !== undefined))
    for (const { row, column } of cellsIn(box, grid)) out.counted[start + row * grid.columns + column] = 0;
  // The smallest is written last, over larger ones.
  for (const box of bySize.filter(({ flag }) => flag === undefined)) {
    const centre = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const left = Math.max(box.x, centre.x - radius * cell.width);
    const top = Math.max(box.y, centre.y - radius * cell.height);
    const core = { x: left, y: top, width: 2 * (centre.x - left), height: 2 * (centre.y - top) };
    const inside = cellsIn(core, grid);
    for (const { row, column } of inside.length > 0 ? inside : [nearestCell(centre, grid)]) {
      const x = (column + 0.5) * cell.width;
      const y = (row + 0.5) * cell.height;
      const at = start + row * grid.columns + column;
      // The nearest cell of a small object may lie outside of it.
      const distances = [x - box.x, y - box.y, box.x + box.width - x, box.y + box.height - y].map((d) =>
        Math.max(d, 0),
      ) as [number, number, number, number];
      out.categories[at] = box.category;
      out.counted[at] = 1;
      out.centerness[at] = inside.length > 0 ? centernessOf(distances) : 1;
      const scale = [cell.width, cell.height, cell.width, cell.height];
      out.distances.set(
        distances.map((distance, i) => distance / scale[i]!),
        at * 4,
      );
    }
  }
}

/** sqrt(min(l, r) / max(l, r) * min(t, b) / max(t, b)), equation 3 of FCOS. */
function centernessOf([left, top, right, bottom]: readonly [number, number, number, number]): number {
  const across = Math.min(left, right) / Math.max(left, right);
  const down = Math.min(top, bottom) / Math.max(top, bottom);
  return Math.sqrt(across * down);
}

interface Cell {
  readonly row: number;
  readonly column: number;
}

/** Cells whose middle lies in a box. */
function cellsIn(box: Pick<TrueBox, 'x' | 'y' | 'width' | 'height'>, grid: Grid): Cell[] {
  const cell = cellOf(grid);
  const span = (from: number, length: number, size: number, count: number): [number, number] => [
    Math.max(0, Math.ceil(from / size - 0.5)),
    Math.min(count - 1, Math.floor((from + length) / size - 0.5)),
  ];
  const [top, bottom] = span(box.y, box.height, cell.height, grid.rows);
  const [left, right] = span(box.x, box.width, cell.width, grid.columns);
  const cells: Cell[] = [];
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++) cells.push({ row, column });
  return cells;
}

function nearestCell({ x, y }: { x: number; y: number }, grid: Grid): Cell {
  const cell = cellOf(grid);
  const at = (position: number, size: number, count: number): number =>
    Math.min(count - 1, Math.max(0, Math.floor(position / size)));
  return { row: at(y, cell.height, grid.rows), column: at(x, cell.width, grid.columns) };
}
