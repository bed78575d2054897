import { dense } from './dense.ts';
import type { Forward, Scope } from './parameters.ts';
import type { Rotation } from './rotary.ts';
import * as tf from './tf.ts';

/** What attention over a sequence depends on beside its input; nothing of it is needed for a bag of patches. */
export interface AttentionContext {
  /** Added to the scores before the softmax, [batch or 1, 1, tokens or 1, tokens]: far below 0 hides a token. */
  readonly bias?: tf.Tensor | undefined;
  /** Turns queries and keys by their position. */
  readonly rotation?: Rotation | undefined;
}

/** A layer that may be told more about its tokens. */
export type AttentionLayer = (forward: Forward, x: tf.Tensor, context?: AttentionContext) => tf.Tensor;

/**
 * Multi-head self-attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762): [batch, tokens, width] -> same
 * shape. Queries, keys and values come from one product and are split on the first axis after one transpose.
 */
export function selfAttention(scope: Scope, width: number, heads: number): AttentionLayer {
  if (width % heads !== 0) throw new Error(`Width ${width} does not divide into ${heads} heads.`);
  const size = width / heads;
  const qkv = dense(scope.child('qkv'), width, 3 * width, {
    // Each of the three is its own square matrix, so it starts like one.
    init: { kind: 'xavierUniform', fanIn: width, fanOut: width },
  });
  const output = dense(scope.child('output'), width, width);
  return (forward, x, { bias, rotation = unturned } = {}) => {
    const [batch, tokens] = x.shape as [number, number, number];
    const joined = tf.reshape(qkv(forward, x), [batch, tokens, 3, heads, size]);
    const parts = tf.split(tf.transpose(joined, [2, 0, 3, 1, 4]), 3, 0);
    const [query, key, value] = parts.map((part) => tf.reshape(part, [batch * heads, tokens, size]));
    const scaled = tf.mul(rotation(query!), 1 / Math.sqrt(size));
    const scores = tf.matMul(scaled, rotation(key!), false, true);
    const weights = tf.softmax(bias === undefined ? scores : biased(scores, bias, heads));
    const mixed = tf.reshape(tf.matMul(weights, value!), [batch, heads, tokens, size]);
    return output(forward, tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, width]));
  };
}

/** Scores [batch * heads, tokens, tokens] with a bias that all heads share. */
function biased(scores: tf.Tensor, bias: tf.Tensor, heads: number): tf.Tensor {
  const [rows, tokens] = scores.shape as [number, number, number];
  const byHead = tf.reshape(scores, [rows / heads, heads, tokens, tokens]);
  return tf.reshape(tf.add(byHead, bias), scores.shape);
}

const unturned: Rotation = (x) => x;
