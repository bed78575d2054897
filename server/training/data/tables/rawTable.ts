import type { SkippedSample } from '../dataset.ts';
import { DataError } from '../errors.ts';
import type { RawColumn } from './cells.ts';

/** A table as it was read, before anything is decided about its columns. */
export interface RawTable {
  readonly format: 'CSV' | 'TSV' | 'JSONL' | 'JSON' | 'Parquet';
  readonly columns: readonly RawColumn[];
  /** For each row that was kept its number in the file: the first row of data is 1. */
  readonly rowNumbers: readonly number[];
  /** For each row that was kept the line it ends on, from 1; not known of a JSON array, and Parquet has none. */
  readonly lines?: readonly number[];
  readonly skipped: readonly SkippedSample[];
  readonly notes: readonly string[];
}

/** @throws DataError when two columns have one name */
export function checkHeader(file: string, names: readonly string[], key: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  const at = names.flatMap((name, i) => (name === twice ? [i + 1] : []));
  throw new DataError({
    key,
    where: file,
    found: `the column "${twice}" ${at.length} times in the header (columns ${at.join(', ')})`,
    expected: 'each column name once',
    fix: 'Rename the columns.',
  });
}
