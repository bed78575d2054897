import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, told apart from a later one that got the same id. `started` is in ms since the epoch. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: number;
}

/** Start times are read from different clocks, which may disagree by this much (ms). */
const TOLERANCE = 3000;

export function thisProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    started: startTime(process.pid) ?? Math.round(Date.now() - process.uptime() * 1000),
  };
}

/** Whether that very process still runs on this machine. */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const started = startTime(identity.pid);
  return started === undefined ? processStateUnknown() : Math.abs(started - identity.started) <= TOLERANCE;
}

/** Without a start time the id is all there is: believe it. */
const processStateUnknown = (): boolean => process.platform !== 'linux';

/** When the process started; undefined when it is gone, a zombie, or the system does not tell. */
function startTime(pid: number): number | undefined {
  try {
    if (process.platform === 'linux') return linuxStartTime(pid);
    if (process.platform === 'win32') {
      const command = `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().ToString('o')`;
      return time(
        execFileSync('powershell', ['-NoProfile', '-Command', command], { encoding: 'utf8', stdio: quiet }),
      );
    }
    return time(
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
        encoding: 'utf8',
        stdio: quiet,
        env: { ...process.env, LC_ALL: 'C' },
      }),
    );
  } catch {
    return undefined;
  }
}

const quiet: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];

function time(text: string): number | undefined {
  const value = Date.parse(text.trim());
  return Number.isNaN(value) ? undefined : value;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, fields 3 (state) and 22 (start, in ticks of 10 ms). */
function linuxStartTime(pid: number): number | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1];
  return boot === undefined ? undefined : Number(boot) * 1000 + Number(fields[19]) * 10;
}
