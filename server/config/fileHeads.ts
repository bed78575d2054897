import { closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { gunzipSync, constants as zlib } from 'node:zlib';
import { parquetHead } from './parquetHead.ts';

const headBytes = 64 * 1024;

/** The first bytes of a file, unpacked when gzipped. */
export function readHead(file: string): Buffer {
  const handle = openSync(file, constants.O_RDONLY);
  try {
    const head = Buffer.alloc(headBytes);
    const bytes = head.subarray(0, readSync(handle, head, 0, headBytes, 0));
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    // A cut stream is no error here: only its beginning is wanted.
    return gzipped ? unpacked(bytes) : bytes;
  } finally {
    closeSync(handle);
  }
}

/** Damaged bytes give nothing here: whoever opens the data says so. */
function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

export interface ImageHeader {
  readonly count?: number;
  /** [height, width, channels] */
  readonly shape?: readonly [number, number, number];
}

/** Count and shape from the header of an IDX, NPY or PNG file; empty for anything else. */
export function imageHeader(head: Buffer): ImageHeader {
  if (head.length >= 26 && head.toString('latin1', 1, 4) === 'PNG') return pngHeader(head);
  if (head.toString('latin1', 1, 6) === 'NUMPY') return npyHeader(head);
  if (head.length >= 16 && head[0] === 0 && head[1] === 0 && head[2] === 8) return idxHeader(head);
  return {};
}

/** https://www.w3.org/TR/png-3/#11IHDR */
function pngHeader(head: Buffer): ImageHeader {
  const colours = head[25];
  const grey = colours === 0 || colours === 4;
  return { shape: [head.readUInt32BE(20), head.readUInt32BE(16), grey ? 1 : 3] };
}

/** Magic number 0 0 8 (bytes) and the number of dimensions, then each dimension (big endian). */
function idxHeader(head: Buffer): ImageHeader {
  const dimensions = head[3] ?? 0;
  if ((dimensions !== 3 && dimensions !== 4) || head.length < 4 + 4 * dimensions) return {};
  const [count = 0, height = 0, width = 0, channels = 1] = Array.from({ length: dimensions }, (_, i) =>
    head.readUInt32BE(4 + 4 * i),
  );
  return { count, shape: [height, width, channels] };
}

/** https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
function npyHeader(head: Buffer): ImageHeader {
  const text = head.toString('latin1', 8, 512);
  const dimensions = (/'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1] ?? '')
    .split(',')
    .map((each) => Number.parseInt(each, 10))
    .filter((each) => !Number.isNaN(each));
  const [count, height, width, channels = 1] = dimensions;
  if (count === undefined) return {};
  return height === undefined || width === undefined
    ? { count }
    : { count, shape: [height, width, channels] };
}

/** Column names of a CSV, TSV, JSONL, JSON or Parquet file, and an estimate of the number of its rows (not for JSON). */
export function tableHead(file: string): { columns: string[]; count?: number } {
  if (/\.parquet$/i.test(file)) return parquetHead(file) ?? { columns: [] };
  const text = readHead(file)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  if (/^\s*\[/.test(text)) return { columns: jsonKeys(text.slice(text.indexOf('{'), text.indexOf('}') + 1)) };
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [header = '', ...rest] = lines;
  const whole = /\.gz$/i.test(file) ? undefined : statSync(file).size;
  const jsonl = /\.jsonl(\.gz)?$/i.test(file);
  const separator = header.includes('\t') ? '\t' : header.includes(';') && !header.includes(',') ? ';' : ',';
  const columns = jsonl
    ? jsonKeys(header)
    : header.split(separator).map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
  const rows = jsonl ? lines : rest;
  if (whole === undefined || rows.length === 0) return { columns };
  const complete = whole <= headBytes;
  const average = Buffer.byteLength(rows.slice(0, -1).join('\n')) / Math.max(1, rows.length - 1);
  return { columns, count: complete ? rows.length : Math.round(whole / Math.max(1, average)) };
}

function jsonKeys(line: string): string[] {
  try {
    return Object.keys(JSON.parse(line) as object);
  } catch {
    return [];
  }
}
