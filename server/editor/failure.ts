import { ResponseError } from 'vscode-languageserver';
import type { Problem } from '../config/problem.ts';
import type { EditorFailure } from '../protocol/editor.ts';
import { DiskError } from '../runFolder/atomic.ts';
import { LockedError } from '../runFolder/lock.ts';
import { SupersededError } from '../runs/assistant.ts';
import { RunStateError } from '../runs/manager.ts';
import { ProposalError } from '../runs/newConfig.ts';
import { RunNotFoundError } from '../runs/store.ts';
import { TrainerError } from '../runs/trainerProcess.ts';

/** A request that cannot be fulfilled; the message is for people. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  constructor(
    message: string,
    readonly failure: EditorFailure,
  ) {
    super(message);
  }
}

/** The first error of a config, as one sentence with its place. */
export function problemError(problems: readonly Problem[]): RequestError {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return new RequestError('The config has errors.', { kind: 'input' });
  const { file, line, column, message, found, expected, fix } = first;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new RequestError(
    `Line ${line}: ${message}. Found ${found}; expected ${expected}. Fix: ${fix}${more}.`,
    { kind: 'input', file, line, column },
  );
}

/** LSP's code for a request that was overtaken by a newer one. */
const CANCELLED = -32800;

/** What an editor is told when a request fails. */
export function asResponse(error: unknown): ResponseError<EditorFailure> {
  if (error instanceof ResponseError) return error as ResponseError<EditorFailure>;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SupersededError) return new ResponseError(CANCELLED, message, { kind: 'state' });
  return new ResponseError(-32000, message, failureOf(error));
}

function failureOf(error: unknown): EditorFailure {
  if (error instanceof RequestError) return error.failure;
  if (error instanceof RunStateError || error instanceof LockedError || error instanceof RunNotFoundError)
    return { kind: 'state' };
  if (error instanceof ProposalError || error instanceof DiskError) return { kind: 'input' };
  if (error instanceof TrainerError) return { kind: error.kind === 'input' ? 'input' : 'internal' };
  return { kind: 'internal' };
}
