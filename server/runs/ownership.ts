import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Ownership } from '../protocol/editor.ts';
import { FolderLock, LockedError, lockStatus } from '../runFolder/lock.ts';

/**
 * Of all servers that look at a folder of runs, one trains there. It holds a lock on `.selfsup`; the others read, and
 * the next one takes over when it is gone.
 */
export class TrainingRight {
  private readonly folder: string;
  private lock: FolderLock | undefined;

  constructor(root: string) {
    this.folder = path.join(root, '.selfsup');
  }

  /** Whose it is. A folder without runs is nobody's yet: this server may take it. */
  get ownership(): Ownership {
    if (this.lock !== undefined) return { owner: 'this' };
    const status = lockStatus(this.folder);
    return status?.alive ? { owner: 'other', pid: status.owner.pid } : { owner: 'this' };
  }

  get held(): boolean {
    return this.lock !== undefined;
  }

  /**
   * Takes it, if it can be had.
   * @param make also makes the folder; otherwise a workspace without runs stays untouched.
   */
  take(make: boolean): boolean {
    if (this.lock !== undefined) return true;
    if (!existsSync(this.folder)) {
      if (!make) return false;
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(path.join(this.folder, '.gitignore'), '*\n');
    }
    try {
      this.lock = FolderLock.acquire(this.folder);
      return true;
    } catch (error) {
      if (error instanceof LockedError) return false;
      throw error;
    }
  }

  release(): void {
    this.lock?.release();
    this.lock = undefined;
  }
}
