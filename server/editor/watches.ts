import type { WatchRuns } from '../protocol/editor.ts';
import type { RunDelta, RunSnapshot } from '../protocol/runView.ts';
import { type Cursor, RunReader } from '../runs/runReader.ts';
import type { RunService } from './runService.ts';

export interface WatchUpdate {
  readonly watch: number;
  readonly deltas: readonly RunDelta[];
}

interface Watch {
  readonly points: number;
  readonly cursors: ReadonlyMap<string, Cursor>;
}

/** Time between two updates (ms). */
const BEAT = 100;
/** Runs that have ended are looked at every so many beats: they may be evaluated again, or resumed elsewhere. */
const REST = 10;

/** Who watches which runs, and what each of them has been told. */
export class Watches {
  private readonly watches = new Map<number, Watch>();
  private readonly readers = new Map<string, RunReader>();
  private next = 1;
  private beats = 0;
  private timer: NodeJS.Timeout | undefined;
  private beating = false;

  constructor(
    private readonly service: RunService,
    private readonly send: (update: WatchUpdate) => void,
  ) {}

  /** @throws RequestError when a run is not there any more. */
  async watch({ runs, points }: WatchRuns): Promise<{ watch: number; snapshots: RunSnapshot[] }> {
    const cursors = new Map<string, Cursor>();
    const snapshots: RunSnapshot[] = [];
    for (const id of new Set(runs)) {
      const reader = await this.read(id);
      const summary = this.service.summary(id);
      if (summary === undefined) continue;
      snapshots.push(reader.snapshot(summary, points));
      cursors.set(id, reader.cursor(summary));
    }
    const watch = this.next++;
    this.watches.set(watch, { points, cursors });
    this.timer ??= setInterval(() => void this.beat(), BEAT);
    this.timer.unref();
    return { watch, snapshots };
  }

  unwatch(watch: number): void {
    this.watches.delete(watch);
    for (const id of this.readers.keys()) if (!this.isWatched(id)) this.readers.delete(id);
    if (this.watches.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  dispose(): void {
    clearInterval(this.timer);
    this.watches.clear();
  }

  /** A run's reader, up to date; it is kept while somebody watches the run. */
  async read(id: string): Promise<RunReader> {
    const { run } = this.service.find(id);
    const reader = this.readers.get(id) ?? new RunReader(run.folder);
    this.readers.set(id, reader);
    await reader.refresh();
    return reader;
  }

  /** Tells all watches what is new. */
  private async beat(): Promise<void> {
    if (this.beating) return;
    this.beating = true;
    try {
      const isResting = this.beats++ % REST !== 0;
      for (const id of [...this.readers.keys()]) {
        const summary = this.service.summary(id);
        if (summary === undefined) continue;
        const isOver = !['queued', 'preparing', 'running'].includes(summary.state);
        if (!(isOver && isResting)) await this.readers.get(id)?.refresh();
      }
      for (const [watch, state] of this.watches) this.tell(watch, state);
      for (const id of this.readers.keys()) if (!this.isWatched(id)) this.readers.delete(id);
    } finally {
      this.beating = false;
    }
  }

  private tell(watch: number, { points, cursors }: Watch): void {
    const deltas: RunDelta[] = [];
    for (const [id, cursor] of cursors) {
      const summary = this.service.summary(id);
      const delta = summary && this.readers.get(id)?.delta(cursor, summary, points);
      if (delta) deltas.push(delta);
    }
    if (deltas.length > 0) this.send({ watch, deltas });
  }

  private isWatched(id: string): boolean {
    return [...this.watches.values()].some(({ cursors }) => cursors.has(id));
  }
}
