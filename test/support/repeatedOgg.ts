import { closeSync, openSync, writeSync } from 'node:fs';

/** Writes the pages of sound of a short Ogg file again and again, as one stream of about so many bytes. */
export function repeatedOgg(short: Buffer, file: string, bytes: number): void {
  const pages = pagesOf(short);
  const first = pages.findIndex((page) => page.readBigInt64LE(6) > 0n);
  const length = pages.at(-1)!.readBigInt64LE(6);
  const handle = openSync(file, 'w');
  let number = 0;
  let written = 0;
  const write = (page: Buffer, position: bigint, last: boolean): void => {
    const copy = Buffer.from(page);
    copy[5] = (copy[5]! & ~4) | (last ? 4 : 0);
    copy.writeBigInt64LE(position, 6);
    copy.writeUInt32LE(number++, 18);
    copy.writeUInt32LE(0, 22);
    copy.writeUInt32LE(checksum(copy), 22);
    written += writeSync(handle, copy);
  };
  for (const page of pages.slice(0, first)) write(page, 0n, false);
  const sound = pages.slice(first);
  for (let round = 0n; written < bytes; round++)
    for (const page of sound) {
      const last = page === sound.at(-1) && written + page.length >= bytes;
      write(page, page.readBigInt64LE(6) + round * length, last);
    }
  closeSync(handle);
}

function pagesOf(file: Buffer): Buffer[] {
  const pages: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const segments = file.subarray(at + 27, at + 27 + file[at + 26]!);
    const end = at + 27 + segments.length + segments.reduce((sum, length) => sum + length, 0);
    pages.push(file.subarray(at, end));
    at = end;
  }
  return pages;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
  return value;
});

/** The checksum of an Ogg page whose own field is zero, https://www.rfc-editor.org/rfc/rfc3533#section-6 */
function checksum(page: Buffer): number {
  let value = 0;
  for (const byte of page) value = ((value << 8) ^ table[(value >>> 24) ^ byte]!) >>> 0;
  return value;
}
