import type { Named } from '../nn/parameters.ts';

/** Why a method collapses, and what to change in the config. */
export interface CollapseCause {
  readonly cause: string;
  readonly fix: string;
}

/** What shows a collapse beside the health of the outputs, and why it would come. */
export interface CollapseSigns {
  /** The loss is a cross-entropy over so many outputs: frozen at their logarithm, all samples get the same answer. */
  readonly outputs?: number;
  /** Metrics that fall below these values in a collapse only. */
  readonly floors?: Named<number>;
  /** The option that brings it about, if one is set so; otherwise what is usual for the family is said. */
  readonly cause?: CollapseCause;
}

/** The first cause whose condition holds, as `cause` of a task's signs: [condition, cause, fix]. */
export function causeOf(
  ...causes: readonly (readonly [boolean, cause: string, fix: string])[]
): Pick<CollapseSigns, 'cause'> {
  const found = causes.find(([holds]) => holds);
  return found === undefined ? {} : { cause: { cause: found[1], fix: found[2] } };
}

/** Heads without normalization, the cause that the negative-free methods have in common. */
export function withoutNorms(
  ...heads: readonly { readonly norm: 'batch' | 'none' }[]
): readonly [boolean, string, string] {
  return [
    heads.some(({ norm }) => norm === 'none'),
    'The heads have no batch normalization, which is what keeps the samples of a batch apart where there are no negatives.',
    'Remove norm: none from pretext.projector and pretext.predictor.',
  ];
}
