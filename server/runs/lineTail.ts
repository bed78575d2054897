import { open } from 'node:fs/promises';
import { errorCode } from '../runFolder/atomic.ts';

/** Bytes that are read at once: a few milliseconds' worth of lines. */
const CHUNK = 1 << 18;

/**
 * Reads a file that grows, line by line and each line once. An unfinished last line waits for its end. A file that
 * became shorter starts again.
 */
export class LineTail {
  private offset = 0;
  private rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  private skipTo: 'start' | 'line' = 'start';

  /** @param last when given, only about this many bytes before the end are read at first. */
  constructor(
    readonly file: string,
    private readonly last?: number,
  ) {}

  /**
   * Hands over what came since the last call, in portions, and lets other work in between them.
   * @param take gets complete lines.
   * @param restart called first when the file was cut or replaced by a shorter one.
   */
  async read(take: (lines: string[]) => void, restart: () => void = () => undefined): Promise<void> {
    let handle: Awaited<ReturnType<typeof open>>;
    try {
      handle = await open(this.file, 'r');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    try {
      const { size } = await handle.stat();
      if (size < this.offset) {
        this.offset = 0;
        this.rest = Buffer.alloc(0);
        restart();
      }
      if (this.offset === 0 && this.last !== undefined && size > this.last) {
        this.offset = size - this.last;
        this.skipTo = 'line';
      }
      while (this.offset < size) {
        const chunk = Buffer.alloc(Math.min(CHUNK, size - this.offset));
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, this.offset);
        if (bytesRead === 0) break;
        this.offset += bytesRead;
        const lines = this.split(chunk.subarray(0, bytesRead));
        if (lines.length > 0) take(lines);
      }
    } finally {
      await handle.close();
    }
  }

  private split(chunk: Buffer): string[] {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const end = bytes.lastIndexOf(0x0a);
    this.rest = bytes.subarray(end + 1);
    if (end < 0) return [];
    const lines = bytes.toString('utf8', 0, end).split('\n');
    if (this.skipTo === 'line') {
      this.skipTo = 'start';
      lines.shift(); // its beginning lies before what was read
    }
    return lines;
  }
}
