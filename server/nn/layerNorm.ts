import type { Layer, Scope } from './parameters.ts';
import { lastAxis, toRows } from './shapes.ts';
import * as tf from './tf.ts';

/**
 * Layer normalization of the last axis (Ba et al. 2016, https://arxiv.org/abs/1607.06450) with learned scale and
 * shift: [..., channels] -> same shape.
 */
export function layerNorm(scope: Scope, channels: number, options: { epsilon?: number } = {}): Layer {
  const { epsilon = 1e-5 } = options;
  const weight = scope.weight('weight', [channels], { kind: 'constant', value: 1 }, { decay: false });
  const bias = scope.weight('bias', [channels], { kind: 'constant', value: 0 }, { decay: false });
  return (forward, x) => {
    if (lastAxis(x) !== channels)
      throw new Error(`${weight.name}: expected [..., ${channels}], found [${x.shape.join(', ')}].`);
    const y = tf.add(tf.mul(standardizeRows(toRows(x), epsilon), forward.read(weight)), forward.read(bias));
    return x.rank === 2 ? y : tf.reshape(y, x.shape);
  };
}

/** Each row of [rows, length] to mean 0 and (biased) variance 1. */
export function standardizeRows(x: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const centred = tf.sub(x, tf.mean(x, 1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
    const y = tf.mul(centred, inverse);
    save([y, inverse]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [y, inverse] = saved as [tf.Tensor, tf.Tensor];
        const projection = tf.mul(y, tf.mean(tf.mul(dy, y), 1, true));
        return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, 1, true)), projection), inverse);
      },
    };
  });
  return op(x) as tf.Tensor2D;
}
