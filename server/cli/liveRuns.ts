import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TrainerEvent } from '../protocol/run.ts';
import { type EndedRun, RunManager } from '../runs/manager.ts';
import { type RunStore, runPaths } from '../runs/store.ts';
import { exitCodes, type Io } from './io.ts';
import { JsonLines } from './jsonLines.ts';
import { Progress } from './progress.ts';
import { resultTable, verdictText } from './results.ts';
import { styleFor } from './style.ts';

/** Follows runs to their end: shows them, stops them at Ctrl-C, says what came out. */
export class LiveRuns {
  readonly manager: RunManager;
  private readonly lines: JsonLines;
  private readonly progress: Progress;
  private interrupts = 0;
  private active: string | undefined;

  constructor(
    private readonly io: Io,
    store: RunStore,
    private readonly json: boolean,
  ) {
    this.lines = new JsonLines(io);
    this.progress = new Progress(io);
    this.manager = new RunManager(store, {
      ...(io.trainer === undefined ? {} : { trainer: io.trainer }),
      listener: {
        state: (run) => {
          if (run.state === 'preparing') this.active = run.id;
        },
        event: (id, event) => this.event(id, event),
      },
    });
  }

  /** The exit code for all of them: the first that is not `done` decides. */
  async follow(runs: readonly { id: string; ended: Promise<EndedRun> }[]): Promise<number> {
    const release = this.io.onInterrupt(() => this.interrupt(runs.map(({ id }) => id)));
    try {
      const codes: number[] = [];
      for (const { ended } of runs) {
        const run = await ended;
        this.progress.close();
        codes.push(this.conclude(run));
      }
      return codes.find((code) => code !== exitCodes.done) ?? exitCodes.done;
    } finally {
      release();
    }
  }

  private event(id: string, event: TrainerEvent): void {
    if (!this.json) this.progress.handle(event);
    else if (event.event !== 'done') this.lines.write({ ...event, run: id });
  }

  /** First Ctrl-C: a checkpoint, then the end. Second: the end. */
  private interrupt(ids: readonly string[]): void {
    this.interrupts++;
    if (this.interrupts > 1) {
      void this.manager.kill();
      return;
    }
    const text = 'Stopping: finishing this step and writing a checkpoint. Press Ctrl-C again to end at once.';
    if (this.json) this.io.err(`${text}\n`);
    else this.progress.line(text);
    // The waiting ones first, or the next would start when the active one ends.
    for (const id of ids.filter((other) => other !== this.active))
      this.manager.stop(id, 'Stopped by Ctrl-C.');
    if (this.active !== undefined) this.manager.stop(this.active, 'Stopped by Ctrl-C.');
  }

  private conclude({ folder, record, failure, problem }: EndedRun): number {
    if (this.json) this.lines.done(folder, record);
    else this.print(folder, record);
    if (record.state === 'finished') return exitCodes.done;
    if (record.state === 'stopped' && this.interrupts > 0) return exitCodes.stopped;
    return failure === 'input' || problem !== undefined ? exitCodes.usage : exitCodes.failed;
  }

  private print(folder: string, record: EndedRun['record']): void {
    const { io } = this;
    const style = styleFor(io);
    if (record.state === 'finished') {
      const table = resultTable(record.results, style);
      io.out(`\n${table === '' ? '' : `${table}\n`}`);
      if (record.verdict !== undefined) io.out(verdictText(record.verdict, style));
      const { report } = runPaths(folder);
      const [title, place] = existsSync(report) ? ['Report', report] : ['Run', folder];
      io.out(`${style.bold(title.padEnd(9))}${shorten(place, io.cwd)}\n`);
    } else if (record.state === 'stopped') {
      io.out(`${record.reason ?? 'Stopped.'}\nGo on with: selfsup resume ${record.id}\n`);
    } else {
      io.err(`${style.red(`Run ${record.id} ${record.state}:`)} ${record.reason ?? 'no reason given'}\n`);
      io.err(`Its log: ${shorten(runPaths(folder).log, io.cwd)}\nGo on with: selfsup resume ${record.id}\n`);
    }
  }
}

/** A path as one would type it here. */
export function shorten(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative === '' ? '.' : relative.startsWith('..') ? file : relative;
}
