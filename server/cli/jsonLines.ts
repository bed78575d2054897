import type { RunRecord } from '../protocol/run.ts';
import type { Io } from './io.ts';

/** One JSON object a line on standard output: each has `event` and `time` (ISO). */
export class JsonLines {
  constructor(private readonly io: Io) {}

  write<Event extends { event: string }>(event: Event): void {
    const { event: name, ...rest } = event;
    this.io.out(`${JSON.stringify({ event: name, time: new Date().toISOString(), ...rest })}\n`);
  }

  /** The last line about a run. */
  done(folder: string, { state, id, results, verdict, reason }: RunRecord): void {
    this.write({
      event: 'done',
      state,
      run: id,
      folder,
      results,
      ...(verdict === undefined ? {} : { verdict }),
      ...(reason === undefined ? {} : { reason }),
    });
  }
}
