import path from 'node:path';
import type { Ownership, RunList } from '../protocol/editor.ts';
import type { TrainerEvent } from '../protocol/run.ts';
import type { RunSummary } from '../protocol/runView.ts';
import { rootsBelow } from '../runs/folders.ts';
import type { EndedRun } from '../runs/manager.ts';
import { type StoredRun, workspaceRoot } from '../runs/store.ts';
import type { TrainerOptions } from '../runs/trainerProcess.ts';
import { newestFirst, WorkspaceRuns } from '../runs/workspaceRuns.ts';
import { RequestError } from './failure.ts';

/** What others need to know about the runs as they happen. */
export interface RunListener {
  /** Summaries changed, runs came or went. */
  changed?(ids: readonly string[]): void;
  ownershipChanged?(): void;
  event?(runs: WorkspaceRuns, run: StoredRun, event: TrainerEvent): void;
  /** A run is this server's from now on: a new one, or one that another server left. */
  taken?(run: StoredRun): void;
  ended?(runs: WorkspaceRuns, run: EndedRun): void;
}

export interface RunServiceOptions {
  readonly trainer?: TrainerOptions;
  /** `selfsup.runs.keepAlive` of a folder. */
  readonly keepAlive: (root: string) => Promise<boolean>;
  readonly trusted: () => boolean;
  /** How often is looked what other programs did (ms). */
  readonly lookEvery?: number;
}

/** All runs of all folders of a workspace. */
export class RunService {
  private readonly places = new Map<string, WorkspaceRuns>();
  private readonly listeners = new Set<RunListener>();
  private timer: NodeJS.Timeout | undefined;
  private opened: () => void = () => undefined;
  /** Resolves when the runs of the workspace have been read for the first time. */
  readonly ready = new Promise<void>((resolve) => {
    this.opened = resolve;
  });

  constructor(private readonly options: RunServiceOptions) {}

  /** @returns a function that ends the listening. */
  listen(listener: RunListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Opens the runs of these folders and keeps an eye on them. */
  async open(folders: readonly string[]): Promise<void> {
    for (const root of new Set(folders.flatMap(rootsBelow))) this.place(root);
    await this.look();
    this.opened();
    const { lookEvery = 1000 } = this.options;
    this.timer ??= setInterval(() => void this.look(), lookEvery);
    this.timer.unref();
  }

  /** The runs that a config file's belong to. */
  of(configFile: string): WorkspaceRuns {
    return this.place(workspaceRoot(path.dirname(path.resolve(configFile))));
  }

  get workspaces(): readonly WorkspaceRuns[] {
    return [...this.places.values()];
  }

  list(): RunList {
    const runs = this.workspaces.flatMap((runs) => runs.summaries());
    return { runs: runs.sort(newestFirst), ownership: this.ownership };
  }

  get ownership(): Ownership {
    if (!this.options.trusted() || this.places.size === 0) return { owner: 'none' };
    const all = this.workspaces.map(({ right }) => right.ownership);
    return all.find(({ owner }) => owner === 'other') ?? { owner: 'this' };
  }

  summary(id: string): RunSummary | undefined {
    for (const runs of this.places.values()) {
      const found = runs.summary(id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  runsOf(configFile: string): RunSummary[] {
    const runs = this.of(configFile);
    return runs.runsOf(configFile).flatMap(({ record }) => runs.summary(record.id) ?? []);
  }

  /** @throws RequestError when there is no such run. */
  find(id: string): { runs: WorkspaceRuns; run: StoredRun } {
    for (const runs of this.places.values()) {
      const run = runs.run(id);
      if (run !== undefined) return { runs, run };
    }
    throw new RequestError(`There is no run ${id} any more.`, { kind: 'state' });
  }

  /** Looks at once what other programs did. */
  async look(): Promise<void> {
    if (!this.options.trusted()) return;
    await Promise.all(this.workspaces.map((runs) => runs.look()));
  }

  dispose(): void {
    clearInterval(this.timer);
    for (const runs of this.places.values()) runs.dispose();
  }

  private place(root: string): WorkspaceRuns {
    const known = this.places.get(root);
    if (known !== undefined) return known;
    const { trainer, keepAlive } = this.options;
    const runs: WorkspaceRuns = new WorkspaceRuns(root, {
      ...(trainer && { trainer }),
      keepAlive: () => keepAlive(root),
      changed: (ids) => this.tell((listener) => listener.changed?.(ids)),
      ownershipChanged: () => this.tell((listener) => listener.ownershipChanged?.()),
      event: (run, event) => this.tell((listener) => listener.event?.(runs, run, event)),
      taken: (run) => this.tell((listener) => listener.taken?.(run)),
      ended: (run) => this.tell((listener) => listener.ended?.(runs, run)),
    });
    this.places.set(root, runs);
    return runs;
  }

  private tell(what: (listener: RunListener) => void): void {
    for (const listener of this.listeners) what(listener);
  }
}
