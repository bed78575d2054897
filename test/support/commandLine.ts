import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { type Io, processIo } from '../../server/cli/io.ts';
import { main } from '../../server/cli/main.ts';
import { serveFakeTrainer } from './fakeTrainer.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const script = process.argv[1]!;
const trainer = { script, args: ['trainer'] };

/**
 * A test file of the command line is three things: the test, the trainer that the commands start, and a `selfsup` that
 * gets interrupted.
 */
export async function testCommandLine(describeTests: () => void): Promise<void> {
  const [role, ...rest] = process.argv.slice(2);
  if (role === 'trainer') serveFakeTrainer();
  else if (role === 'selfsup') process.exitCode = await main(rest, { ...processIo(), trainer });
  else describeTests();
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command inside this process. */
export async function selfsup(
  cwd: string,
  args: readonly string[],
  overrides: Partial<Io> = {},
): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    terminal: false,
    columns: 100,
    color: false,
    unicode: true,
    cwd,
    onInterrupt: () => () => undefined,
    trainer,
    ...overrides,
  });
  return { code, out, err };
}

/** A workspace with data that look right from outside, and a config whose run's name says what the trainer does. */
export function workspace(t: TestContext, name = 'finish', extra = ''): string {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, '.git'));
  for (const label of ['a', 'b']) {
    mkdirSync(path.join(folder, 'pictures', label), { recursive: true });
    writeFileSync(path.join(folder, 'pictures', label, '1.png'), '');
  }
  const text = `name: ${name}
data: { images: pictures }
encoder: { type: mlp }
pretext: { method: autoencoder }
${extra}`;
  writeFileSync(path.join(folder, 'x.selfsup.yaml'), text);
  return folder;
}

/** What `--json` printed. */
export const jsonLines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** `selfsup` as a process of its own. */
export function start(cwd: string, args: readonly string[]): ChildProcess {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  return fork(script, ['selfsup', ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
}

interface Output {
  text: string;
  waiting(): void;
}

const outputs = new WeakMap<ChildProcess, Output>();

/** Everything it has written so far. */
function outputOf(child: ChildProcess): Output {
  const known = outputs.get(child);
  if (known !== undefined) return known;
  const fresh: Output = { text: '', waiting: () => undefined };
  outputs.set(child, fresh);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      fresh.text += text;
      fresh.waiting();
    });
  }
  return fresh;
}

/** Resolves when its output matches. */
export function output(child: ChildProcess, pattern: RegExp): Promise<void> {
  const seen = outputOf(child);
  return new Promise((resolve, reject) => {
    seen.waiting = () => {
      if (pattern.test(seen.text)) resolve();
    };
    child.once('close', () => reject(new Error(`It ended before ${pattern}:\n${seen.text}`)));
    seen.waiting();
  });
}

export function end(child: ChildProcess): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve) =>
    child.once('close', (code) => resolve({ code, out: outputOf(child).text })),
  );
}
