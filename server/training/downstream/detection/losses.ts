import * as tf from '../../../nn/tf.ts';

/** As in the paper, and in every detector since. */
const alpha = 0.25;

/**
 * Focal loss with gamma 2 (Lin et al. 2017, https://arxiv.org/abs/1708.02002), one value per element:
 * -a (1 - p)^2 log p, where p is the probability sigmoid(logit) of what is true (target 1) or 1 - sigmoid(logit)
 * (target 0) and a is 0.25 or 0.75. `targets` are 0 or 1, in the shape of the logits, and get no gradient.
 */
export function focalLoss(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  const sign = tf.sub(tf.mul(targets, 2), 1);
  const weight = tf.add(tf.mul(targets, 2 * alpha - 1), 1 - alpha);
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const margin = tf.mul(x, sign);
    const p = tf.sigmoid(margin);
    const logP = tf.neg(tf.softplus(tf.neg(margin)));
    const q = tf.sub(1, p);
    const scale = tf.mul(weight, tf.square(q));
    save([p, logP, tf.mul(scale, sign)]);
    return {
      value: tf.neg(tf.mul(scale, logP)),
      // d/dm [-(1 - p)^2 log p] = (1 - p)^2 (2 p log p - (1 - p))
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [p, logP, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const slope = tf.sub(tf.mul(tf.mul(p, logP), 2), tf.sub(1, p));
        return tf.mul(dy, tf.mul(scale, slope));
      },
    };
  });
  return op(logits);
}

/**
 * 1 - GIoU (Rezatofighi et al. 2019, https://arxiv.org/abs/1902.09630) of boxes that share a point, each given by its
 * distances [left, top, right, bottom] from it (FCOS): two [boxes, 4], not negative -> [boxes], 0 to 2.
 */
export function giouLoss(distances: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor1D {
  const shared = areaOf(tf.minimum(distances, targets));
  const joint = tf.sub(tf.add(areaOf(distances), areaOf(targets)), shared);
  const around = areaOf(tf.maximum(distances, targets));
  // An empty target, of a cell that does not count, must not divide by zero either.
  const iou = tf.div(shared, tf.maximum(joint, tiny));
  const wasted = tf.div(tf.sub(around, joint), tf.maximum(around, tiny));
  return tf.add(tf.sub(1, iou), wasted);
}

const tiny = 1e-7;

/** (left + right) (top + bottom) */
function areaOf(distances: tf.Tensor2D): tf.Tensor1D {
  const [left, top, right, bottom] = tf.split(distances, 4, 1) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  return tf.reshape(tf.mul(tf.add(left, right), tf.add(top, bottom)), [distances.shape[0]]);
}

/** Binary cross-entropy of logits with targets 0..1, one value per element. */
export function sigmoidCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([x]);
    return {
      value: tf.sub(tf.softplus(x), tf.mul(x, targets)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(dy, tf.sub(tf.sigmoid(saved[0] as tf.Tensor), targets)),
    };
  });
  return op(logits);
}
