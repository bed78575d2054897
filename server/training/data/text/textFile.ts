import path from 'node:path';
import type { SampleOrigin, SkippedSample } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { fileFingerprint } from '../fingerprint.ts';
import type { Storage } from '../images/source.ts';
import { firstBytes, isGzip, isZip, openStorage, readHead, StorageReader } from '../storage.ts';
import { Growing } from './growing.ts';
import { type RecordReader, recordReader, type TextColumns } from './recordReader.ts';
import { LongRecordError, splitRecords } from './records.ts';

/** Texts by number, read when they are asked for. */
export interface TextSource {
  readonly count: number;
  /** "lines", "CSV", "files". */
  readonly format: string;
  /** Class of each by name; undefined without labels. */
  readonly labels?: Labels;
  readonly skipped: readonly SkippedSample[];
  readonly notes: readonly string[];
  readonly fingerprint: unknown;
  read(index: number): string;
  name(index: number): string;
  origin(index: number): SampleOrigin | undefined;
  close(): void;
}

/** Class names and the number of each text's, -1 where it has none. */
export interface Labels {
  readonly names: readonly string[];
  readonly codes: Int32Array;
}

/**
 * Opens one file of texts, a line or record each. Nothing but their places stays in memory: 16 bytes a text, and the
 * file itself where it is at most 256 MB unpacked.
 * @throws DataError when it is empty, no text, damaged, or lacks a column.
 */
export async function openTextFile(
  file: string,
  columns: TextColumns,
  key: readonly string[],
): Promise<TextSource> {
  requireText(file, key);
  const storage = await openStorage(file);
  const reader = new StorageReader(storage);
  try {
    return scan(file, storage, reader, columns, key);
  } catch (error) {
    reader.close();
    if (!(error instanceof LongRecordError)) throw error;
    throw new DataError({
      key,
      where: file,
      found: error.message,
      expected: 'texts: one a line, or CSV, TSV or JSONL with a text each',
      fix: 'Break it into lines; of a JSON array, write one object a line.',
    });
  }
}

function scan(
  file: string,
  storage: Storage,
  reader: StorageReader,
  columns: TextColumns,
  key: readonly string[],
): TextSource {
  const starts = new Growing(Float64Array);
  const lengths = new Growing(Uint32Array);
  const lines = new Growing(Uint32Array);
  const codes = new Growing(Int32Array);
  const names = new Map<string, number>();
  const skipped: SkippedSample[] = [];
  let records: RecordReader | undefined;
  let unreadable = 0;
  let empty = 0;
  const firstLine = splitRecords(storage, reader).next().value;
  const first = firstLine === undefined ? '' : new TextDecoder().decode(firstLine.bytes);
  const shape = recordReader(file, first, columns, key);
  for (const { bytes, start, line, open } of splitRecords(storage, reader, shape.delimiterByte)) {
    const skip = (reason: string): void => void skipped.push({ name: `line ${line}`, reason });
    const text = decoded(bytes);
    if (text === undefined) {
      unreadable++;
      skip('not UTF-8');
      continue;
    }
    if (text.trim() === '') {
      empty++;
      continue;
    }
    if (records === undefined) {
      records = shape.start(text);
      if (records.headed) continue;
    }
    if (open) {
      skip('a quote (") is opened and not closed');
      continue;
    }
    const found = records.read(text);
    if (typeof found === 'string') {
      skip(found);
      continue;
    }
    starts.push(start);
    lengths.push(bytes.length);
    lines.push(line);
    codes.push(found.label === undefined ? -1 : codeOf(names, found.label));
  }
  const count = starts.length;
  if (count === 0) throw noTexts(file, key, shape.format, skipped, unreadable);
  const [place, length, lineOf] = [starts.values(), lengths.values(), lines.values()];
  const opened = records!;
  const packed = isGzip(readHead(file, 2));
  return {
    count,
    format: shape.format,
    ...(opened.labelled && { labels: { names: [...names.keys()], codes: codes.values() } }),
    skipped,
    notes: [...opened.notes, ...emptyWords(empty)],
    fingerprint: fileFingerprint(file),
    read(index) {
      const bytes = new Uint8Array(length[index]!);
      reader.read(bytes, place[index]!);
      const found = opened.read(new TextDecoder().decode(bytes));
      if (typeof found === 'string') throw new Error(`${file}: line ${lineOf[index]} changed: ${found}.`);
      return found.text;
    },
    name: (index) => `line ${lineOf[index]}`,
    origin: (index) => (packed ? undefined : { file: path.resolve(file), line: lineOf[index]! }),
    close: () => reader.close(),
  };
}

function emptyWords(count: number): string[] {
  if (count === 0) return [];
  return [
    count === 1 ? 'an empty line is left out' : `${count.toLocaleString('en')} empty lines are left out`,
  ];
}

function codeOf(names: Map<string, number>, label: string): number {
  const known = names.get(label);
  if (known !== undefined) return known;
  names.set(label, names.size);
  return names.size - 1;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined where the bytes are no UTF-8. */
export function decoded(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** @throws DataError for what can be told from the first bytes: nothing, other encodings, other kinds of files. */
export function requireText(file: string, key: readonly string[]): void {
  const head = firstBytes(file, 4096);
  const wrong = (found: string, fix: string): DataError =>
    new DataError({ key, where: file, found, expected: 'texts: lines, CSV, TSV or JSONL in UTF-8', fix });
  if (head.length === 0) throw wrong('an empty file', 'Correct the path or the file.');
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff))
    throw wrong('a text in UTF-16', 'Save it as UTF-8.');
  if (isZip(head))
    throw wrong('a zip file, such as a Word or Excel document', 'Save it as plain text or CSV.');
  if (head.includes(0) || new TextDecoder('latin1').decode(head.subarray(0, 5)) === '%PDF-')
    throw wrong('a binary file', 'Name a file that holds text.');
}

function noTexts(
  file: string,
  key: readonly string[],
  format: string,
  skipped: readonly SkippedSample[],
  unreadable: number,
): DataError {
  const first = skipped[0];
  const other = unreadable > 0 && unreadable === skipped.length;
  return new DataError({
    key,
    where: file,
    found: other
      ? 'a text that is not UTF-8'
      : first === undefined
        ? `no text (${format})`
        : `no text that can be used (${first.name}: ${first.reason})`,
    expected: 'at least one text',
    fix: other ? 'Save it as UTF-8.' : 'Correct the file.',
  });
}
