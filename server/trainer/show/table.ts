import type { OpenedTable } from '../../training/data/opened.ts';
import { clampByte, definePresenter } from './presenter.ts';
import { tableBlock } from './tableBlock.ts';

export const table = definePresenter<OpenedTable>({
  block: async (rows, indices, dataset) => tableBlock(rows, indices, dataset),
  // A row becomes a strip of cells: -2.5 to 2.5 standard deviations are black to white.
  look: {
    size: ([columns = 1]) => [1, columns, 1],
    scale: ([, width]) => [20, Math.max(1, Math.ceil(160 / width))],
    byte: (value) => clampByte(value / 5 + 0.5),
  },
  thumbnails: false,
});
