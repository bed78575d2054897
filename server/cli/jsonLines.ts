import type { RunRecord } from '../protocol/run.ts';
import type { Io } from './io.ts';
import { InterruptedError } from './withTrainer.ts';

/** One JSON object a line on standard output: each has `event` and `time` (ISO). */
export class JsonLines {
  constructor(private readonly io: Io) {}

  write<Event extends { event: string }>(event: Event): void {
    const { event: name, ...rest } = event;
    this.io.out(`${JSON.stringify({ event: name, time: new Date().toISOString(), ...rest })}\n`);
  }

  /** The last line where there is no run. */
  noRun(state: 'failed' | 'stopped', reason: string): void {
    this.write({ event: 'done', state, run: null, folder: null, results: [], reason });
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

/**
 * Does what prints JSON lines. Where it fails before a run was followed, the last line is a `done` all the same, so that
 * a reader need not know another ending; `work` calls `followed` when the run says its own.
 */
export async function endingInDone(
  json: boolean,
  io: Io,
  work: (followed: () => void) => Promise<number>,
): Promise<number> {
  let told = !json;
  try {
    return await work(() => {
      told = true;
    });
  } catch (error) {
    if (!told) {
      const stopped = error instanceof InterruptedError;
      const reason = stopped ? 'Stopped by Ctrl-C.' : error instanceof Error ? error.message : String(error);
      new JsonLines(io).noRun(stopped ? 'stopped' : 'failed', reason);
    }
    throw error;
  }
}
