import { readdirSync, readFileSync } from 'node:fs';

/** What Linux tells about processes below /proc. */
export interface Process {
  readonly pid: number;
  /** Clock ticks after boot: tells a process from a later one with the same id. */
  readonly started: string;
  readonly argv: readonly string[];
}

export function processOf(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined; // it has ended, its parent has not looked yet
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    return { pid, started: fields[19]!, argv };
  } catch {
    return undefined; // ended meanwhile
  }
}

export function allProcesses(): Process[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (processOf(Number(name)) ?? []) : []));
}

export function isAlive({ pid, started }: Process): boolean {
  return processOf(pid)?.started === started;
}

/** At once and without a word; never a later process with the same id. */
export function kill(target: Process): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, 'SIGKILL');
  } catch {
    // It ended between the two lines.
  }
}

/** Whether one of the arguments is a path that ends so. */
export const runsScript = (script: string) => (candidate: Process) =>
  candidate.argv.some((argument) => argument.endsWith(script));

/** Whether the process was started with this environment variable. */
export function hasEnvironment({ pid }: Process, name: string, value: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${name}=${value}`);
  } catch {
    return false;
  }
}
