import * as tf from './tf.ts';

/**
 * Computes a tensor that automatic differentiation never sees: to it, the result is a constant.
 *
 * TensorFlow.js has no stop-gradient op. A custom op without inputs has no edge to anything on the tape, so the
 * branch is really cut: no zero gradients travel through it, eagerly or in a recorded graph.
 */
export function withoutGradient<T extends tf.Tensor>(compute: () => T): T {
  const constant = tf.customGrad<T>(() => ({ value: compute(), gradFunc: () => [] }));
  return constant() as T;
}

/** The same values with no gradient flowing back. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return withoutGradient(() => x.clone() as T);
}
