import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Up to this size a file is known by its bytes, so that a copy of it is the same data. */
const contentLimit = 64 * 1024 * 1024;

/** SHA-256 of plain data, in hex. Undefined values and functions do not count. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** Identity of one file: its content when it is small, else name, size and time. */
export function fileFingerprint(file: string): string {
  const { size, mtimeMs } = statSync(file);
  if (size <= contentLimit) return createHash('sha256').update(readFileSync(file)).digest('hex');
  return hashOf([path.basename(file), size, mtimeMs]);
}
