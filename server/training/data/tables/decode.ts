import { missingCategory, type TableColumn } from './encode.ts';

/** An encoded row as a person would have written it: original columns, units and categories. */
export function decodeRow(row: Float32Array, columns: readonly TableColumn[]): string[] {
  return columns.map((column) => decodeCell(row, column));
}

function decodeCell(row: Float32Array, column: TableColumn): string {
  const { kind, start, length, mean, std, indicator, categories } = column;
  if (kind === 'numeric') {
    if (indicator && row[start + 1]! > 0.5) return missingCategory;
    return numberText(row[start]! * std + mean, Math.max(Math.abs(mean), Math.abs(std)));
  }
  let best = 0;
  for (let i = 1; i < length; i++) if (row[start + i]! > row[start + best]!) best = i;
  // All equal: a group that was dropped as a whole.
  const none = row.subarray(start, start + length).every((value) => value === row[start]);
  return none && length > 1 ? '(none)' : categories[best]!;
}

/** Six digits, and nothing below what 32 bits can tell apart in a column of this size: 0, not 2.4e-8. */
function numberText(value: number, size: number): string {
  const unit = 10 ** Math.floor(Math.log10(size * 1e-6));
  return String(+(Math.round(value / unit) * unit).toPrecision(6));
}

/** Which columns differ between two encoded rows. */
export function changedColumns(
  before: Float32Array,
  after: Float32Array,
  columns: readonly TableColumn[],
): boolean[] {
  return columns.map(({ start, length }) => {
    for (let i = start; i < start + length; i++) if (before[i] !== after[i]) return true;
    return false;
  });
}
