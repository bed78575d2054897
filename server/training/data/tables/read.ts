import { createReadStream, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import { type CsvError, parse } from 'csv-parse';
import type { SkippedSample } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { damaged, firstBytes, isGzip, isZip, memoryLimit, readHead, through } from '../storage.ts';
import { type Cell, parseCell, RawColumn } from './cells.ts';
import { LongLineError, linesOf, longestRow } from './lines.ts';
import { isParquet, readParquet } from './parquet.ts';
import { checkHeader, type RawTable } from './rawTable.ts';
import { requireRoomForCells } from './room.ts';

/** Rows between two looks at how much memory they take. */
const lookEvery = 1024;

/** Reads CSV, TSV, JSONL or a JSON array of objects (gzip too), or Parquet. Rows that do not fit are left out and named. */
export async function readTable(file: string, key: readonly string[]): Promise<RawTable> {
  const head = firstBytes(file, 4096);
  const name = path.basename(file).replace(/\.gz$/i, '');
  const extension = path.extname(name).toLowerCase();
  const start = new TextDecoder()
    .decode(head)
    .replace(/^\uFEFF/, '')
    .trimStart();
  const problem = (found: string, fix: string) =>
    new DataError({
      key,
      where: file,
      found,
      expected:
        key.at(-1) === 'labels'
          ? 'labels: an IDX or NPY file, or a table with the columns file and label'
          : 'a table: CSV, TSV, JSONL, Parquet or a JSON array of objects',
      fix,
    });
  if (head.length === 0 || start === '') throw problem('an empty file', 'Correct the path or the file.');
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff))
    throw problem('a table in UTF-16', 'Save it as UTF-8.');
  if (extension === '.parquet' && !isParquet(head))
    throw problem(
      `${head.includes(0) ? 'something else' : 'text'} in a file named .parquet`,
      'Name the file by what it holds, e.g. .csv.',
    );
  if (isZip(head)) throw problem('a zip file, such as an Excel workbook', 'Save it as CSV.');
  if (!isParquet(head) && head.includes(0))
    throw problem(
      'a binary file',
      key.at(-1) === 'labels' ? 'Name the label file.' : 'For pictures use data.images.',
    );
  const table = isParquet(head)
    ? await readParquet(file, key)
    : start.startsWith('[') && extension !== '.csv' && extension !== '.tsv'
      ? readJsonArray(file, problem, key)
      : start.startsWith('{')
        ? await readJsonLines(file, key)
        : await readDelimited(file, start, extension === '.tsv', key);
  if (table.rowNumbers.length === 0) {
    const first = table.skipped[0];
    throw problem(
      first === undefined ? emptyWords(table) : `no usable rows (${first.name}: ${first.reason})`,
      first === undefined ? 'Add rows.' : 'Correct the rows.',
    );
  }
  return table;
}

function emptyWords({ format }: RawTable): string {
  if (format === 'JSON') return 'a JSON array without objects';
  return format === 'Parquet' ? 'a Parquet file without rows' : 'a header without rows';
}

async function readDelimited(
  file: string,
  start: string,
  tabs: boolean,
  key: readonly string[],
): Promise<RawTable> {
  const delimiter = tabs ? '\t' : delimiterOf(start.split(/\r?\n/, 1)[0]!);
  const skipped: SkippedSample[] = [];
  const notes: string[] = [];
  const columns: RawColumn[] = [];
  const rowNumbers: number[] = [];
  const lines: number[] = [];
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    max_record_size: longestRow,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined) => {
      if (error === undefined) return undefined;
      if (error.code === 'CSV_MAX_RECORD_SIZE') throw longLine(file, row + 1, key);
      const reason =
        error.code === 'CSV_QUOTE_NOT_CLOSED'
          ? 'a quote (") is opened and not closed: the rows after it are lost'
          : error.message;
      skipped.push({ name: `line ${error.lines}`, reason });
      return undefined;
    },
  });
  const rows = pipeline(content(file), parser, () => {});
  let row = 0;
  try {
    for await (const { record, info } of rows as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      if (columns.length === 0) {
        const hasHeader = record.every((cell) => typeof parseCell(cell) !== 'number');
        const names = hasHeader
          ? record.map((cell, i) => cell.trim() || `column${i + 1}`)
          : record.map((_, i) => `column${i + 1}`);
        checkHeader(file, names, key);
        for (const name of names) columns.push(new RawColumn(name));
        if (hasHeader) continue;
        notes.push(`no header row: the columns are named column1 to column${record.length}`);
      }
      row++;
      if (record.length !== columns.length) {
        skipped.push({
          name: `row ${row}`,
          reason: `${record.length} cells instead of ${columns.length} (line ${info.lines})`,
        });
        continue;
      }
      for (const [i, column] of columns.entries()) column.push(parseCell(record[i]!));
      if (row % lookEvery === 0) requireRoomForCells(file, columns, row, key);
      rowNumbers.push(row);
      lines.push(info.lines);
    }
  } catch (error) {
    throw damaged(file, error);
  }
  return { format: delimiter === '\t' ? 'TSV' : 'CSV', columns, rowNumbers, lines, skipped, notes };
}

/** The delimiter that the first line has most of. */
function delimiterOf(line: string): string {
  const count = (delimiter: string) => line.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

function longLine(file: string, row: number, key: readonly string[]): DataError {
  return new DataError({
    key,
    where: file,
    found: `a row of more than ${longestRow / 2 ** 20} MB (row ${row.toLocaleString('en')})`,
    expected: 'a table whose rows end with a line break',
    fix: 'Look there for a quote (") that is opened and not closed; of JSON, write one object a line.',
  });
}

async function readJsonLines(file: string, key: readonly string[]): Promise<RawTable> {
  const objects = new ObjectRows(file, key);
  try {
    for await (const line of linesOf(content(file))) {
      objects.line++;
      if (line.trim() === '') continue;
      const row = parsed(line);
      if (row === undefined) objects.skip('not valid JSON');
      else objects.push(row.value);
    }
  } catch (error) {
    throw error instanceof LongLineError ? longLine(file, error.line, key) : damaged(file, error);
  }
  return objects.table('JSONL');
}

function parsed(line: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return undefined;
  }
}

/** A JSON array can only be parsed as a whole: it and its objects are in memory at once. */
function readJsonArray(
  file: string,
  problem: (found: string, fix: string) => DataError,
  key: readonly string[],
): RawTable {
  const tooLarge = () =>
    problem(
      `a JSON array of more than ${memoryLimit / 2 ** 20} MB`,
      'Write it as JSONL, one object a line: such a file is read line by line.',
    );
  if (statSync(file).size > memoryLimit) throw tooLarge();
  const bytes = readFileSync(file);
  let rows: unknown;
  try {
    const unpacked = isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: memoryLimit }) : bytes;
    rows = JSON.parse(unpacked.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    if (!(error instanceof SyntaxError)) throw damaged(file, error);
    throw problem(
      `JSON that cannot be parsed (${(error as Error).message})`,
      'Check the end of the file: it may be cut off.',
    );
  }
  const objects = new ObjectRows(file, key);
  for (const row of rows as unknown[]) objects.push(row);
  return objects.table('JSON');
}

/** Collects objects as rows; keys that appear later are missing in the rows before. */
class ObjectRows {
  readonly #columns = new Map<string, RawColumn>();
  readonly #rowNumbers: number[] = [];
  readonly #skipped: SkippedSample[] = [];
  #row = 0;
  readonly #lines: number[] = [];
  /** Where the reader stands, from 1; 0 where there are no lines. */
  line = 0;

  constructor(
    private readonly file: string,
    private readonly key: readonly string[],
  ) {}

  push(value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.skip('not an object');
      return;
    }
    const nested = Object.entries(value).find(([, cell]) => typeof cell === 'object' && cell !== null);
    if (nested !== undefined) {
      this.skip(`a nested value in "${nested[0]}"`);
      return;
    }
    const cells = new Map<string, Cell>();
    for (const [name, cell] of Object.entries(value)) {
      cells.set(name, typeof cell === 'number' ? cell : cell === null ? undefined : parseCell(String(cell)));
    }
    this.#row++;
    for (const name of cells.keys()) {
      if (this.#columns.has(name)) continue;
      const column = new RawColumn(name);
      for (let i = 0; i < this.#rowNumbers.length; i++) column.push(undefined);
      this.#columns.set(name, column);
    }
    for (const column of this.#columns.values()) column.push(cells.get(column.name));
    if (this.#row % lookEvery === 0)
      requireRoomForCells(this.file, this.#columns.values(), this.#row, this.key);
    this.#rowNumbers.push(this.#row);
    this.#lines.push(this.line);
  }

  skip(reason: string): void {
    this.#row++;
    this.#skipped.push({ name: `row ${this.#row}`, reason });
  }

  table(format: 'JSONL' | 'JSON'): RawTable {
    return {
      format,
      columns: [...this.#columns.values()],
      rowNumbers: this.#rowNumbers,
      ...(this.line > 0 && { lines: this.#lines }),
      skipped: this.#skipped,
      notes: [],
    };
  }
}

/** The file's text as a stream, unpacked where it is gzip. */
function content(file: string): Readable {
  const stream = createReadStream(file);
  return isGzip(readHead(file, 2)) ? through(stream, createGunzip()) : stream;
}
