import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Readable, Transform } from 'node:stream';
import { pipeline as pipe } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createInflateRaw, gunzipSync } from 'node:zlib';
import { DataError } from './errors.ts';
import type { Storage } from './images/source.ts';

/** Up to this size a file is held in memory; a larger one is read piece by piece. */
export const memoryLimit = 256 * 1024 * 1024;

/** Reads bytes of a storage into `out`; throws when there are fewer. */
export class StorageReader {
  readonly #storage: Storage;
  #file: number | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  read(out: Uint8Array, position: number): void {
    if (this.#storage.kind === 'memory') {
      out.set(this.#storage.bytes.subarray(position, position + out.length));
      return;
    }
    this.#file ??= openSync(this.#storage.path, 'r');
    let done = 0;
    while (done < out.length) {
      const count = readSync(this.#file, out, done, out.length - done, position + done);
      if (count === 0) throw new Error(`${this.#storage.path} became shorter while it was read`);
      done += count;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

export function storageSize(storage: Storage): number {
  return storage.kind === 'memory' ? storage.bytes.length : statSync(storage.path).size;
}

/** The first bytes of a file, fewer when it is shorter. */
export function readHead(file: string, count: number): Uint8Array {
  const handle = openSync(file, 'r');
  try {
    const head = new Uint8Array(count);
    return head.subarray(0, readSync(handle, head, 0, count, 0));
  } finally {
    closeSync(handle);
  }
}

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** Whether bytes begin a zip file, empty ones too. */
export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
}

/** The first bytes of a file's content, unpacked where it is gzip. */
export function firstBytes(file: string, count: number): Uint8Array {
  const head = readHead(file, Math.max(count, 4096));
  if (!isGzip(head)) return head.subarray(0, count);
  try {
    const content = gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, count);
    // Nothing came out although nothing was held back: the stream ends before its first block does.
    if (content.length === 0 && head.length < 4096) gunzipSync(head);
    return content;
  } catch (error) {
    throw damaged(file, error);
  }
}

/** Opens a file for random access; gzip is unpacked once, into memory or, when it is large, into a cache file. */
export async function openStorage(file: string, limit = memoryLimit): Promise<Storage> {
  if (isGzip(readHead(file, 2)))
    return unpack(file, () => through(createReadStream(file), createGunzip()), 'gzip', limit);
  if (statSync(file).size > limit) return { kind: 'file', path: file };
  return { kind: 'memory', bytes: await collect(createReadStream(file)) };
}

/** Opens a deflated member of a zip file: `length` compressed bytes from `start` on. */
export function openDeflated(file: string, start: number, length: number, name: string): Promise<Storage> {
  const open = () => through(createReadStream(file, { start, end: start + length - 1 }), createInflateRaw());
  return unpack(file, open, name, memoryLimit);
}

/** Pipes so that an error of the file reaches the reader of the unpacked bytes. */
export function through(file: Readable, unpacker: Transform): Transform {
  return pipe(file, unpacker, () => {});
}

async function unpack(file: string, open: () => Readable, part: string, limit: number): Promise<Storage> {
  try {
    const stream = open();
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) {
        stream.destroy();
        return { kind: 'file', path: await unpackToFile(file, open, part) };
      }
    }
    return { kind: 'memory', bytes: join(chunks, size) };
  } catch (error) {
    throw damaged(file, error);
  }
}

/** The message for a file that ends or breaks while it is unpacked; a DataError stays itself. */
export function damaged(file: string, error: unknown): DataError {
  if (error instanceof DataError) return error;
  return new DataError({
    key: ['data'],
    where: file,
    found: `a damaged compressed file (${(error as Error).message})`,
    expected: 'a complete one',
    fix: 'Copy or download it again.',
  });
}

/** Where a large file is kept unpacked: named by path, size and time, so that it is made once. */
async function unpackToFile(file: string, open: () => Readable, part: string): Promise<string> {
  const { size, mtimeMs } = statSync(file);
  const key = createHash('sha256')
    .update(`${path.resolve(file)}\n${part}\n${size}\n${mtimeMs}`)
    .digest('hex')
    .slice(0, 24);
  const folder = path.join(os.tmpdir(), `selfsup-unpacked-${process.getuid?.() ?? 'user'}`);
  const target = path.join(folder, key);
  if (existsSync(target)) return target;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const partial = `${target}.${process.pid}`;
  try {
    await pipeline(open(), createWriteStream(partial));
  } catch (error) {
    rmSync(partial, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new DataError({
      key: ['data'],
      where: file,
      found: `no room in ${folder} to unpack it`,
      expected: `a disk that holds more than ${memoryLimit / 2 ** 20} MB`,
      fix: 'Unpack it yourself and name the unpacked file, or free some room.',
    });
  }
  renameSync(partial, target);
  return target;
}

async function collect(stream: Readable): Promise<Uint8Array<SharedArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
  }
  return join(chunks, size);
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array<SharedArrayBuffer> {
  const bytes = new Uint8Array(new SharedArrayBuffer(size));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
