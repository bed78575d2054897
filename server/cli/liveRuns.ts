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
  /** Runs that have not ended, and how each of them ends. */
  private readonly open = new Map<string, Promise<number>>();
  private readonly codes: number[] = [];

  constructor(
    private readonly io: Io,
    store: RunStore,
    private readonly json: boolean,
    private readonly listen: (id: string, event: TrainerEvent) => void = () => undefined,
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
    const release = this.io.onInterrupt(() => this.interrupt());
    try {
      for (const run of runs) this.add(run);
      await Promise.all(this.open.values());
      return this.code;
    } finally {
      release();
    }
  }

  /** Follows runs as they come, until Ctrl-C: it stops what trains, or ends the waiting when nothing does. */
  async followUntilInterrupt(): Promise<number> {
    let leave: () => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const release = this.io.onInterrupt(() => {
      this.interrupt();
      void Promise.all(this.open.values()).then(leave);
    });
    try {
      await left;
      return this.codes.includes(exitCodes.stopped) ? exitCodes.stopped : exitCodes.done;
    } finally {
      release();
    }
  }

  /** Shows a run from now on, and what came out at its end. */
  add({ id, ended }: { id: string; ended: Promise<EndedRun> }): void {
    const concluded = ended.then((run) => {
      this.progress.close();
      const code = this.conclude(run);
      this.open.delete(id);
      this.codes.push(code);
      return code;
    });
    this.open.set(id, concluded);
  }

  /** A line between the others. */
  say(text: string): void {
    if (this.json) this.io.err(`${text}\n`);
    else this.progress.line(text);
  }

  private get code(): number {
    return this.codes.find((code) => code !== exitCodes.done) ?? exitCodes.done;
  }

  private event(id: string, event: TrainerEvent): void {
    if (!this.json) this.progress.handle(event);
    else if (event.event !== 'done') this.lines.write({ ...event, run: id });
    this.listen(id, event);
  }

  /** First Ctrl-C: a checkpoint, then the end. Second: the end. */
  private interrupt(): void {
    if (this.open.size === 0) return;
    this.interrupts++;
    if (this.interrupts > 1) {
      void this.manager.kill();
      return;
    }
    this.say('Stopping: finishing this step and writing a checkpoint. Press Ctrl-C again to end at once.');
    // The waiting ones first, or the next would start when the active one ends.
    for (const id of [...this.open.keys()].filter((other) => other !== this.active))
      this.manager.stop(id, 'Stopped by Ctrl-C.');
    if (this.active !== undefined) this.manager.stop(this.active, 'Stopped by Ctrl-C.');
  }

  private conclude({ folder, record, failure, problem }: EndedRun): number {
    if (this.json) this.lines.done(folder, record);
    else this.print(folder, record);
    if (record.state === 'finished' || record.state === 'superseded') return exitCodes.done;
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
    } else if (record.state === 'superseded') {
      io.out(`Run ${record.id} ended: ${record.reason ?? 'another one took its place.'}\n`);
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
