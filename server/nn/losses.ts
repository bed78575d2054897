import { normalizeRows } from './rows.ts';
import * as tf from './tf.ts';

/** Class numbers int32 [rows] -> one-hot float32 [rows, classes]. */
export function oneHot(labels: tf.Tensor, classes: number): tf.Tensor2D {
  const numbers = tf.range(0, classes, 1, 'int32');
  return tf.cast(tf.equal(tf.reshape(labels, [labels.size, 1]), numbers), 'float32');
}

/**
 * Mean cross-entropy in nats between softmax(logits) and the labels. logits [rows, classes]; labels are class
 * numbers (int32 [rows]) or distributions (float32 [rows, classes], each row summing to 1). The labels get no gradient.
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor): tf.Scalar {
  const [rows, classes] = logits.shape;
  const targets = labels.dtype === 'int32' ? oneHot(labels, classes) : labels;
  if (targets.shape[0] !== rows || targets.shape[1] !== classes)
    throw new Error(
      `Cross-entropy of logits [${logits.shape.join(', ')}] with labels [${labels.shape.join(', ')}].`,
    );
  const op = tf.customGrad((...args) => {
    const [logits, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const shifted = tf.sub(logits, tf.max(logits, 1, true));
    const powers = tf.exp(shifted);
    const total = tf.sum(powers, 1, true);
    save([tf.div(powers, total), targets]);
    const chosen = tf.sum(tf.mul(shifted, targets), 1, true);
    return {
      value: tf.mean(tf.sub(tf.log(total), chosen)) as tf.Tensor,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [probabilities, targets] = saved as [tf.Tensor, tf.Tensor];
        return tf.mul(tf.sub(probabilities, targets), tf.mul(dy, 1 / rows));
      },
    };
  });
  return op(logits) as tf.Scalar;
}

/** Mean squared error over all elements of two tensors of the same shape. */
export function mse(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  if (a.shape.join() !== b.shape.join())
    throw new Error(`Mean squared error of [${a.shape.join(', ')}] and [${b.shape.join(', ')}].`);
  const op = tf.customGrad((...args) => {
    const [a, b, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const difference = tf.sub(a, b);
    save([difference]);
    return {
      value: tf.mean(tf.square(difference)) as tf.Tensor,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const da = tf.mul(saved[0] as tf.Tensor, tf.mul(dy, 2 / a.size));
        return [da, tf.neg(da)];
      },
    };
  });
  return op(a, b) as tf.Scalar;
}

/** Mean absolute error over all elements of two tensors of the same shape. */
export function meanAbsoluteError(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  if (a.shape.join() !== b.shape.join())
    throw new Error(`Mean absolute error of [${a.shape.join(', ')}] and [${b.shape.join(', ')}].`);
  const op = tf.customGrad((...args) => {
    const [a, b, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const difference = tf.sub(a, b);
    save([difference]);
    return {
      value: tf.mean(tf.abs(difference)) as tf.Tensor,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const da = tf.mul(tf.sign(saved[0] as tf.Tensor), tf.mul(dy, 1 / a.size));
        return [da, tf.neg(da)];
      },
    };
  });
  return op(a, b) as tf.Scalar;
}

/** Cosine of the angle between corresponding rows: two [rows, length] -> [rows]. */
export function cosineSimilarity(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(tf.mul(normalizeRows(a), normalizeRows(b)), 1);
}
