import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { MetricLine, RunRecord, RunState } from '../protocol/run.ts';
import { DiskError, explainDisk, isTemporary, writeFileAtomic } from './atomic.ts';
import { controlAddress } from './controlAddress.ts';
import { LineFile } from './lines.ts';
import { FolderLock, lockStatus } from './lock.ts';
import { isAlive, thisProcess } from './processIdentity.ts';
import { endOfOutput, lastWords, trainerLog } from './trainerLog.ts';

/** Where everything lies in the folder of a run (see docs/runs.md). */
export function runPaths(folder: string) {
  return {
    record: path.join(folder, 'run.json'),
    config: path.join(folder, 'config.yaml'),
    metrics: path.join(folder, 'metrics.jsonl'),
    log: path.join(folder, 'log.txt'),
    report: path.join(folder, 'report.md'),
    checkpoints: path.join(folder, 'checkpoints'),
    previews: path.join(folder, 'previews'),
    embeddings: path.join(folder, 'embeddings'),
    detections: path.join(folder, 'detections'),
    exports: path.join(folder, 'export'),
  } as const;
}

/**
 * The record of a run as its reader should see it: one whose writer vanished is `dead`.
 * @throws Error with a sentence for people when the folder is no run.
 */
export function readRun(folder: string): RunRecord {
  const file = runPaths(folder).record;
  let record: RunRecord;
  try {
    record = JSON.parse(readFileSync(file, 'utf8')) as RunRecord;
  } catch {
    throw new Error(
      `${folder} is no run folder: ${existsSync(file) ? 'run.json is damaged' : 'it has no run.json'}.`,
    );
  }
  if (record.state === 'queued' && record.process !== undefined && !isAlive(record.process)) {
    return { ...record, state: 'dead', reason: 'The program that queued it ended before its turn.' };
  }
  if (record.state !== 'preparing' && record.state !== 'running') return record;
  if (lockStatus(folder)?.alive) return record;
  const words = lastWords(endOfOutput(trainerLog(folder)));
  const reason = `Its process (${record.process?.pid ?? 'unknown'}) ended ${words ? 'unexpectedly' : 'without a word'}, perhaps killed or out of memory.${words}`;
  return { ...record, state: 'dead', reason };
}

/** Changes to a record; `undefined` removes the key. */
export type RecordChanges = { readonly [Key in keyof RunRecord]?: RunRecord[Key] | undefined };

/** Kept free on the disk, so that a full disk can still be written down in run.json (bytes). */
const RESERVE = 65536;

/** The one writer of a run folder. Everything is on its way to the disk when a call returns. */
export class RunWriter {
  private metrics: LineFile | undefined;
  private logFile: LineFile | undefined;
  private readonly reserve: string;

  private constructor(
    readonly folder: string,
    private current: RunRecord,
    private readonly lock: FolderLock,
  ) {
    this.reserve = path.join(folder, '.reserve');
  }

  /**
   * Opens an existing run folder for writing and takes its lock. Its state stays as it is: call `begin` to train it.
   * @throws LockedError when another process writes to it.
   */
  static open(folder: string): RunWriter {
    const lock = FolderLock.acquire(folder);
    try {
      removeLeftOvers(folder);
      const record = JSON.parse(readFileSync(runPaths(folder).record, 'utf8')) as RunRecord;
      const writer = new RunWriter(folder, record, lock);
      for (const name of ['checkpoints', 'previews', 'embeddings'] as const) {
        mkdirSync(runPaths(folder)[name], { recursive: true });
      }
      writeFileSync(writer.reserve, Buffer.alloc(RESERVE, 1));
      return writer;
    } catch (error) {
      lock.release();
      throw explainDisk(error, folder);
    }
  }

  /** run.json as last written. */
  get record(): RunRecord {
    return this.current;
  }

  /**
   * The run is `preparing` from now on and belongs to this process: should it vanish, readers see the run as dead.
   * Reason and end of an earlier attempt are forgotten.
   */
  begin(): this {
    this.update({
      state: 'preparing',
      process: { ...thisProcess(), control: controlAddress(this.folder) },
      started: this.current.started ?? new Date().toISOString(),
      ended: undefined,
      reason: undefined,
    });
    return this;
  }

  /** Replaces run.json; costs an fsync, so once in a few seconds is enough for progress. */
  update(changes: RecordChanges): void {
    const next = { ...this.current, ...changes } as RunRecord;
    const text = `${JSON.stringify(next, null, 2)}\n`;
    try {
      writeFileAtomic(runPaths(this.folder).record, text);
    } catch (error) {
      if (!(error instanceof DiskError) || !existsSync(this.reserve)) throw error;
      rmSync(this.reserve);
      writeFileAtomic(runPaths(this.folder).record, text);
    }
    this.current = JSON.parse(text) as RunRecord;
  }

  /** Appends to metrics.jsonl. Values that are not finite are left out: JSON has no word for them. */
  metric(line: MetricLine): void {
    this.metrics ??= new LineFile(runPaths(this.folder).metrics);
    const values = Object.fromEntries(
      Object.entries(line.values).filter(([, value]) => Number.isFinite(value)),
    );
    this.metrics.append(JSON.stringify({ ...line, values }));
  }

  /** Appends to log.txt, one dated line per line of text. */
  log(level: 'info' | 'warning' | 'error', text: string): void {
    this.logFile ??= new LineFile(runPaths(this.folder).log);
    const time = new Date().toISOString();
    this.logFile.append(
      text
        .split('\n')
        .map((line) => `${time} ${level.padEnd(7)} ${line}`)
        .join('\n'),
    );
  }

  /** Makes the metrics survive a power cut: call it with each checkpoint, so that neither is ahead of the other. */
  sync(): void {
    this.metrics?.sync();
  }

  /** Writes down how the run ended, makes everything safe and lets the next writer in. */
  end(state: RunState, reason?: string): void {
    try {
      this.sync();
    } finally {
      this.update({ state, reason, ended: new Date().toISOString(), process: undefined });
      this.close();
    }
  }

  /** Lets the next writer in, without a word about the run's end. */
  close(): void {
    this.metrics?.close();
    this.logFile?.close();
    rmSync(this.reserve, { force: true });
    this.lock.release();
  }
}

/** Temporary files of a writer that was killed. Those of locks may belong to somebody who is just asking for one. */
function removeLeftOvers(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (isTemporary(name) && !name.startsWith('.lock.')) rmSync(path.join(folder, name), { force: true });
  }
}
