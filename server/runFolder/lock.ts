import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { errorCode, explainDisk, temporaryName } from './atomic.ts';
import { isAlive, type ProcessIdentity, thisProcess } from './processIdentity.ts';

/** Who writes to a run folder. */
export interface LockOwner extends ProcessIdentity {
  readonly host: string;
}

export interface LockStatus {
  readonly owner: LockOwner;
  /** False when the owner is gone without releasing: the run is dead. */
  readonly alive: boolean;
  /** Milliseconds since the owner's last sign of life. */
  readonly silentFor: number;
}

/** How often an owner shows that it lives (ms). */
const HEARTBEAT = 5000;
/** A lock of another machine counts as abandoned after this silence (ms): its processes cannot be seen from here. */
const REMOTE_SILENCE = 12 * HEARTBEAT;

export class LockedError extends Error {
  override readonly name = 'LockedError';
  /** The user's to solve: exit code 2, no stack. */
  readonly kind = 'input';
  constructor(folder: string, owner: LockOwner) {
    super(`${folder} is being written by process ${owner.pid} on ${owner.host}. Stop that run first.`);
  }
}

/** One writer of a folder, many readers. Held until `release` or the end of the process. */
export class FolderLock {
  private readonly heartbeat: NodeJS.Timeout;

  private constructor(private readonly file: string) {
    this.heartbeat = setInterval(() => {
      const now = new Date();
      try {
        utimesSync(file, now, now);
      } catch {
        // The folder was deleted under us; the next write will say so.
      }
    }, HEARTBEAT);
    this.heartbeat.unref();
  }

  /**
   * Takes the lock; one left by a process that is gone is taken over.
   * @throws LockedError while another process holds it.
   */
  static acquire(folder: string): FolderLock {
    const file = lockFile(folder);
    for (;;) {
      const status = lockStatus(folder);
      if (status?.alive) throw new LockedError(folder, status.owner);
      if (status !== undefined) removeStale(file, status.owner);
      if (createExclusively(file)) return new FolderLock(file);
    }
  }

  release(): void {
    clearInterval(this.heartbeat);
    rmSync(this.file, { force: true });
  }
}

/** The folder's lock, or undefined when nobody holds one. */
export function lockStatus(folder: string): LockStatus | undefined {
  const file = lockFile(folder);
  try {
    const owner = JSON.parse(readFileSync(file, 'utf8')) as LockOwner;
    const silentFor = Math.max(0, Date.now() - statSync(file).mtimeMs);
    const alive = owner.host === hostname() ? isAlive(owner) : silentFor < REMOTE_SILENCE;
    return { owner, alive, silentFor };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const lockFile = (folder: string): string => path.join(folder, 'lock');

/** Creates the file with its content in one move: a crash in between leaves no half lock. */
function createExclusively(file: string): boolean {
  const owner: LockOwner = { ...thisProcess(), host: hostname() };
  const temporary = temporaryName(file);
  try {
    writeFileSync(temporary, JSON.stringify(owner), { flag: 'wx' });
    try {
      linkSync(temporary, file);
    } catch (error) {
      // Some file systems (exFAT, some network ones) have no hard links.
      if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(errorCode(error) ?? '')) throw error;
      writeFileSync(file, JSON.stringify(owner), { flag: 'wx' });
    }
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw explainDisk(error, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Moves a stale lock away. When somebody else replaced it in the meantime, theirs is put back. */
function removeStale(file: string, stale: LockOwner): void {
  const aside = temporaryName(file);
  try {
    renameSync(file, aside);
    const moved = JSON.parse(readFileSync(aside, 'utf8')) as LockOwner;
    if (moved.pid !== stale.pid || moved.started !== stale.started) linkSync(aside, file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}
