/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** "exit code 3", "killed by SIGKILL": why a process ended, for people. */
export function endText(end: ProcessEnd | undefined): string {
  if (end?.signal) return `killed by ${end.signal}`;
  if (end?.code !== null && end?.code !== undefined) return `exit code ${end.code}`;
  return 'the connection was closed';
}

/** A crashed server is started again, but not for ever: a fault that repeats is told instead. Immutable. */
export class CrashPolicy {
  static readonly crashes = 4;
  static readonly withinMs = 3 * 60_000;

  readonly #times: readonly number[];

  constructor(times: readonly number[] = []) {
    this.#times = times;
  }

  /** The policy after a crash at this time, in milliseconds. */
  crashed(time: number): CrashPolicy {
    return new CrashPolicy([...this.#times.filter((t) => time - t < CrashPolicy.withinMs), time]);
  }

  /** Whether the last crash is to be answered with a restart. */
  get restarts(): boolean {
    return this.#times.length <= CrashPolicy.crashes;
  }
}
