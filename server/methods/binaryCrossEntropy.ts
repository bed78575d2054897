import * as tf from '../nn/tf.ts';

/**
 * Mean binary cross-entropy in nats over all elements, from logits: targets of the same shape in [0, 1]. Written as
 * max(x, 0) - x t + log(1 + exp(-|x|)), which never overflows; the targets get no gradient.
 */
export function binaryCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  if (logits.shape.join() !== targets.shape.join())
    throw new Error(
      `Binary cross-entropy of logits [${logits.shape.join(', ')}] and targets [${targets.shape.join(', ')}].`,
    );
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([x, targets]);
    const tail = tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1));
    return {
      value: tf.mean(tf.add(tf.sub(tf.relu(x), tf.mul(x, targets)), tail)) as tf.Tensor,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, targets] = saved as [tf.Tensor, tf.Tensor];
        return tf.mul(tf.sub(tf.sigmoid(x), targets), tf.mul(dy, 1 / x.size));
      },
    };
  });
  return op(logits) as tf.Scalar;
}
