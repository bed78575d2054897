import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { DataError } from '../errors.ts';
import { openDeflated } from '../storage.ts';
import type { Storage } from './source.ts';

/** One member of a zip file. */
export interface ZipMember {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly header: number;
}

const stored = 0;
const deflated = 8;

/** Lists the members of a zip file by its central directory (zip64 too); no others' features are needed for NPZ. */
export function listZip(file: string): ZipMember[] {
  const size = statSync(file).size;
  const tail = readAt(file, Math.max(0, size - 66_000), Math.min(size, 66_000));
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + 22 > tail.length) throw damaged(file);
  let count = tail.readUInt16LE(end + 10);
  let length = tail.readUInt32LE(end + 12);
  let start = tail.readUInt32LE(end + 16);
  const locator = end - 20;
  if (locator >= 0 && tail.readUInt32LE(locator) === 0x07064b50) {
    const record = readAt(file, Number(tail.readBigUInt64LE(locator + 8)), 56);
    count = Number(record.readBigUInt64LE(32));
    length = Number(record.readBigUInt64LE(40));
    start = Number(record.readBigUInt64LE(48));
  }
  if (start + length > size) throw damaged(file);
  const directory = readAt(file, start, length);
  const members: ZipMember[] = [];
  for (let at = 0, i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw damaged(file);
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const [unpacked, packed, header] = wide(extra, [
      directory.readUInt32LE(at + 24),
      directory.readUInt32LE(at + 20),
      directory.readUInt32LE(at + 42),
    ]);
    members.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      packed,
      size: unpacked,
      header,
    });
    at += 46 + nameLength + extraLength + directory.readUInt16LE(at + 32);
  }
  return members;
}

/** Opens a member for random access, and says at which byte of the storage it begins. */
export async function openMember(
  file: string,
  member: ZipMember,
): Promise<{ storage: Storage; start: number }> {
  const local = readAt(file, member.header, 30);
  if (local.readUInt32LE(0) !== 0x04034b50) throw damaged(file);
  const start = member.header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (member.method === stored) return { storage: { kind: 'file', path: file }, start };
  if (member.method === deflated)
    return { storage: await openDeflated(file, start, member.packed, member.name), start: 0 };
  throw new DataError({
    key: ['data'],
    where: `${file}: ${member.name}`,
    found: `zip compression method ${member.method}`,
    expected: 'a stored or deflated member',
    fix: 'Save it again with numpy.savez or numpy.savez_compressed.',
  });
}

/** Sizes of 4 GiB and more stand in the zip64 extra field, in this order, only where the short field is full. */
function wide(extra: Buffer, short: [number, number, number]): [number, number, number] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let from = at + 4;
    const read = (value: number) => {
      if (value !== 0xffffffff) return value;
      from += 8;
      return Number(extra.readBigUInt64LE(from - 8));
    };
    return [read(short[0]), read(short[1]), read(short[2])];
  }
  return short;
}

function readAt(file: string, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const handle = openSync(file, 'r');
  try {
    if (readSync(handle, bytes, 0, length, position) < length) throw damaged(file);
    return bytes;
  } finally {
    closeSync(handle);
  }
}

function damaged(file: string): DataError {
  return new DataError({
    key: ['data'],
    where: file,
    found: 'a damaged or incomplete zip file',
    expected: 'an NPZ file',
    fix: 'Copy or download it again.',
  });
}
