import { type ChildProcess, execFile, fork } from 'node:child_process';
import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createMessageConnection, type MessageConnection, ResponseError } from 'vscode-jsonrpc';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { bundlePath } from '../packageRoot.ts';
import type { TrainerEvent } from '../protocol/run.ts';
import {
  eventNotification,
  type FailureData,
  type FailureKind,
  type HotChanges,
  type InputProblem,
  type OutcomeOf,
  startRequest,
  stopNotification,
  type TrainerTask,
  updateNotification,
} from '../protocol/trainer.ts';
import { isTemporary } from '../runFolder/atomic.ts';
import { dropEmptyLog, endOfOutput, lastWords, trainerLog } from '../runFolder/trainerLog.ts';

/** How a trainer process is started; the defaults are the product's, tests bring their own script. */
export interface TrainerOptions {
  readonly script?: string;
  readonly args?: readonly string[];
  /**
   * A file that does not exist yet, for what the process prints: its last words are found there even if this process is
   * gone by then. By default only this process hears them.
   */
  readonly log?: string;
}

/** A task failed; `crash` means that the process ended without an answer. The message is for people. */
export class TrainerError extends Error {
  override readonly name = 'TrainerError';
  constructor(
    message: string,
    readonly kind: FailureKind | 'crash',
    readonly problem?: InputProblem,
    readonly detail?: string,
  ) {
    super(message);
  }
}

/** How many characters of the trainer's own output are kept for the message of a crash. */
const OUTPUT_KEPT = 4000;
/** How long a trainer may take to end by itself after the line is closed (ms). */
const CLOSE_PATIENCE = 5000;

interface TrainerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What can be done with a training, whoever started it. */
export interface TrainerLine {
  readonly pid: number | undefined;
  /** @returns a function that ends the listening. */
  onEvent(listener: (event: TrainerEvent) => void): () => void;
  /** Asks it to finish its step, write a checkpoint and end. */
  stop(reason: string): void;
  update(changes: HotChanges): void;
  /** Ends the process and all it has started, at once. What is in its run folder stays usable. */
  kill(): Promise<void>;
}

/** One trainer process and the line to it. */
export class TrainerProcess implements TrainerLine {
  private readonly connection: MessageConnection;
  private readonly listeners = new Set<(event: TrainerEvent) => void>();
  private output = '';
  /** Resolves, after the last message, when the process is gone. */
  readonly ended: Promise<TrainerEnd>;
  private settle: (end: TrainerEnd) => void = () => undefined;

  private constructor(
    private readonly child: ChildProcess,
    /** Where its output goes; it moves with the training into the run folder. */
    private log: string | undefined,
  ) {
    this.ended = new Promise((resolve) => {
      this.settle = resolve;
      // 'close', not 'exit': only then has everything it sent arrived.
      child.once('close', (code, signal) => resolve({ code, signal }));
      child.once('error', (error) => {
        this.keepOutput(error.message);
        if (child.pid === undefined) resolve({ code: 1, signal: null });
      });
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.keepOutput(text));
    }
    this.connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    this.connection.onError(() => undefined); // a broken line shows as the end of the process
    this.connection.onNotification(eventNotification, (event) => {
      for (const listener of this.listeners) listener(event);
    });
    this.connection.listen();
  }

  static start(options: TrainerOptions = {}): TrainerProcess {
    const output = options.log === undefined ? 'pipe' : openSync(options.log, 'wx', 0o600);
    try {
      const child = fork(options.script ?? bundlePath('trainer'), options.args ?? [], {
        stdio: ['ignore', output, output, 'ipc'],
        execArgv: ['--enable-source-maps'],
        // A process group of its own: Ctrl-C is ours to translate, and killing the group kills the tree.
        detached: process.platform !== 'win32',
      });
      return new TrainerProcess(child, options.log);
    } finally {
      if (output !== 'pipe') closeSync(output);
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  onEvent(listener: (event: TrainerEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Does one task and returns its outcome.
   * @throws TrainerError when it fails or the process dies.
   */
  async run<Task extends TrainerTask>(task: Task): Promise<OutcomeOf<Task>> {
    if (task.task === 'train') this.moveLog(trainerLog(task.runFolder));
    const response = this.connection.sendRequest(startRequest, task).catch((error: unknown) => {
      throw error instanceof ResponseError ? fromResponse(error as ResponseError<FailureData>) : error;
    });
    const death = this.ended.then(({ code, signal }) => {
      throw new TrainerError(this.describeDeath(code, signal), 'crash', undefined, this.printed);
    });
    return (await Promise.race([response, death])) as OutcomeOf<Task>;
  }

  stop(reason: string): void {
    this.notify(() => this.connection.sendNotification(stopNotification, { reason }));
  }

  update(changes: HotChanges): void {
    this.notify(() => this.connection.sendNotification(updateNotification, changes));
  }

  async kill(): Promise<void> {
    const { pid } = this.child;
    if (pid !== undefined && this.child.exitCode === null && this.child.signalCode === null) {
      signalGroup(pid);
    }
    await this.ended;
  }

  /** Lets an idle trainer end; one that does not is killed. */
  async close(): Promise<void> {
    if (this.child.connected) {
      // After a disconnect from this side Node reports 'exit' but no 'close'; all messages have arrived by now.
      this.child.once('exit', (code, signal) => this.settle({ code, signal }));
      this.child.disconnect();
    }
    const timer = setTimeout(() => void this.kill(), CLOSE_PATIENCE);
    await this.ended;
    clearTimeout(timer);
    this.connection.dispose();
    if (this.log === undefined) return;
    if (isTemporary(path.basename(this.log))) rmSync(this.log, { force: true });
    else dropEmptyLog(this.log);
  }

  private notify(send: () => Promise<void>): void {
    if (this.child.connected) send().catch(() => undefined);
  }

  /** What was printed in an earlier attempt of the run is of no use any more. */
  private moveLog(to: string): void {
    if (this.log === undefined) {
      rmSync(to, { force: true });
      return;
    }
    renameSync(this.log, to);
    this.log = to;
  }

  private get printed(): string {
    return this.log === undefined ? this.output : this.output + endOfOutput(this.log);
  }

  private keepOutput(text: string): void {
    this.output = (this.output + text).slice(-OUTPUT_KEPT);
  }

  private describeDeath(code: number | null, signal: NodeJS.Signals | null): string {
    const said = lastWords(this.printed);
    if (signal === 'SIGKILL') return `The trainer was killed, perhaps because memory ran out.${said}`;
    if (signal !== null) return `The trainer crashed (${signal}).${said}`;
    return `The trainer ended unexpectedly (exit code ${code}).${said}`;
  }
}

function fromResponse(error: ResponseError<FailureData>): TrainerError {
  return new TrainerError(
    error.message,
    error.data?.kind ?? 'internal',
    error.data?.problem,
    error.data?.stack,
  );
}

/** Kills a trainer and everything that it started. */
export function signalGroup(pid: number): void {
  if (process.platform === 'win32') {
    execFile('taskkill', ['/pid', String(pid), '/T', '/F'], () => undefined);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in this very moment.
  }
}
