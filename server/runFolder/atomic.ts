import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Replaces a file so that a reader, or a crash at any moment, sees the whole old or the whole new content: a
 * temporary file beside it, fsync, rename, fsync of the folder. Leaves no temporary file behind when it throws.
 */
export function writeFileAtomic(file: string, content: string | Uint8Array): void {
  const temporary = temporaryName(file);
  try {
    const handle = openSync(temporary, 'wx');
    try {
      writeFileSync(handle, content);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw explainDisk(error, file);
  }
  syncFolder(path.dirname(file));
}

/** A name beside `file` that no other process uses. Files like this that are found later are left-overs of a crash. */
export function temporaryName(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(4).toString('hex')}.tmp`);
}

/** True for names made by `temporaryName`. */
export function isTemporary(name: string): boolean {
  return /^\..+\.[0-9a-f]{8}\.tmp$/.test(name);
}

/** Makes a rename in this folder survive a power cut. Windows cannot open folders; its renames are journalled. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } catch (error) {
    // Some network file systems refuse to sync a folder: then there is nothing more to be had.
    if (!['EINVAL', 'ENOTSUP', 'EBADF'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    closeSync(handle);
  }
}

/** A file could not be written because of the disk; the message is for people. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
}

/** The disk would take the file, but we may not write there: the user's to solve, exit code 2. */
export class PermissionError extends DiskError {}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Turns the system's word for a full or read-only disk into a sentence; other errors come back as they are. */
export function explainDisk(error: unknown, file: string): unknown {
  if (error instanceof DiskError) return error;
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new DiskError(
        `${file}: the disk is full. The last complete checkpoint is untouched; free some space, then resume.`,
        { cause: error },
      );
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new PermissionError(
        `${file}: cannot be written (${errorCode(error)}). Check the folder's permissions.`,
        { cause: error },
      );
    default:
      return error;
  }
}
