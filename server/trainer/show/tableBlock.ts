import type { PreviewBlock } from '../../protocol/pretextPreview.ts';
import type { OpenedTable } from '../../training/data/opened.ts';
import { changedColumns, decodeRow } from '../../training/data/tables/decode.ts';
import type { PretextRow } from '../pretextRows.ts';

/** Rows of a table, sample by sample: as it is, corrupted, restored. Marks are those of the corruption. */
export function tableBlock(
  rows: readonly PretextRow[],
  indices: Int32Array,
  { columns, width, name }: OpenedTable,
): Extract<PreviewBlock, { kind: 'table' }> {
  const cut = ({ values }: PretextRow, sample: number) =>
    values.subarray(sample * width, (sample + 1) * width);
  const original = rows[0]!;
  const corrupted = rows.find(({ title }) => title === 'corrupted');
  return {
    kind: 'table',
    columns: columns.map((column) => column.name),
    rows: [...indices].flatMap((index, sample) => {
      const changed = corrupted
        ? changedColumns(cut(original, sample), cut(corrupted, sample), columns)
        : columns.map(() => false);
      return rows.map((row) => ({
        title: row === original ? name(index) : titleOf(row),
        cells: decodeRow(cut(row, sample), columns).map((text, column) => ({
          text,
          changed: row !== original && changed[column]!,
        })),
      }));
    }),
  };
}

/** How much is corrupted is the same in every row: the summary says it once. */
function titleOf({ title, detail }: PretextRow): string {
  return title === 'restored' && detail ? `${title} ${detail}` : title;
}
