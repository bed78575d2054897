import type { TrainerOptions } from '../runs/trainerProcess.ts';

/** The exit codes of every command. */
export const exitCodes = { done: 0, failed: 1, usage: 2, stopped: 130 } as const;

/** The terminal and the process around a command; tests bring their own. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Standard output is a terminal: progress may rewrite its line. */
  readonly terminal: boolean;
  readonly columns: number;
  readonly color: boolean;
  /** The terminal can show block characters. */
  readonly unicode: boolean;
  readonly cwd: string;
  /** Calls the listener at each Ctrl-C (or SIGTERM) until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Another trainer than the product's own. */
  readonly trainer?: TrainerOptions;
}

/** A mistake in the arguments or the input: printed as it is, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The real thing. Colours follow https://no-color.org and the usual FORCE_COLOR. */
export function processIo(): Io {
  const { env, stdout } = process;
  const terminal = stdout.isTTY === true && env.TERM !== 'dumb';
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0';
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  // A reader like `head` that has seen enough must not end a run.
  for (const stream of [stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!('code' in error && error.code === 'EPIPE')) throw error;
    });
  }
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void process.stderr.write(text),
    terminal,
    get columns() {
      return stdout.columns ?? 100;
    },
    color: env.NO_COLOR ? false : forced || terminal,
    unicode:
      process.platform === 'win32' ? Boolean(env.WT_SESSION || env.TERM_PROGRAM) : /utf-?8/i.test(locale),
    cwd: process.cwd(),
    onInterrupt(listener) {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
  };
}
