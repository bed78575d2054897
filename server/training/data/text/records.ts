import type { Storage } from '../images/source.ts';
import { type StorageReader, storageSize } from '../storage.ts';

/** One record of a text file: its bytes, and the line that it begins on. */
export interface RecordSpan {
  readonly bytes: Uint8Array;
  /** Where it begins in the unpacked file. */
  readonly start: number;
  /** From 1. */
  readonly line: number;
  /** A quote in it is opened and not closed. */
  readonly open?: true;
}

/** Read at a time. */
const pieceBytes = 1024 * 1024;
/** No quoted cell is longer: a quote that is not closed by then never will be. */
const longestQuoted = 1024 * 1024;

/** No text is longer: of a file without line breaks one record would fill the memory. */
const longestRecord = 64 * 1024 * 1024;

/** A record that is longer than any text. */
export class LongRecordError extends Error {
  constructor(readonly line: number) {
    super(`line ${line} is longer than ${longestRecord / 2 ** 20} MB`);
  }
}

const [newline, carriage, quote] = [0x0a, 0x0d, 0x22];

/**
 * Cuts a file into lines or, where cells may be quoted, into records: a line break in a quoted cell does not end one.
 * Reads piece by piece; what it yields is valid until the next one. A byte order mark is left out.
 * @param delimiter byte between cells; undefined where quotes mean nothing
 * @throws LongRecordError
 */
export function* splitRecords(
  storage: Storage,
  reader: StorageReader,
  delimiter?: number,
): Generator<RecordSpan> {
  const size = storageSize(storage);
  let buffer = new Uint8Array(0);
  let at = 0; // where the buffer begins in the file
  let line = 1;
  let done = 0; // bytes of the buffer that were yielded
  let next = 0; // bytes of the buffer that were looked at
  let quoted = false;
  let fresh = true; // a cell begins here
  let firstBreak = -1; // line break inside the open quote
  let breaks = 0;
  const finish = (end: number, following: number, open: boolean): RecordSpan => {
    const stop = end > done && buffer[end - 1] === carriage ? end - 1 : end;
    const span = {
      bytes: buffer.subarray(done, stop),
      start: at + done,
      line,
      ...(open && { open: true as const }),
    };
    done = following;
    next = following;
    quoted = false;
    fresh = true;
    firstBreak = -1;
    return span;
  };
  const begin = size >= 3 && startsWithMark(reader) ? 3 : 0;
  at = begin;
  for (;;) {
    const last = at + buffer.length >= size;
    while (next < buffer.length) {
      const byte = buffer[next]!;
      if (quoted) {
        if (byte === quote) {
          // A doubled quote is one that belongs to the text; the last byte of a piece waits for the next one.
          if (next + 1 >= buffer.length && !last) break;
          if (buffer[next + 1] === quote) next++;
          else quoted = false;
        } else if (byte === newline) {
          if (firstBreak < 0) firstBreak = next;
          breaks++;
        }
        next++;
        if (quoted && next - done > longestQuoted && firstBreak >= 0) {
          breaks = 0;
          yield finish(firstBreak, firstBreak + 1, true);
          line++;
        }
        continue;
      }
      if (byte === newline) {
        yield finish(next, next + 1, false);
        line += 1 + breaks;
        breaks = 0;
        continue;
      }
      if (delimiter !== undefined && byte === quote && fresh) quoted = true;
      fresh = byte === delimiter;
      next++;
    }
    if (last) {
      if (quoted && firstBreak >= 0) {
        breaks = 0;
        yield finish(firstBreak, firstBreak + 1, true);
        line++;
        continue;
      }
      if (done < buffer.length) yield finish(buffer.length, buffer.length, quoted);
      return;
    }
    const rest = buffer.subarray(done);
    if (rest.length > longestRecord) throw new LongRecordError(line);
    const from = at + buffer.length;
    const more = Math.min(pieceBytes, size - from);
    const longer = new Uint8Array(rest.length + more);
    longer.set(rest);
    reader.read(longer.subarray(rest.length), from);
    at += done;
    next -= done;
    if (firstBreak >= 0) firstBreak -= done;
    done = 0;
    buffer = longer;
  }
}

function startsWithMark(reader: StorageReader): boolean {
  const head = new Uint8Array(3);
  reader.read(head, 0);
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
}

/** The cells of one record; a quoted cell may hold delimiters, line breaks and doubled quotes. */
export function splitCells(record: string, delimiter: string): string[] {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (record[at] !== '"') {
      const end = record.indexOf(delimiter, at);
      cells.push(end < 0 ? record.slice(at) : record.slice(at, end));
      if (end < 0) return cells;
      at = end + 1;
      continue;
    }
    let text = '';
    let from = at + 1;
    for (;;) {
      const end = record.indexOf('"', from);
      if (end < 0) {
        text += record.slice(from);
        from = record.length;
        break;
      }
      text += record.slice(from, end);
      from = end + 1;
      if (record[from] !== '"') break;
      text += '"';
      from++;
    }
    // Whatever stands between the closing quote and the delimiter belongs to the cell.
    const end = record.indexOf(delimiter, from);
    cells.push(text + record.slice(from, end < 0 ? undefined : end));
    if (end < 0) return cells;
    at = end + 1;
  }
}
