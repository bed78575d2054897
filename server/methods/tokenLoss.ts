import { oneHot } from '../nn/losses.ts';
import { withoutGradient } from '../nn/stopGradient.ts';
import * as tf from '../nn/tf.ts';

/**
 * Weighted mean of the cross-entropy in nats between softmax(logits) and the labels: logits [rows, vocabulary], labels
 * int32 [rows], weights [rows], 0 for rows that do not count. Labels and weights get no gradient; without any weight the
 * loss is 0.
 */
export function tokenCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  const [rows, vocabulary] = logits.shape;
  const shares = sharesOf(weights);
  const op = tf.customGrad((...args) => {
    const [logits, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const shifted = tf.sub(logits, tf.max(logits, 1, true));
    const powers = tf.exp(shifted);
    const total = tf.sum(powers, 1, true);
    const targets = oneHot(labels, vocabulary);
    save([tf.div(powers, total), targets, shares]);
    const chosen = tf.sum(tf.mul(shifted, targets), 1, true);
    const losses = tf.sub(tf.log(total), chosen); // [rows, 1]
    return {
      value: tf.sum(tf.mul(losses, tf.reshape(shares, [rows, 1]))) as tf.Tensor,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [probabilities, targets, shares] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const factors = tf.reshape(tf.mul(shares, dy), [rows, 1]);
        return tf.mul(tf.sub(probabilities, targets), factors);
      },
    };
  });
  return op(logits) as tf.Scalar;
}

/** Weighted share of rows whose label has the highest logit: the arguments of `tokenCrossEntropy`. */
export function tokenAccuracy(logits: tf.Tensor2D, labels: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  return withoutGradient(() => {
    const chosen = tf.sum(tf.mul(logits, oneHot(labels, logits.shape[1])), 1);
    const right = tf.cast(tf.greaterEqual(chosen, tf.max(logits, 1)), 'float32');
    return tf.sum(tf.mul(right, sharesOf(weights))) as tf.Scalar;
  });
}

/** Weights that sum to 1. */
function sharesOf(weights: tf.Tensor1D): tf.Tensor1D {
  return withoutGradient(() => tf.div(weights, tf.maximum(tf.sum(weights), 1e-6)) as tf.Tensor1D);
}
