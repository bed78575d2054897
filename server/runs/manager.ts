import type { RunRecord, RunState, StageKind, TrainerEvent } from '../protocol/run.ts';
import type { FailureKind, HotChanges, InputProblem } from '../protocol/trainer.ts';
import { DiskError } from '../runFolder/atomic.ts';
import { readRun } from '../runFolder/runFolder.ts';
import { dropEmptyLog, trainerLog } from '../runFolder/trainerLog.ts';
import type { AttachedTrainer } from './attachedTrainer.ts';
import { RunQueue } from './queue.ts';
import type { NewRun, RunStore, StoredRun } from './store.ts';
import { TrainerError, type TrainerLine, type TrainerOptions, TrainerProcess } from './trainerProcess.ts';

/** Which state may follow which. `dead` is what readers see of a run whose process vanished; it can be resumed. */
const successors: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ['preparing', 'stopped', 'superseded', 'failed'],
  preparing: ['running', 'finished', 'stopped', 'failed', 'superseded', 'dead'],
  running: ['finished', 'stopped', 'failed', 'superseded', 'dead'],
  stopped: ['queued', 'superseded'],
  failed: ['queued'],
  dead: ['queued'],
  finished: [],
  superseded: [],
};

export function mayFollow(state: RunState, next: RunState): boolean {
  return successors[state].includes(next);
}

/** True for runs that go on when resumed. */
export function isResumable(state: RunState): boolean {
  return mayFollow(state, 'queued');
}

/** A request that does not fit the run's state; the message is for people. */
export class RunStateError extends Error {
  override readonly name = 'RunStateError';
}

export interface ManagerListener {
  /** The run's state changed. */
  state?(run: RunRecord): void;
  /** Its trainer reported something; it is in the run folder already. */
  event?(id: string, event: TrainerEvent): void;
}

export interface StartOptions {
  /** A trainer that has already opened the data; by default a new one is started. It is closed afterwards. */
  readonly trainer?: TrainerProcess;
}

/** A run that came to its end. */
export interface EndedRun extends StoredRun {
  /** Whose mistake it was, when it failed. */
  readonly failure?: FailureKind | 'crash';
  readonly problem?: InputProblem;
}

interface ActiveRun {
  readonly id: string;
  readonly folder: string;
  readonly trainer: TrainerLine;
  endAs?: RunState;
  killed?: boolean;
}

const stages: readonly StageKind[] = ['pretrain', 'evaluate', 'downstream', 'export'];

/** The runs of one store: starts, stops, resumes and deletes them, one trainer process at a time. */
export class RunManager {
  private readonly queue = new RunQueue();
  private readonly states = new Map<string, RunState>();
  private readonly active = new Map<string, ActiveRun>();
  private readonly endings = new Map<string, Promise<EndedRun>>();

  constructor(
    readonly store: RunStore,
    private readonly options: {
      trainer?: TrainerOptions;
      /** Whether trainings go on when this process goes away; asked at each start. */
      keepAlive?: boolean | (() => Promise<boolean>);
      listener?: ManagerListener;
    } = {},
  ) {}

  /** A trainer for a run of this manager. One that may outlive this process writes what it prints to a file. */
  startTrainer(): TrainerProcess {
    const { trainer, keepAlive } = this.options;
    return TrainerProcess.start({ ...trainer, ...(keepAlive && { log: this.store.newTrainerLog() }) });
  }

  /** Makes a run and lets it wait for its turn. `ended` resolves with the run as it ended. */
  start(run: NewRun, options: StartOptions = {}): { run: StoredRun; ended: Promise<EndedRun> } {
    const stored = this.store.create(run);
    this.changed(stored.record);
    return { run: stored, ended: this.remember(stored.record.id, this.enqueue(stored, options)) };
  }

  /**
   * Goes on with a run that was stopped, failed or found dead, from its last checkpoint.
   * @throws RunStateError when there is nothing to resume.
   */
  resume(run: StoredRun, options: StartOptions = {}): Promise<EndedRun> {
    const { id, state } = run.record;
    if (!isResumable(state)) throw new RunStateError(whyNotResumable(run.record));
    const record = this.store.mark(run.folder, 'queued');
    this.states.set(id, state);
    this.changed(record);
    return this.remember(id, this.enqueue({ folder: run.folder, record }, options));
  }

  /**
   * Takes the place of a server that is gone: a run that it left training is this manager's from now on.
   * Resolves with the run as it ended.
   */
  attach(run: StoredRun, trainer: AttachedTrainer): Promise<EndedRun> {
    const { id, state } = run.record;
    const active: ActiveRun = { id, folder: run.folder, trainer };
    this.active.set(id, active);
    this.states.set(id, state);
    const quiet = this.listenTo(active);
    const follow = async (): Promise<EndedRun> => {
      await trainer.ended;
      quiet();
      this.active.delete(id);
      const record = this.conclude(active, undefined);
      dropEmptyLog(trainerLog(run.folder));
      return { folder: run.folder, record };
    };
    return this.remember(id, this.queue.add(id, follow) as Promise<EndedRun>);
  }

  /** True for a run that this manager trains or has in its queue. */
  has(id: string): boolean {
    return this.active.has(id) || this.queue.queued.includes(id);
  }

  /** Nothing trains and nothing waits. */
  get idle(): boolean {
    return this.active.size === 0 && this.queue.queued.length === 0;
  }

  /**
   * Stops a run with a checkpoint, or takes it out of the queue.
   * @returns false when this manager does not know it as running or queued.
   */
  stop(id: string, reason = 'Stopped on request.', endAs: 'stopped' | 'superseded' = 'stopped'): boolean {
    const active = this.active.get(id);
    if (active !== undefined) {
      active.endAs = endAs;
      active.trainer.stop(reason);
      return true;
    }
    if (!this.queue.remove(id)) return false;
    this.changed(this.store.mark(this.store.folderOf(id), endAs, reason));
    return true;
  }

  /** Ends a run whose place another one takes; resolves when it has ended. */
  async supersede(id: string, reason: string): Promise<void> {
    if (this.stop(id, reason, 'superseded')) await this.endings.get(id);
  }

  /** Ends a trainer (by default all of them) at once, without a checkpoint; earlier checkpoints stay. */
  async kill(id?: string): Promise<void> {
    const ended = [...this.active.values()].filter((active) => id === undefined || active.id === id);
    for (const active of ended) active.killed = true;
    await Promise.all(ended.map(({ trainer }) => trainer.kill()));
    await Promise.all(ended.map((active) => this.endings.get(active.id)));
  }

  /** New settings for a running run. */
  update(id: string, changes: HotChanges): boolean {
    const active = this.active.get(id);
    active?.trainer.update(changes);
    return active !== undefined;
  }

  /** @throws LockedError or RunStateError while it is running or queued. */
  delete(run: StoredRun): void {
    const { id } = run.record;
    if (this.has(id)) {
      throw new RunStateError(`${id} is ${this.active.has(id) ? 'running' : 'queued'}. Stop it first.`);
    }
    this.store.delete(run.folder);
    this.states.delete(id);
  }

  private remember(id: string, ended: Promise<EndedRun>): Promise<EndedRun> {
    this.endings.set(id, ended);
    const forget = () => this.endings.delete(id);
    ended.then(forget, forget);
    return ended;
  }

  private async enqueue(run: StoredRun, { trainer }: StartOptions): Promise<EndedRun> {
    const ended = await this.queue.add(run.record.id, () => this.execute(run, trainer));
    // Removed from the queue: `stop` has written how it ended.
    return ended ?? { folder: run.folder, record: readRun(run.folder) };
  }

  /** Runs one trainer to its end. Never throws for what happens inside it: the record says it. */
  private async execute(run: StoredRun, given: TrainerProcess | undefined): Promise<EndedRun> {
    const { folder, record } = run;
    const trainer = given ?? this.startTrainer();
    const active: ActiveRun = { id: record.id, folder, trainer };
    this.active.set(record.id, active);
    this.changed({ ...record, state: 'preparing' });
    const quiet = this.listenTo(active);
    try {
      const keepAlive = await this.keepAlive();
      const task = { task: 'train', runFolder: folder, reuse: this.reusable(run), keepAlive } as const;
      const outcome = await trainer.run(task).catch((error: unknown) => asTrainerError(error));
      quiet();
      await trainer.close();
      const failed = outcome instanceof TrainerError;
      const kind = failed ? outcome.kind : outcome.failure;
      this.active.delete(record.id);
      return {
        folder,
        record: this.conclude(active, failed ? outcome : undefined),
        ...(kind === undefined || active.killed ? {} : { failure: kind }),
        ...(failed && outcome.problem !== undefined ? { problem: outcome.problem } : {}),
      };
    } finally {
      this.active.delete(record.id);
    }
  }

  private async keepAlive(): Promise<boolean> {
    const { keepAlive = false } = this.options;
    return typeof keepAlive === 'boolean' ? keepAlive : keepAlive();
  }

  private listenTo({ id, folder, trainer }: ActiveRun): () => void {
    return trainer.onEvent((event) => {
      if (event.event === 'stage' && event.state === 'started') {
        this.changed({ ...readRun(folder), state: 'running' });
      }
      this.options.listener?.event?.(id, event);
    });
  }

  /** The record after the trainer's end. What a dead trainer could not write down is written here. */
  private conclude({ folder, killed, endAs }: ActiveRun, failure: TrainerError | undefined): RunRecord {
    let record = readRun(folder);
    if (['queued', 'preparing', 'running', 'dead'].includes(record.state)) {
      const reason = killed
        ? 'Ended at once, without a last checkpoint; the one before it is kept.'
        : (failure?.message ?? record.reason ?? 'The trainer ended without saying how.');
      record = this.ended(
        folder,
        record,
        killed || failure?.kind === 'stopped' ? 'stopped' : 'failed',
        reason,
      );
    }
    if (endAs === 'superseded' && record.state === 'stopped') {
      record = this.store.mark(folder, 'superseded', record.reason);
    }
    this.changed(record);
    return record;
  }

  /** On a full disk the end can be told but not written down: readers find the run dead, and it can be resumed too. */
  private ended(folder: string, record: RunRecord, state: RunState, reason: string): RunRecord {
    try {
      return this.store.mark(folder, state, reason);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      const { process: _, ...rest } = record;
      return { ...rest, state, reason, ended: new Date().toISOString() };
    }
  }

  private reusable(run: StoredRun): Partial<Record<StageKind, string>> {
    const found: Partial<Record<StageKind, string>> = {};
    for (const stage of stages) {
      const folder = this.store.findFinishedStage(stage, run.record.hashes[stage]);
      if (folder !== undefined && folder !== run.folder) found[stage] = folder;
    }
    return found;
  }

  private changed(record: RunRecord): void {
    const before = this.states.get(record.id);
    if (before === record.state) return;
    if (before !== undefined && !mayFollow(before, record.state)) {
      throw new RunStateError(`Run ${record.id} cannot go from ${before} to ${record.state}.`);
    }
    this.states.set(record.id, record.state);
    this.options.listener?.state?.(record);
  }
}

function asTrainerError(error: unknown): TrainerError {
  if (error instanceof TrainerError) return error;
  return new TrainerError(error instanceof Error ? error.message : String(error), 'internal');
}

function whyNotResumable({ id, state }: RunRecord): string {
  switch (state) {
    case 'finished':
      return `${id} is finished; there is nothing to resume.`;
    case 'superseded':
      return `${id} was superseded by a newer version of its config; train that one instead.`;
    default:
      return `${id} is ${state} already.`;
  }
}
