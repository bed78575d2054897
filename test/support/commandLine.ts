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
  /** Sees each line of `--json` as it comes. */
  readonly onEvent?: (event: JsonEvent) => void;
}

/** Calls the built command line as a user would. */
export function selfsup(args: readonly string[], options: CallOptions = {}): Promise<Ended> {
  const child = spawn(process.execPath, [path.join(packageRoot(), 'bin', 'selfsup.mjs'), ...args], {
    cwd: options.cwd ?? process.cwd(),
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const events: JsonEvent[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout += `${line}\n`;
    const event = parse(line);
    if (!event) return;
    events.push(event);
    options.onEvent?.(event);
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
