import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../server/packageRoot.ts';

/** How one call of `selfsup` ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output of `--json`, one object a line; lines that are no JSON are left out. */
  readonly events: readonly JsonEvent[];
}

export interface JsonEvent {
  readonly event: string;
  readonly [key: string]: unknown;
}

export interface CallOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs it as another user; only root may. */
  readonly uid?: number;
  /** Sees each line of `--json` as it comes; `interrupt` is Ctrl-C. */
  readonly onEvent?: (event: JsonEvent, interrupt: () => void) => void;
}

/** The file that a user's shell starts. */
export const selfsupFile = (): string => path.join(packageRoot(), 'bin', 'selfsup.mjs');

/** Calls the built command line, with the real trainer, as a user would. */
export function selfsup(args: readonly string[], options: CallOptions = {}): Promise<Ended> {
  const { cwd = process.cwd(), env, uid, onEvent } = options;
  const child = spawn(process.execPath, [selfsupFile(), ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', LC_ALL: 'C.UTF-8', NODE_TEST_CONTEXT: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let stdout = '';
  let stderr = '';
  const events: JsonEvent[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout += `${line}\n`;
    const event = parse(line);
    if (!event) return;
    events.push(event);
    onEvent?.(event, () => child.kill('SIGINT'));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr, events })));
}

function parse(line: string): JsonEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as JsonEvent;
  } catch {
    return undefined;
  }
}
