import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { explainDisk, syncFolder, temporaryName } from '../runFolder/atomic.ts';

/**
 * A file written piece by piece that appears under its name only when it is complete: the pieces go to a temporary
 * file beside it. Call `complete` or `discard` in the end.
 */
export class AtomicFile {
  private constructor(
    readonly file: string,
    private readonly temporary: string,
    private readonly handle: FileHandle,
  ) {}

  static async create(file: string): Promise<AtomicFile> {
    const temporary = temporaryName(file);
    try {
      return new AtomicFile(file, temporary, await open(temporary, 'wx'));
    } catch (error) {
      throw explainDisk(error, file);
    }
  }

  /** @throws DiskError when the disk is full. */
  async write(content: string | Uint8Array): Promise<void> {
    try {
      await this.handle.writeFile(content); // continues where the last one ended
    } catch (error) {
      throw explainDisk(error, this.file);
    }
  }

  async complete(): Promise<void> {
    try {
      await this.handle.sync();
      await this.handle.close();
      await rename(this.temporary, this.file);
    } catch (error) {
      await this.discard();
      throw explainDisk(error, this.file);
    }
    syncFolder(path.dirname(this.file));
  }

  /** Leaves nothing behind; a file that was there before is untouched. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => {}); // closed already
    await rm(this.temporary, { force: true });
  }
}

/** Runs `body` with new files, completes them when it returns and discards them when it throws. */
export async function writingFiles<T>(
  files: readonly string[],
  body: (...files: AtomicFile[]) => Promise<T>,
): Promise<T> {
  const opened: AtomicFile[] = [];
  try {
    for (const file of files) opened.push(await AtomicFile.create(file));
    const result = await body(...opened);
    for (const file of opened) await file.complete();
    return result;
  } catch (error) {
    for (const file of opened) await file.discard();
    throw error;
  }
}
