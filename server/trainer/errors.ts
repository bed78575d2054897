import type { FailureKind } from '../protocol/trainer.ts';

/** A training that cannot go on, in words for people: what happened and what to change. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
  readonly kind: FailureKind = 'training';
}
