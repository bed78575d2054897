import { createMessageConnection, ResponseError } from 'vscode-jsonrpc';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import type { TrainerEvent } from '../protocol/run.ts';
import {
  eventNotification,
  type FailureData,
  type FailureKind,
  failureKinds,
  type HotChanges,
  type InputProblem,
  startRequest,
  stopNotification,
  type TaskName,
  type TaskOutcomes,
  type TrainerTask,
  updateNotification,
} from '../protocol/trainer.ts';
import { DiskError } from '../runFolder/atomic.ts';
import { controlAddress } from '../runFolder/controlAddress.ts';
import { type Controlled, ControlSocket } from './controlSocket.ts';

/** What a task may ask and tell while it works. */
export interface TaskControl {
  /** Aborted when the task should finish its step, write a checkpoint and end; `signal.reason` is a sentence. */
  readonly signal: AbortSignal;
  /** New settings since the last call, merged; undefined when there are none. Ask at every step. */
  takeChanges(): HotChanges | undefined;
  /** Tells the parent; write to the run folder first. Does nothing once the parent is gone. */
  report(event: TrainerEvent): void;
}

/**
 * One function per task. An error with a `problem` (DataError) is the user's mistake, a DiskError the disk's; another
 * one says whose it is with a `kind` (see `failureKinds`) or is our own.
 */
export type TaskHandlers = {
  readonly [Name in TaskName]: (
    task: Extract<TrainerTask, { task: Name }>,
    control: TaskControl,
  ) => Promise<TaskOutcomes[Name]>;
};

/** How long a task that is not kept alive may take to end after its parent is gone (ms). */
const ORPHAN_PATIENCE = 60_000;

/**
 * Serves tasks over this process's IPC channel until the parent closes it, then ends the process: at once when idle,
 * otherwise when the task has stopped, or has finished if it is kept alive.
 */
export function serveTrainer(handlers: TaskHandlers): void {
  if (process.send === undefined) throw new Error('The trainer is started by Selfsup, not by hand.');
  const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
  let running: { task: TrainerTask; stop: AbortController; changes: HotChanges | undefined } | undefined;
  const controlled: Controlled = {
    stop: (reason) => running?.stop.abort(reason ?? 'Stopped on request.'),
    update: (changes) => {
      if (running !== undefined) running.changes = merge(running.changes, changes);
    },
    status: () => ({
      kept: running?.task.task === 'train' && running.task.keepAlive,
      orphan: !process.connected,
    }),
  };

  connection.onRequest(startRequest, async (task) => {
    if (running !== undefined) throw failure('internal', `The trainer is busy with ${running.task.task}.`);
    const current = { task, stop: new AbortController(), changes: undefined as HotChanges | undefined };
    running = current;
    const socket =
      task.task === 'train'
        ? await ControlSocket.open(controlAddress(task.runFolder), controlled)
        : undefined;
    const control: TaskControl = {
      signal: current.stop.signal,
      takeChanges() {
        const { changes } = current;
        current.changes = undefined;
        return changes;
      },
      report: (event) => {
        if (process.connected) connection.sendNotification(eventNotification, event).catch(() => undefined);
        socket?.report(event);
      },
    };
    try {
      const handler = handlers[task.task] as (
        t: TrainerTask,
        c: TaskControl,
      ) => Promise<TaskOutcomes[TaskName]>;
      return await handler(task, control);
    } catch (error) {
      throw asFailure(error, current.stop.signal);
    } finally {
      running = undefined;
      socket?.close();
      if (!process.connected) process.exit();
    }
  });
  connection.onNotification(stopNotification, ({ reason }) => controlled.stop(reason));
  connection.onNotification(updateNotification, (changes) => controlled.update(changes));

  process.once('disconnect', () => {
    if (running === undefined) process.exit();
    if (running.task.task === 'train' && running.task.keepAlive) return;
    running.stop.abort('The program that started the run went away.');
    setTimeout(() => process.exit(1), ORPHAN_PATIENCE).unref();
  });
  // Ctrl-C and a closed terminal are the parent's business: it says what they mean, or goes away.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  // After the parent is gone nobody reads our output: that must not end us before the checkpoint.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  process.on('SIGTERM', () => running?.stop.abort('Asked to end by the system.'));
  connection.listen();
}

function merge(old: HotChanges | undefined, changes: HotChanges): HotChanges {
  return {
    ...old,
    ...changes,
    ...(old?.train || changes.train ? { train: { ...old?.train, ...changes.train } } : {}),
  };
}

/** Whose mistake an error is. */
export function failureKind(error: unknown): FailureKind {
  if (error instanceof DiskError) return 'disk';
  if (problemOf(error) !== undefined) return 'input';
  const kind: unknown = error instanceof Error && 'kind' in error ? error.kind : undefined;
  return failureKinds.find((known) => known === kind) ?? 'internal';
}

function problemOf(error: unknown): InputProblem | undefined {
  if (!(error instanceof Error && 'problem' in error)) return undefined;
  const problem = error.problem as Partial<InputProblem> | undefined;
  return Array.isArray(problem?.key) && typeof problem.fix === 'string'
    ? (problem as InputProblem)
    : undefined;
}

function asFailure(error: unknown, signal: AbortSignal): ResponseError<FailureData> {
  if (error instanceof ResponseError) return error as ResponseError<FailureData>;
  const kind = signal.aborted && error === signal.reason ? 'stopped' : failureKind(error);
  const problem = problemOf(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return failure(kind, error instanceof Error ? error.message : String(error), {
    ...(problem === undefined ? {} : { problem }),
    ...(stack === undefined ? {} : { stack }),
  });
}

function failure(
  kind: FailureKind,
  message: string,
  more: Omit<FailureData, 'kind'> = {},
): ResponseError<FailureData> {
  return new ResponseError(-32000, message, { kind, ...more });
}
