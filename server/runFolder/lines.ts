import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { errorCode, explainDisk } from './atomic.ts';

/**
 * An append-only file of lines. Each line reaches the system in one write before `append` returns, so a killed
 * process loses nothing that it has reported; `sync` makes it survive a power cut too.
 */
export class LineFile {
  private readonly handle: number;

  /** Opens or creates the file and cuts off a last line that a crash left unfinished. */
  constructor(readonly file: string) {
    this.handle = openSync(file, 'a+');
    cutTornLine(this.handle);
  }

  /** @throws DiskError when the disk is full; the unfinished line is cut off. */
  append(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    const size = fstatSync(this.handle).size;
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(this.handle, bytes, written);
    } catch (error) {
      try {
        ftruncateSync(this.handle, size);
      } catch {
        // What stands there is a torn line; readers leave it out.
      }
      throw explainDisk(error, this.file);
    }
  }

  sync(): void {
    try {
      fdatasyncSync(this.handle);
    } catch (error) {
      throw explainDisk(error, this.file);
    }
  }

  close(): void {
    closeSync(this.handle);
  }
}

/** The complete lines of a file; a torn last line is left out. A file that does not exist has none. */
export function readLines(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const lines = text.split('\n');
  lines.pop(); // what follows the last newline: nothing, or a torn line
  return lines;
}

function cutTornLine(handle: number): void {
  const chunk = Buffer.alloc(4096);
  let end = fstatSync(handle).size;
  const size = end;
  while (end > 0) {
    const start = Math.max(0, end - chunk.length);
    const length = readSync(handle, chunk, 0, end - start, start);
    const newline = chunk.subarray(0, length).lastIndexOf(0x0a);
    if (newline >= 0) {
      if (start + newline + 1 < size) ftruncateSync(handle, start + newline + 1);
      return;
    }
    end = start;
  }
  if (size > 0) ftruncateSync(handle, 0);
}
