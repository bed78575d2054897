import { DataError, didYouMean } from '../errors.ts';
import { splitCells } from './records.ts';

/** Which columns of a file hold what: names, or numbers from 1 where no column has that name. */
export interface TextColumns {
  readonly column?: string | undefined;
  readonly label?: string | undefined;
  /** Whether the first line names the columns; default true. */
  readonly header?: boolean | undefined;
}

export interface TextRecord {
  readonly text: string;
  readonly label?: string | undefined;
}

/** Reads the records of one file. */
export interface RecordReader {
  /** Whether the first record names the columns, and is no sample. */
  readonly headed: boolean;
  readonly labelled: boolean;
  readonly notes: readonly string[];
  /** A record, or why it is none. */
  read(record: string): TextRecord | string;
}

export interface RecordShape {
  readonly kind: 'lines' | 'cells' | 'objects';
  readonly format: string;
  /** The byte between cells where quoted cells may hold line breaks. */
  readonly delimiterByte?: number;
  /** @param first the first record that is not empty */
  start(first: string): RecordReader;
}

/** Columns that hold the text when none is named. */
const textNames = ['text', 'sentence', 'content', 'document', 'body', 'review'];

/** How the records of a file are read, by its name and its first line. */
export function recordReader(
  file: string,
  firstLine: string,
  columns: TextColumns,
  key: readonly string[],
): RecordShape {
  const name = file.replace(/\.gz$/i, '').toLowerCase();
  const named = columns.column !== undefined || columns.label !== undefined;
  if (/\.(jsonl|ndjson|json)$/.test(name))
    return { kind: 'objects', format: 'JSONL', start: (first) => objects(file, first, columns, key) };
  if (/\.(csv|tsv|tab)$/.test(name) || named) {
    const tabs = /\.(tsv|tab)$/.test(name) || (!name.endsWith('.csv') && firstLine.includes('\t'));
    const delimiter = tabs ? '\t' : semicolons(firstLine) ? ';' : ',';
    return {
      kind: 'cells',
      format: tabs ? 'TSV' : 'CSV',
      // Tab-separated files have no quotes around line breaks; texts in them may well begin with a quote.
      ...(!tabs && { delimiterByte: delimiter.charCodeAt(0) }),
      start: (first) => cells(file, first, delimiter, columns, key),
    };
  }
  return {
    kind: 'lines',
    format: 'lines',
    start: () => ({ headed: false, labelled: false, notes: [], read: (text) => ({ text }) }),
  };
}

function semicolons(line: string): boolean {
  return line.split(';').length > line.split(',').length;
}

function cells(
  file: string,
  first: string,
  delimiter: string,
  columns: TextColumns,
  key: readonly string[],
): RecordReader {
  const split = (record: string): string[] =>
    delimiter === '\t' ? record.split('\t').map(unquoted) : splitCells(record, delimiter);
  const row = split(first);
  const headed = columns.header !== false;
  const names = headed ? row.map((cell) => cell.trim()) : undefined;
  const find = (wanted: string, of: string): number =>
    columnAt(file, names, row.length, wanted, [...key.slice(0, 1), of]);
  const labelAt = columns.label === undefined ? undefined : find(columns.label, 'label');
  const notes: string[] = [];
  const textAt =
    columns.column !== undefined
      ? find(columns.column, 'column')
      : guessColumn(file, names ?? row.map(() => ''), labelAt, key, notes);
  const needed = Math.max(textAt, labelAt ?? 0) + 1;
  return {
    headed,
    labelled: labelAt !== undefined,
    notes,
    read(record) {
      const found = split(record);
      if (found.length < needed) return `${found.length} cells instead of ${row.length}`;
      return recordOf(found[textAt]!, labelAt === undefined ? undefined : found[labelAt]);
    },
  };
}

function unquoted(cell: string): string {
  return cell.length > 1 && cell.startsWith('"') && cell.endsWith('"')
    ? cell.slice(1, -1).replaceAll('""', '"')
    : cell;
}

function recordOf(text: string, label: string | undefined): TextRecord | string {
  if (text.trim() === '') return 'an empty text';
  const trimmed = label?.trim();
  return trimmed === undefined || trimmed === '' ? { text } : { text, label: trimmed };
}

/** The place of a column, from 0. */
function columnAt(
  file: string,
  names: readonly string[] | undefined,
  count: number,
  wanted: string,
  key: readonly string[],
): number {
  const at = names?.indexOf(wanted) ?? -1;
  if (at >= 0) return at;
  const number = /^\d+$/.test(wanted) ? Number(wanted) : undefined;
  if (number !== undefined && number >= 1 && number <= count) return number - 1;
  if (names !== undefined && number === undefined) throw noColumn(file, wanted, names, key);
  throw new DataError({
    key,
    where: file,
    found:
      number === undefined
        ? `column "${wanted}" of a file without a header`
        : `column ${wanted} of a file with ${count} columns`,
    expected: `the number of a column, from 1 to ${count}`,
    fix:
      number === undefined
        ? 'Write its number, or remove data.header: false.'
        : 'Columns are counted from 1.',
  });
}

function noColumn(file: string, wanted: string, names: readonly string[], key: readonly string[]): DataError {
  const strange = names.some((name) => name.length > 40);
  const list = names.slice(0, 12).map((name) => (name.length > 40 ? `${name.slice(0, 40)}...` : name));
  return new DataError({
    key,
    where: file,
    found: `no column "${wanted}"`,
    expected: `one of ${list.join(', ')}${names.length > 12 ? ', ...' : ''}`,
    fix:
      didYouMean(wanted, names) ||
      (strange
        ? 'Is the first line a text? Then set data.header: false and write the numbers of the columns.'
        : 'Choose one of these columns.'),
  });
}

function guessColumn(
  file: string,
  names: readonly string[],
  labelAt: number | undefined,
  key: readonly string[],
  notes: string[],
): number {
  const others = names.map((_, i) => i).filter((i) => i !== labelAt);
  const known = textNames.map((name) => names.findIndex((other) => other.toLowerCase() === name));
  const at = known.find((i) => i >= 0 && i !== labelAt) ?? (others.length === 1 ? others[0] : undefined);
  if (at === undefined)
    throw new DataError({
      key: [...key.slice(0, 1), 'column'],
      where: file,
      found: `${names.length} columns and no data.column`,
      expected: `the column that holds the text: ${names.filter((name) => name !== '').join(', ') || `1 to ${names.length}`}`,
      fix: 'Set data.column.',
    });
  if (names[at] !== '') notes.push(`the texts are those of column "${names[at]}"`);
  return at;
}

function objects(file: string, first: string, columns: TextColumns, key: readonly string[]): RecordReader {
  const start = parsed(first);
  // Of a broken first record nothing is known: it is left out like any other.
  const names = start === undefined ? textNames.slice(0, 1) : Object.keys(start);
  const notes: string[] = [];
  const require = (wanted: string, of: string): string => {
    if (start === undefined || names.includes(wanted)) return wanted;
    throw noColumn(file, wanted, names, [...key.slice(0, 1), of]);
  };
  const label = columns.label === undefined ? undefined : require(columns.label, 'label');
  const column =
    columns.column !== undefined
      ? require(columns.column, 'column')
      : (names[
          guessColumn(file, names, label === undefined ? undefined : names.indexOf(label), key, notes)
        ] ?? '');
  return {
    headed: false,
    labelled: label !== undefined,
    notes,
    read(record) {
      const object = parsed(record);
      if (object === undefined) return 'not a JSON object';
      const text = object[column];
      if (typeof text !== 'string')
        return text === undefined ? `without "${column}"` : `"${column}" is no text`;
      const name = label === undefined ? undefined : object[label];
      return recordOf(text, name === undefined || name === null ? undefined : String(name));
    },
  };
}

function parsed(record: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(record);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
