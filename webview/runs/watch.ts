import {
  readSeriesRequest,
  runUpdatedNotification,
  unwatchNotification,
  watchRunsRequest,
} from '../../server/protocol/editor.ts';
import type { App } from '../app.ts';
import type { Zoom } from '../state.ts';
import { type Part, RunModel } from './runModel.ts';

export interface WatchEvents {
  /** A complete snapshot arrived. */
  replaced(runs: readonly RunModel[]): void;
  changed(parts: readonly Part[]): void;
  failed(error: unknown): void;
}

/** Runs as they are now: a snapshot, then what comes, until the watch ends. */
export class RunWatch {
  private watch: number | undefined;
  private attempt = 0;
  private models: readonly RunModel[] = [];

  constructor(
    private readonly app: App,
    private readonly events: WatchEvents,
  ) {
    app.connection.onNotification(runUpdatedNotification, ({ watch, deltas }) => {
      if (watch !== this.watch) return;
      const changed = deltas.flatMap(
        (delta) => this.models.find(({ id }) => id === delta.run)?.apply(delta) ?? [],
      );
      if (changed.length > 0) this.events.changed(changed);
    });
  }

  /** Points per curve that were asked for last. */
  points = 0;

  async start(runs: readonly string[], points: number): Promise<void> {
    this.stop();
    const attempt = ++this.attempt;
    this.points = points;
    try {
      const { watch, snapshots } = await this.app.connection.sendRequest(watchRunsRequest, { runs, points });
      if (attempt !== this.attempt) {
        this.app.connection.sendNotification(unwatchNotification, { watch });
        return;
      }
      this.watch = watch;
      this.models = snapshots.map((snapshot) => new RunModel(snapshot, points));
      this.events.replaced(this.models);
    } catch (error) {
      if (attempt === this.attempt) this.events.failed(error);
    }
  }

  stop(): void {
    this.attempt++;
    if (this.watch !== undefined) {
      this.app.connection.sendNotification(unwatchNotification, { watch: this.watch });
    }
    this.watch = undefined;
  }

  /** The server that knew the watch is gone. */
  forget(): void {
    this.watch = undefined;
  }

  /** Reads the curves again for the part that is zoomed in on, as finely as the chart can show. */
  async zoom(zoom: Zoom | null): Promise<void> {
    if (zoom === null) {
      for (const run of this.models) run.zoomed.clear();
      this.events.changed(['series']);
      return;
    }
    const models = this.models;
    await Promise.all(
      models.map(async (run) => {
        const names = [...new Set([...run.curves.values()].filter(isThinned).map(({ name }) => name))];
        if (names.length === 0) return;
        const offset = zoom.axis === 'time' ? run.origin : 0;
        const scale = zoom.axis === 'time' ? 1000 : 1;
        try {
          const series = await this.app.connection.sendRequest(readSeriesRequest, {
            run: run.id,
            names,
            axis: zoom.axis,
            from: zoom.from * scale + offset,
            to: zoom.to * scale + offset,
            points: this.points,
          });
          if (this.app.store.get().zoom === zoom && models === this.models) run.setZoomed(series);
        } catch {
          // The thinned curve stays: coarser, but true.
        }
      }),
    );
    if (models === this.models) this.events.changed(['series']);
  }
}

/** A curve of which the panel has every point needs no second reading. */
function isThinned({
  total,
  values,
}: {
  readonly total: number;
  readonly values: readonly number[];
}): boolean {
  return values.length < total;
}
