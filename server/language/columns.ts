import { statSync } from 'node:fs';
import { tableHead } from '../config/fileHeads.ts';
import { isAddress, resolveWritten } from './paths.ts';
import { valueAt } from './valueAt.ts';

const cache = new Map<string, { readonly stamp: string; readonly columns: readonly string[] }>();

/** The columns of the config's table or texts, from the head of the file; empty where it cannot be read. */
export function columnsOf(value: unknown, file: string): readonly string[] {
  const written = valueAt(value, ['data', 'table']) ?? valueAt(value, ['data', 'text']);
  if (valueAt(value, ['data', 'header']) === false) return [];
  if (typeof written !== 'string' || written === '' || isAddress(written)) return [];
  const table = resolveWritten(written, file);
  try {
    const stat = statSync(table);
    if (!stat.isFile() || !/\.(csv|tsv|tab|jsonl?|ndjson|parquet)(\.gz)?$/i.test(table)) return [];
    const stamp = `${stat.size} ${stat.mtimeMs}`;
    const known = cache.get(table);
    if (known?.stamp === stamp) return known.columns;
    const columns = tableHead(table).columns.filter((name) => name !== '');
    cache.set(table, { stamp, columns });
    return columns;
  } catch {
    return [];
  }
}
