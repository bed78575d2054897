import { type FileHandle, open } from 'node:fs/promises';
import { endianness } from 'node:os';

/**
 * Reads and writes safetensors files: 8 bytes with the length of the header (little-endian), the header as JSON, then
 * the tensors' bytes without gaps. https://huggingface.co/docs/safetensors/index#format
 */

const arrayTypes = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

export type Dtype = keyof typeof arrayTypes;
export type TensorArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** Types that others write and that have no array of their own here; their bytes can be read, not their values. */
const foreignSizes: Readonly<Record<string, number>> = { F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1 };

export interface TensorInfo {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Where its bytes lie, counted from the end of the header: [start, end). */
  readonly offsets: readonly [number, number];
}

export interface TensorData {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly values: TensorArray;
}

/** The header of a file as the reference implementation limits it (bytes). */
const MAX_HEADER = 100_000_000;

/** A file that is not what it should be: truncated, overlapping, or with a header that makes no sense. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

/** The bytes before the tensors. Padded with spaces so that the data starts at a multiple of 8. */
export function encodeHeader(
  tensors: ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const [name, { dtype, shape, values }] of tensors) {
    if (name === '__metadata__') throw new SafetensorsError('A tensor cannot be called __metadata__.');
    if (!(values instanceof arrayTypes[dtype]))
      throw new SafetensorsError(`${name}: the values are not ${dtype}.`);
    if (product(shape) !== values.length) {
      throw new SafetensorsError(`${name}: shape [${shape}] does not hold ${values.length} values.`);
    }
    header[name] = { dtype, shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length), 0);
  json.copy(bytes, 8);
  return bytes;
}

/** The pieces of a file in order; write them one after the other. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  if (endianness() !== 'LE') throw new SafetensorsError('safetensors files need a little-endian machine.');
  return [encodeHeader(tensors, metadata), ...[...tensors.values()].map(({ values }) => bytesOf(values))];
}

export function bytesOf(values: TensorArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** An open file: the header is known and checked, tensors are read when asked for. */
export class SafetensorsFile {
  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    private readonly dataStart: number,
    readonly metadata: Readonly<Record<string, string>>,
    readonly tensors: ReadonlyMap<string, TensorInfo>,
  ) {}

  /** @throws SafetensorsError when the file is malformed; the message names the file. */
  static async open(file: string): Promise<SafetensorsFile> {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const start = await readExactly(handle, file, 0, 8, size);
      const length = Number(Buffer.from(start.buffer).readBigUInt64LE(0));
      if (length > MAX_HEADER)
        throw new SafetensorsError(`${file}: the header claims ${length} bytes; no safetensors file.`);
      const json = await readExactly(handle, file, 8, length, size);
      const { metadata, tensors } = decodeHeader(file, json, size - 8 - length);
      return new SafetensorsFile(file, handle, 8 + length, metadata, tensors);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The raw bytes of a tensor. */
  async bytes(name: string): Promise<Uint8Array> {
    const info = this.tensors.get(name);
    if (info === undefined) throw new SafetensorsError(`${this.file}: there is no tensor ${name}.`);
    const [start, end] = info.offsets;
    return readExactly(this.handle, this.file, this.dataStart + start, end - start, Number.POSITIVE_INFINITY);
  }

  /** @throws SafetensorsError when its type has no array in JavaScript (F16, BF16). */
  async read(name: string): Promise<TensorData> {
    const bytes = await this.bytes(name);
    const { dtype, shape } = this.tensors.get(name)!;
    if (!isDtype(dtype)) {
      throw new SafetensorsError(
        `${this.file}: ${name} is ${dtype}; expected one of ${Object.keys(arrayTypes).join(', ')}.`,
      );
    }
    const ArrayType = arrayTypes[dtype];
    return { dtype, shape, values: new ArrayType(bytes.buffer as ArrayBuffer) };
  }

  /** A float32 tensor's values. */
  async floats(name: string): Promise<Float32Array> {
    const { dtype, values } = await this.read(name);
    if (!(values instanceof Float32Array))
      throw new SafetensorsError(`${this.file}: ${name} is ${dtype}; expected F32.`);
    return values;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** Reads exactly `length` bytes into a buffer of their own, aligned for every array type. */
async function readExactly(
  handle: FileHandle,
  file: string,
  position: number,
  length: number,
  size: number,
): Promise<Uint8Array> {
  const truncated = () => new SafetensorsError(`${file}: the file is truncated.`);
  if (position + length > size) throw truncated();
  const bytes = new Uint8Array(new ArrayBuffer(length));
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw truncated();
    done += bytesRead;
  }
  return bytes;
}

function decodeHeader(file: string, json: Uint8Array, dataLength: number) {
  const fail = (why: string) => new SafetensorsError(`${file}: ${why}.`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    throw fail('the header is no JSON; no safetensors file');
  }
  if (!isRecord(header)) throw fail('the header is no JSON object');
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw fail('__metadata__ must hold texts only');
  }
  const tensors = new Map<string, TensorInfo>();
  for (const [name, entry] of Object.entries(entries)) {
    const info = decodeEntry(entry);
    if (typeof info === 'string') throw fail(`tensor ${name}: ${info}`);
    tensors.set(name, info);
  }
  let end = 0;
  for (const [name, { offsets }] of [...tensors].sort(
    ([, a], [, b]) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1],
  )) {
    if (offsets[0] < end) throw fail(`tensor ${name} overlaps another one`);
    if (offsets[0] > end) throw fail(`${offsets[0] - end} bytes before tensor ${name} belong to no tensor`);
    end = offsets[1];
  }
  if (end > dataLength)
    throw fail(`the file is truncated: ${end} bytes of tensors expected, ${dataLength} found`);
  if (end < dataLength) throw fail(`${dataLength - end} bytes after the last tensor belong to no tensor`);
  return { metadata: metadata as Record<string, string>, tensors };
}

/** The entry, or what is wrong with it. */
function decodeEntry(entry: unknown): TensorInfo | string {
  if (!isRecord(entry)) return 'no object';
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') return 'its dtype is missing';
  const size = isDtype(dtype) ? arrayTypes[dtype].BYTES_PER_ELEMENT : foreignSizes[dtype];
  if (size === undefined) return `dtype ${dtype} is unknown`;
  if (!isCounts(shape)) return 'its shape must be a list of counts';
  if (!isCounts(offsets) || offsets.length !== 2) return 'its data_offsets must be two counts';
  const [start, end] = offsets as [number, number];
  if (end - start !== product(shape) * size) {
    return `shape [${shape}] of ${dtype} takes ${product(shape) * size} bytes, its offsets give ${end - start}`;
  }
  return { dtype, shape, offsets: [start, end] };
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const isDtype = (text: string): text is Dtype => Object.hasOwn(arrayTypes, text);
const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
