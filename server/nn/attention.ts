import { dense } from './dense.ts';
import type { Layer, Scope } from './parameters.ts';
import * as tf from './tf.ts';

/**
 * Multi-head self-attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762): [batch, tokens, width] -> same
 * shape. Queries, keys and values come from one product and are split on the first axis after one transpose.
 */
export function selfAttention(scope: Scope, width: number, heads: number): Layer {
  if (width % heads !== 0) throw new Error(`Width ${width} does not divide into ${heads} heads.`);
  const size = width / heads;
  const qkv = dense(scope.child('qkv'), width, 3 * width, {
    // Each of the three is its own square matrix, so it starts like one.
    init: { kind: 'xavierUniform', fanIn: width, fanOut: width },
  });
  const output = dense(scope.child('output'), width, width);
  return (forward, x) => {
    const [batch, tokens] = x.shape as [number, number, number];
    const joined = tf.reshape(qkv(forward, x), [batch, tokens, 3, heads, size]);
    const parts = tf.split(tf.transpose(joined, [2, 0, 3, 1, 4]), 3, 0);
    const [query, key, value] = parts.map((part) => tf.reshape(part, [batch * heads, tokens, size]));
    const scores = tf.matMul(tf.mul(query!, 1 / Math.sqrt(size)), key!, false, true);
    const mixed = tf.reshape(tf.matMul(tf.softmax(scores), value!), [batch, heads, tokens, size]);
    return output(forward, tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, width]));
  };
}
