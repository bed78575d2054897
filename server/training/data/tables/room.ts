import os from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { DataError } from '../errors.ts';
import type { RawColumn } from './cells.ts';

/** Tables are held in memory as a whole. Their cells may take a third of JavaScript's heap, their encoded rows half of the machine's memory. */
export function tableRoom(): { readonly cells: number; readonly rows: number } {
  return { cells: getHeapStatistics().heap_size_limit / 3, rows: os.totalmem() / 2 };
}

/** @throws DataError before cells of `bytes` fill the memory; `rows` of the table are known */
export function requireRoom(file: string, bytes: number, rows: number, key: readonly string[]): void {
  const { cells } = tableRoom();
  if (bytes > cells) throw tooLarge(file, `in ${rows.toLocaleString('en')} rows`, bytes, cells, key);
}

/** Asked now and then while the cells are read; see {@link requireRoom}. */
export function requireRoomForCells(
  file: string,
  columns: Iterable<RawColumn>,
  rows: number,
  key: readonly string[],
): void {
  let bytes = 0;
  for (const column of columns) bytes += column.bytes;
  requireRoom(file, bytes, rows, key);
}

/** @throws DataError where the rows as numbers would not fit */
export function requireRoomForRows(count: number, width: number): void {
  const bytes = count * width * Float32Array.BYTES_PER_ELEMENT;
  const { rows } = tableRoom();
  if (bytes > rows)
    throw tooLarge(
      'the table',
      `as ${count.toLocaleString('en')} rows of ${width.toLocaleString('en')} numbers`,
      bytes,
      rows,
      ['data', 'table'],
    );
}

function tooLarge(
  where: string,
  what: string,
  bytes: number,
  most: number,
  key: readonly string[],
): DataError {
  const megabytes = (size: number) => Math.round(size / 2 ** 20).toLocaleString('en');
  return new DataError({
    key,
    where,
    found: `${megabytes(bytes)} MB ${what}`,
    expected: `a table of at most ${megabytes(most)} MB here: it is held in memory`,
    fix: 'Write a file with fewer rows or columns, or use a machine with more memory.',
  });
}
