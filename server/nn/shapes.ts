import * as tf from './tf.ts';

/** Number of channels: the length of the last axis. */
export function lastAxis(x: tf.Tensor): number {
  const size = x.shape.at(-1);
  if (size === undefined) throw new Error('A scalar has no last axis.');
  return size;
}

/** [..., channels] -> [rows, channels]: the form in which reductions and products are fastest. */
export function toRows(x: tf.Tensor): tf.Tensor2D {
  return x.rank === 2 ? (x as tf.Tensor2D) : tf.reshape(x, [x.size / lastAxis(x), lastAxis(x)]);
}

/** [batch, ...sample shape] -> [batch, length]. */
export function flatten(x: tf.Tensor): tf.Tensor2D {
  const batch = x.shape[0] ?? 1;
  return x.rank === 2 ? (x as tf.Tensor2D) : tf.reshape(x, [batch, x.size / batch]);
}

/**
 * Repeats a smaller tensor over a larger shape. The gradient is one sum; the gradient of `tf.tile` and
 * `tf.broadcastTo` is one slice per repetition.
 */
export function broadcast(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return tf.add(tf.zeros([...shape]), x);
}
