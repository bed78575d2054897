import { DiskError, PermissionError } from '../runFolder/atomic.ts';
import { RunNotFoundError } from '../runs/store.ts';
import { TrainerError } from '../runs/trainerProcess.ts';
import { exitCodes, type Io, UsageError } from './io.ts';
import { styleFor } from './style.ts';
import { InterruptedError } from './withTrainer.ts';

/** Prints what went wrong, in one message for people, and gives the exit code. */
export function reportFailure(error: unknown, io: Io): number {
  if (error instanceof InterruptedError) return exitCodes.stopped;
  const message = error instanceof Error ? error.message : String(error);
  io.err(`${styleFor(io).red('error:')} ${message}\n`);
  const users = [UsageError, RunNotFoundError, PermissionError];
  if (users.some((kind) => error instanceof kind)) return exitCodes.usage;
  if (error instanceof DiskError) return exitCodes.failed;
  if (error instanceof TrainerError) {
    if (error.kind === 'internal' && error.detail !== undefined) io.err(`${error.detail}\n`);
    return error.kind === 'input' ? exitCodes.usage : exitCodes.failed;
  }
  // A mistake of ours: whoever reports it needs the stack.
  if (error instanceof Error && error.stack !== undefined) io.err(`${error.stack}\n`);
  return exitCodes.failed;
}
