import { oneHot } from '../nn/losses.ts';
import { withoutGradient } from '../nn/stopGradient.ts';
import * as tf from '../nn/tf.ts';

/**
 * Share of rows whose labelled class has the highest logit (ties count as right): logits [rows, classes], labels
 * int32 [rows]. Without argmax, which has no place in a compiled step.
 */
export function accuracy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return withoutGradient(() => {
    const chosen = tf.sum(tf.mul(logits, oneHot(labels, logits.shape[1])), 1);
    return tf.mean(tf.cast(tf.greaterEqual(chosen, tf.max(logits, 1)), 'float32'));
  });
}
