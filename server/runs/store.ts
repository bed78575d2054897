import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { RunRecord, RunState, StageKind } from '../protocol/run.ts';
import { errorCode, explainDisk, syncFolder, temporaryName, writeFileAtomic } from '../runFolder/atomic.ts';
import { removeControlSocket } from '../runFolder/controlAddress.ts';
import { FolderLock, LockedError, lockStatus } from '../runFolder/lock.ts';
import { thisProcess } from '../runFolder/processIdentity.ts';
import { readRun, runPaths } from '../runFolder/runFolder.ts';

export { runPaths } from '../runFolder/runFolder.ts';

/** A run and where it lies. */
export interface StoredRun {
  readonly folder: string;
  readonly record: RunRecord;
}

/** A question about runs that has no single answer; the message is for people. */
export class RunNotFoundError extends Error {
  override readonly name = 'RunNotFoundError';
}

/**
 * The folder whose `.selfsup` holds the runs: the nearest one, from `start` upwards, that has `.selfsup`, `.git` or
 * `package.json`; `start` itself when there is none.
 * @param start the folder of the config file.
 */
export function workspaceRoot(start: string): string {
  const first = path.resolve(start);
  const marks = ['.selfsup', '.git', 'package.json'];
  for (let folder = first; ; folder = path.dirname(folder)) {
    if (marks.some((name) => existsSync(path.join(folder, name)))) return folder;
    if (folder === path.dirname(folder)) return first;
  }
}

/** What is known about a run when it is made. */
export interface NewRun {
  readonly name: string;
  readonly configFile: string;
  /** The resolved config as YAML. */
  readonly config: string;
  readonly hashes: Readonly<Record<StageKind, string>>;
  readonly selfsup: string;
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** The runs below one workspace root. Reads are lock-free: several windows may look at once. */
export class RunStore {
  readonly runsFolder: string;

  constructor(readonly root: string) {
    this.runsFolder = path.join(root, '.selfsup', 'runs');
  }

  /** The store that the runs of this config file belong to. */
  static forConfig(configFile: string): RunStore {
    return new RunStore(workspaceRoot(path.dirname(path.resolve(configFile))));
  }

  /** Makes the folder of a queued run. It appears whole (run.json and config.yaml) or not at all. */
  create(run: NewRun, now = new Date()): StoredRun {
    const id = `${timestamp(now)}-${slug(run.name)}`;
    const building = path.join(this.runsFolder, `.${id}.${process.pid}.new`);
    try {
      mkdirSync(building, { recursive: true });
      this.ignoreInGit();
      writeFileSync(runPaths(building).config, run.config);
      for (let attempt = 1; ; attempt++) {
        const record = this.newRecord(run, attempt === 1 ? id : `${id}-${attempt}`, now);
        const folder = this.folderOf(record.id);
        writeFileAtomic(runPaths(building).record, `${JSON.stringify(record, null, 2)}\n`);
        if (!moveFolder(building, folder)) continue;
        syncFolder(this.runsFolder);
        return { folder, record };
      }
    } catch (error) {
      rmSync(building, { recursive: true, force: true });
      throw explainDisk(error, building);
    }
  }

  folderOf(id: string): string {
    return path.join(this.runsFolder, id);
  }

  /** A file for the output of a trainer whose run has no folder yet; it moves there with the first word. */
  newTrainerLog(): string {
    mkdirSync(this.runsFolder, { recursive: true });
    this.ignoreInGit();
    return temporaryName(path.join(this.runsFolder, 'trainer.log'));
  }

  /** A run by its id; undefined when there is none that can be read. */
  get(id: string): StoredRun | undefined {
    const folder = this.folderOf(id);
    if (id.startsWith('.') || !existsSync(runPaths(folder).record)) return undefined;
    try {
      return { folder, record: readRun(folder) };
    } catch {
      return undefined; // damaged by hand; `find` with its id says so
    }
  }

  /** Ids of all runs, in no order. */
  ids(): string[] {
    try {
      return readdirSync(this.runsFolder).filter((name) => !name.startsWith('.'));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** All runs, newest first. Folders that are no run are left out. */
  list(): StoredRun[] {
    const runs = this.ids().flatMap((id) => this.get(id) ?? []);
    const newness = ({ record }: StoredRun) => record.created;
    return runs.sort((a, b) => compare(newness(b), newness(a)) || naturally(b.record.id, a.record.id));
  }

  /**
   * The run that a person means: `latest`, an id, the start of an id, or a name (the newest run of that name).
   * A path to a run folder works too.
   * @throws RunNotFoundError which says what there is instead.
   */
  find(wanted: string): StoredRun {
    if (existsSync(runPaths(path.resolve(wanted)).record)) {
      const folder = path.resolve(wanted);
      return { folder, record: readRun(folder) };
    }
    const runs = this.list();
    if (runs.length === 0) {
      throw new RunNotFoundError(
        `There are no runs in ${this.runsFolder}. Start one with: selfsup train <config>`,
      );
    }
    const exact = wanted === 'latest' ? runs[0] : runs.find(({ record }) => record.id === wanted);
    const found = exact ?? runs.find(({ record }) => record.name === wanted);
    if (found !== undefined) return found;
    const matches = runs.filter(({ record }) => record.id.startsWith(wanted));
    if (matches.length === 1) return matches[0]!;
    const some = (list: StoredRun[]) => list.slice(0, 5).map(({ record }) => `  ${record.id}`);
    if (matches.length > 1) {
      throw new RunNotFoundError(
        [`"${wanted}" fits ${matches.length} runs. Say which:`, ...some(matches)].join('\n'),
      );
    }
    throw new RunNotFoundError([`There is no run "${wanted}". The newest are:`, ...some(runs)].join('\n'));
  }

  /** Folder of the newest run whose finished stage has this hash: its result can be taken over. */
  findFinishedStage(stage: StageKind, hash: string): string | undefined {
    const has = ({ folder, record }: StoredRun) =>
      record.hashes[stage] === hash &&
      isFinished(record, stage) &&
      (stage !== 'pretrain' || existsSync(path.join(runPaths(folder).checkpoints, 'final.safetensors')));
    return this.list().find(has)?.folder;
  }

  /**
   * Marks a run that is not being written; used for queued runs and for those whose process died.
   * @throws LockedError while its trainer runs.
   */
  mark(folder: string, state: RunState, reason?: string): RunRecord {
    const lock = FolderLock.acquire(folder);
    try {
      const { reason: _, process: __, ended: ___, ...record } = readRun(folder);
      const why = reason === undefined ? {} : { reason };
      const ended: RunRecord =
        state === 'queued'
          ? { ...record, state, process: thisProcess() }
          : { ...record, state, ended: new Date().toISOString(), ...why };
      writeFileAtomic(runPaths(folder).record, `${JSON.stringify(ended, null, 2)}\n`);
      return ended;
    } finally {
      lock.release();
    }
  }

  /**
   * Calls a run by another name; its id stays.
   * @throws LockedError while its trainer runs.
   */
  rename(folder: string, name: string): RunRecord {
    const lock = FolderLock.acquire(folder);
    try {
      const record: RunRecord = { ...recordOf(folder), name };
      writeFileAtomic(runPaths(folder).record, `${JSON.stringify(record, null, 2)}\n`);
      return record;
    } finally {
      lock.release();
    }
  }

  /**
   * Deletes a run's folder.
   * @throws LockedError while its trainer runs.
   */
  delete(folder: string): void {
    const status = lockStatus(folder);
    if (status?.alive) throw new LockedError(folder, status.owner);
    removeControlSocket(folder);
    const aside = path.join(path.dirname(folder), `.${path.basename(folder)}.deleted`);
    renameSync(folder, aside); // at once gone for every reader, however long the removal takes
    rmSync(aside, { recursive: true, force: true });
  }

  private newRecord(run: NewRun, id: string, now: Date): RunRecord {
    return {
      id,
      name: run.name,
      state: 'queued',
      configFile: run.configFile,
      ...(run.overrides === undefined ? {} : { overrides: run.overrides }),
      created: now.toISOString(),
      process: thisProcess(),
      selfsup: run.selfsup,
      node: process.versions.node,
      hashes: run.hashes,
      stages: {},
      results: [],
    };
  }

  /** Runs are results, not sources: keep them out of the user's repository without touching their files. */
  private ignoreInGit(): void {
    const file = path.join(this.root, '.selfsup', '.gitignore');
    if (!existsSync(file)) writeFileSync(file, '*\n');
  }
}

/** True for a stage whose result a run has, by its own work or taken over. */
export function isFinished({ stages }: RunRecord, stage: StageKind): boolean {
  const state = stages[stage]?.state;
  return state === 'finished' || state === 'reused';
}

/** run.json as it was written, without a judgement on its writer. */
function recordOf(folder: string): RunRecord {
  return JSON.parse(readFileSync(runPaths(folder).record, 'utf8')) as RunRecord;
}

/** `20260131-142501` in local time: ids sort by age. */
function timestamp(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${date}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}

/** A name as part of a folder name, on every file system. */
function slug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();
  const words = plain
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return words === '' ? 'run' : words;
}

/** False when the target is there already. */
function moveFolder(from: string, to: string): boolean {
  if (statSync(to, { throwIfNoEntry: false }) !== undefined) return false;
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(errorCode(error) ?? '') && existsSync(to)) return false;
    throw error;
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const naturally = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
