import path from 'node:path';
import type { SampleOrigin, SkippedSample } from '../dataset.ts';
import { DataError } from '../errors.ts';
import type { RawColumn } from './cells.ts';
import { encodeColumn, type TableColumn } from './encode.ts';
import type { RawTable } from './rawTable.ts';
import { requireRoomForRows } from './room.ts';

/** The rows of one file: the training table, or the test table. */
export interface Part {
  readonly table: RawTable;
  /** Rows of the raw table that are used. */
  readonly rows: Int32Array;
  readonly skipped: readonly SkippedSample[];
}

export function columnOf(table: RawTable, name: string): RawColumn {
  return table.columns.find((column) => column.name === name)!;
}

/** The number of a row in its file, for people. */
export function rowName(parts: readonly Part[], position: number): string {
  const [main, test] = parts;
  const first = main!.rows.length;
  if (position < first) return `row ${main!.table.rowNumbers[main!.rows[position]!]}`;
  return `test: row ${test!.table.rowNumbers[test!.rows[position - first]!]}`;
}

/** Where a row stands, as long as its table is text that a person can open. `files`: those of the parts. */
export function rowOrigin(
  parts: readonly Part[],
  files: readonly string[],
  position: number,
): SampleOrigin | undefined {
  const first = parts[0]!.rows.length;
  const [part, row] = position < first ? [0, position] : [1, position - first];
  const file = files[part]!;
  if (/\.gz$/i.test(file)) return undefined;
  const { table, rows } = parts[part]!;
  const line = table.lines?.[rows[row]!];
  return { file: path.resolve(file), ...(line !== undefined && { line }) };
}

/** @throws DataError when a column that is wanted is not there; `fix` is completed with the columns that are. */
export function requireColumns(
  table: RawTable,
  wanted: readonly string[],
  { fix, ...problem }: { key: readonly string[]; where: string; expected: string; fix: string },
): void {
  const names = table.columns.map(({ name }) => name);
  const absent = wanted.filter((name) => !names.includes(name));
  if (absent.length === 0) return;
  throw new DataError({
    ...problem,
    found: `a table without ${absent.map((name) => `"${name}"`).join(', ')}`,
    fix: `${fix}; its columns are ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', ...' : ''}.`,
  });
}

/** Leaves out rows that hold a text where a column is numeric by the config. */
export function selectRows(table: RawTable, numeric: readonly string[]): Part {
  const columns = numeric.map((name) => columnOf(table, name));
  const skipped = [...table.skipped];
  const rows: number[] = [];
  for (let row = 0; row < table.rowNumbers.length; row++) {
    const wrong = columns.find((column) => column.isText(row));
    if (wrong === undefined) rows.push(row);
    else
      skipped.push({
        name: `row ${table.rowNumbers[row]}`,
        reason: `"${wrong.text(row)}" in the numeric column "${wrong.name}"`,
      });
  }
  return { table, rows: Int32Array.from(rows), skipped };
}

/** All rows of all parts as numbers, [rows, width]. */
export function encodeParts(
  parts: readonly Part[],
  columns: readonly TableColumn[],
): { values: Float32Array; width: number } {
  const width = columns.reduce((sum, column) => sum + column.length, 0);
  const count = parts.reduce((sum, part) => sum + part.rows.length, 0);
  requireRoomForRows(count, width);
  const values = new Float32Array(count * width);
  let from = 0;
  for (const { table, rows } of parts) {
    for (const column of columns)
      encodeColumn(column, columnOf(table, column.name), rows, values, width, from);
    from += rows.length;
  }
  return { values, width };
}
