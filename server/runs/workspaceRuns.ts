import { statSync } from 'node:fs';
import type { RunRecord, TrainerEvent } from '../protocol/run.ts';
import type { RunSummary } from '../protocol/runView.ts';
import { removeControlSocket } from '../runFolder/controlAddress.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import { AttachedTrainer } from './attachedTrainer.ts';
import { LineTail } from './lineTail.ts';
import { LiveNumbers, tellingLines } from './liveNumbers.ts';
import { type EndedRun, RunManager } from './manager.ts';
import { parseMetrics } from './metricTable.ts';
import { TrainingRight } from './ownership.ts';
import { RunStore, type StoredRun } from './store.ts';
import { isActive, summarize } from './summary.ts';
import type { TrainerOptions } from './trainerProcess.ts';

export interface WorkspaceRunsOptions {
  readonly trainer?: TrainerOptions;
  readonly keepAlive?: () => Promise<boolean>;
  /** Something that people see of these runs is different now; a run that is no longer listed is gone. */
  changed(ids: readonly string[]): void;
  /** A trainer of ours reported something; it is in the run folder already. */
  event?(run: StoredRun, event: TrainerEvent): void;
  /** A run is ours from now on: a new one, or one that another server left. */
  taken?(run: StoredRun): void;
  /** A run of ours came to its end. */
  ended?(run: EndedRun): void;
  /** This server trains here now, or no longer. */
  ownershipChanged?(): void;
}

interface Entry {
  run: StoredRun;
  live: LiveNumbers;
  /** Reads the metrics that this server's trainers did not report to it. */
  tail?: LineTail;
  /** What its trainer reports while its past is read. */
  waiting?: TrainerEvent[];
  /** When run.json was read, by its own clock. */
  stamp: number;
}

/**
 * The truth about the runs of one folder: those that this server trains, by their trainers' words; those of other
 * windows and terminals, by what they write.
 */
export class WorkspaceRuns {
  readonly store: RunStore;
  readonly manager: RunManager;
  readonly right: TrainingRight;
  private readonly entries = new Map<string, Entry>();
  private lastOwner = '';
  private looking = false;

  constructor(
    readonly root: string,
    private readonly options: WorkspaceRunsOptions,
  ) {
    this.store = new RunStore(root);
    this.right = new TrainingRight(root);
    this.manager = new RunManager(this.store, {
      ...(options.trainer && { trainer: options.trainer }),
      ...(options.keepAlive && { keepAlive: options.keepAlive }),
      listener: {
        state: (record) => this.recordChanged(record),
        event: (id, event) => this.heard(id, event),
      },
    });
  }

  summaries(): RunSummary[] {
    return [...this.entries.values()].map((entry) => this.summaryOf(entry));
  }

  summary(id: string): RunSummary | undefined {
    const entry = this.entries.get(id);
    return entry && this.summaryOf(entry);
  }

  run(id: string): StoredRun | undefined {
    return this.entries.get(id)?.run;
  }

  /** Runs of a config file, newest first. */
  runsOf(configFile: string): StoredRun[] {
    return [...this.entries.values()]
      .map(({ run }) => run)
      .filter(({ record }) => record.configFile === configFile)
      .sort((a, b) => newestFirst(a.record, b.record));
  }

  /** Reads a run again, e.g. after it was changed through the store. */
  refresh(id: string): void {
    const run = this.store.get(id);
    if (run === undefined) {
      if (this.entries.delete(id)) this.options.changed([id]);
      return;
    }
    if (run.record.state === 'dead') removeControlSocket(run.folder);
    const known = this.entries.get(id);
    if (known === undefined) this.entries.set(id, { run, live: new LiveNumbers(), stamp: stampOf(run) });
    else Object.assign(known, { run, stamp: stampOf(run) });
    this.options.changed([id]);
  }

  /** Looks what others did: new and removed runs, runs that go on, a right to train that became free. Call it often. */
  async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      this.compareFolder();
      this.right.take(false);
      for (const [id, entry] of this.entries) await this.lookAt(id, entry);
      const { ownership } = this.right;
      const owner = JSON.stringify(ownership);
      if (owner === this.lastOwner) return;
      this.lastOwner = owner;
      this.options.ownershipChanged?.();
    } finally {
      this.looking = false;
    }
  }

  dispose(): void {
    this.right.release();
  }

  private summaryOf({ run, live }: Entry): RunSummary {
    return summarize(run, live, !this.manager.has(run.record.id));
  }

  private compareFolder(): void {
    const ids = new Set(this.store.ids());
    for (const id of ids) if (!this.entries.has(id)) this.refresh(id);
    for (const id of [...this.entries.keys()]) if (!ids.has(id)) this.refresh(id);
  }

  private async lookAt(id: string, entry: Entry): Promise<void> {
    if (this.manager.has(id)) return;
    if (isActive(entry.run.record)) {
      if (this.right.held && (await this.takeOver(id, entry))) return;
      if (this.manager.has(id)) return;
      // Also without a new run.json: its writer may have vanished.
      const { state } = entry.run.record;
      const stamp = entry.stamp;
      const fresh = this.store.get(id);
      if (fresh) Object.assign(entry, { run: fresh, stamp: stampOf(fresh) });
      if (fresh?.record.state === 'dead') removeControlSocket(fresh.folder);
      if (entry.stamp !== stamp || entry.run.record.state !== state) this.options.changed([id]);
      await this.readTail(id, entry);
    } else {
      if (stampOf(entry.run) !== entry.stamp) this.refresh(id);
      if (entry.tail === undefined) await this.readTail(id, entry);
    }
  }

  /** Lines of metrics since the last look: the loss and the best numbers of a run that others train or trained. */
  private async readTail(id: string, entry: Entry): Promise<void> {
    entry.tail ??= new LineTail(runPaths(entry.run.folder).metrics);
    const telling: string[] = [];
    await entry.tail.read((lines) => telling.push(...tellingLines(lines)));
    if (telling.length === 0) return;
    // All at once: nobody shall see numbers of the past while a long file is read.
    const { record } = entry.run;
    const steps = isActive(record) && !this.manager.has(id) ? record.progress?.steps : undefined;
    for (const line of parseMetrics(telling)) {
      entry.live.line(line, line.stage === record.progress?.stage ? steps : undefined);
    }
    this.options.changed([id]);
  }

  /** A training whose server is gone is ours now, unless somebody waits for it. */
  private async takeOver(id: string, entry: Entry): Promise<boolean> {
    const { run } = entry;
    const trainer = await AttachedTrainer.connect(run);
    if (trainer === undefined) return false;
    if (!trainer.status.kept || !trainer.status.orphan) {
      await trainer.detach();
      return false;
    }
    const waiting: TrainerEvent[] = [];
    entry.waiting = waiting;
    this.track(this.manager.attach(run, trainer));
    try {
      await this.readTail(id, entry); // what was measured before it reported to us
    } finally {
      delete entry.waiting;
      for (const event of waiting) this.heard(id, event);
    }
    this.options.changed([id]);
    this.options.taken?.(run);
    return true;
  }

  /** Tells when a run has ended. */
  track(ended: Promise<EndedRun>): void {
    void ended.then((run) => {
      this.refresh(run.record.id);
      this.options.ended?.(run);
    });
  }

  private recordChanged(record: RunRecord): void {
    const { id } = record;
    const folder = this.store.folderOf(id);
    const known = this.entries.get(id);
    const run = { folder, record };
    // The manager's word counts: it knows of `preparing` before the trainer has written it.
    if (known) known.run = run;
    else this.entries.set(id, { run, live: new LiveNumbers(), stamp: 0 });
    this.options.changed([id]);
    if (!known) this.options.taken?.(run);
  }

  private heard(id: string, event: TrainerEvent): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    if (entry.waiting !== undefined) {
      entry.waiting.push(event);
      return;
    }
    if (entry.live.handle(event)) {
      const fresh = this.store.get(id);
      if (fresh) entry.run = fresh;
    }
    this.options.changed([id]);
    this.options.event?.(entry.run, event);
  }
}

export function newestFirst(
  a: Pick<RunRecord, 'created' | 'id'>,
  b: Pick<RunRecord, 'created' | 'id'>,
): number {
  if (a.created !== b.created) return a.created < b.created ? 1 : -1;
  return b.id.localeCompare(a.id, 'en', { numeric: true });
}

/** Changes whenever run.json is replaced. */
function stampOf({ folder }: StoredRun): number {
  return statSync(runPaths(folder).record, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
