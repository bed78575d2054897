import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { SkippedSample } from '../dataset.ts';
import { reasonOf } from '../errors.ts';
import { walk } from '../walk.ts';

const readable = new Set(['.png', '.jpg', '.jpeg', '.webp', '.tif', '.tiff', '.gif', '.avif']);
const unreadable = new Set(['.bmp', '.ppm', '.pgm', '.heic', '.heif', '.ico', '.psd', '.tga']);

export interface PictureFile {
  /** Relative to the folder, with forward slashes. */
  readonly name: string;
  readonly size: number;
  readonly modified: number;
}

/**
 * Finds the pictures below a folder, sorted by name. Each is looked at just enough (first and last bytes) to leave
 * out what can be seen to be broken: empty files, other content, PNG without an end.
 */
export function findPictures(folder: string): { files: PictureFile[]; skipped: SkippedSample[] } {
  const files: PictureFile[] = [];
  const skipped: SkippedSample[] = [];
  for (const name of walk(folder, ['data', 'images'])) {
    const extension = path.posix.extname(name).toLowerCase();
    if (unreadable.has(extension))
      skipped.push({ name, reason: `${extension.slice(1).toUpperCase()} cannot be read; convert it to PNG` });
    if (!readable.has(extension)) continue;
    try {
      const file = examine(folder, name);
      if (typeof file === 'string') skipped.push({ name, reason: file });
      else files.push(file);
    } catch (error) {
      skipped.push({ name, reason: reasonOf(error) });
    }
  }
  return { files, skipped };
}

const pngEnd = Buffer.from('IEND');

function examine(folder: string, name: string): PictureFile | string {
  const handle = openSync(path.join(folder, ...name.split('/')), 'r');
  try {
    const { size, mtimeMs } = fstatSync(handle);
    if (size === 0) return 'empty file';
    const head = Buffer.alloc(16);
    readSync(handle, head, 0, 16, 0);
    const kind = kindOf(head);
    if (kind === undefined) return 'not a picture (unknown first bytes)';
    if (kind === 'png') {
      const tail = Buffer.alloc(Math.min(size, 64)); // some writers pad the end
      readSync(handle, tail, 0, tail.length, size - tail.length);
      if (!tail.includes(pngEnd)) return 'cut off: a PNG without an end';
    }
    return { name, size, modified: mtimeMs };
  } finally {
    closeSync(handle);
  }
}

/** The format by its first bytes, whatever the extension says: sharp goes by content too. */
function kindOf(head: Buffer): string | undefined {
  const text = head.toString('latin1');
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('GIF8')) return 'gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (
    text.startsWith('II*\0') ||
    text.startsWith('MM\0*') ||
    text.startsWith('II+\0') ||
    text.startsWith('MM\0+')
  )
    return 'tiff';
  if (text.slice(4, 8) === 'ftyp') return 'avif';
  return undefined;
}
