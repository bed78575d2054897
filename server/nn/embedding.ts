import type { Forward, Parameter, Scope } from './parameters.ts';
import { gatherRows } from './rows.ts';
import * as tf from './tf.ts';

/** A learned vector for each of `count` numbers, and the way back from vectors to numbers. */
export interface Embedding {
  readonly weight: Parameter;
  /** int32 of any shape -> [...shape, width]. */
  apply(forward: Forward, ids: tf.Tensor): tf.Tensor;
  /** How well each number fits: rows [n, width] -> [n, count], their products with all vectors (weight tying). */
  scores(forward: Forward, rows: tf.Tensor2D): tf.Tensor2D;
}

/**
 * An embedding table that starts small, as in BERT and GPT-2; the same table may score the output
 * (Press & Wolf 2017, https://arxiv.org/abs/1608.05859).
 */
export function embedding(scope: Scope, count: number, width: number): Embedding {
  const weight = scope.weight('weight', [count, width], { kind: 'truncatedNormal', std: 0.02 });
  return {
    weight,
    apply(forward, ids) {
      const rows = gatherRows(forward.read(weight), tf.reshape(ids, [ids.size]));
      return tf.reshape(rows, [...ids.shape, width]);
    },
    scores: (forward, rows) => tf.matMul(rows, forward.read(weight) as tf.Tensor2D, false, true),
  };
}
