import type { SequenceEncoder } from '../encoders/encoder.ts';
import { gelu } from '../nn/activation.ts';
import { dense } from '../nn/dense.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import type { Forward, Scope } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import type { TokenGuesses } from './method.ts';

/** Encoded tokens as rows [n, width] -> a score for each token of the vocabulary [n, vocabulary]. */
export type TokenHead = (forward: Forward, rows: tf.Tensor2D) => tf.Tensor2D;

/**
 * The output of BERT (https://arxiv.org/abs/1810.04805): a dense layer with GELU and layer normalization, then the
 * embedding's own table and a bias. Thrown away after pretraining.
 */
export function tokenHead(scope: Scope, sequence: SequenceEncoder): TokenHead {
  const { width, vocabulary } = sequence;
  const transform = dense(scope.child('dense'), width, width);
  const norm = layerNorm(scope.child('norm'), width, { epsilon: 1e-6 });
  const bias = scope.weight('bias', [vocabulary], { kind: 'constant', value: 0 }, { decay: false });
  return (forward, rows) => {
    const hidden = norm(forward, gelu(transform(forward, rows))) as tf.Tensor2D;
    return tf.add(sequence.scores(forward, hidden), forward.read(bias));
  };
}

/** Guesses that are drawn for each place. */
const drawn = 3;

/** The most probable tokens of each place, from the scores of all places [batch * length, vocabulary]. */
export function bestTokens(
  scores: tf.Tensor2D,
  [batch, length]: readonly [number, number],
): Pick<TokenGuesses, 'tokens' | 'probabilities'> {
  const count = Math.min(drawn, scores.shape[1]);
  const { values, indices } = tf.topk(tf.softmax(scores), count);
  return {
    tokens: tf.reshape(indices, [batch, length, count]),
    probabilities: tf.reshape(values, [batch, length, count]),
  };
}
