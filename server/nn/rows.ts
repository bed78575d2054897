import * as tf from './tf.ts';

/**
 * Rows of x by number: x [n, ...], indices int32 [m] -> [m, ...]. Rows may repeat or be left out; the gradient is
 * one segment sum. For tokens [batch, count, width], flatten to [batch * count, width] and use flat row numbers
 * (sample * count + token): batched gathers unroll into one op per sample.
 */
export function gatherRows(x: tf.Tensor, indices: tf.Tensor1D): tf.Tensor {
  const count = x.shape[0] ?? 0;
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([indices]);
    return {
      value: tf.gather(x, indices),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.unsortedSegmentSum(dy, saved[0] as tf.Tensor1D, count),
    };
  });
  return op(x);
}

/**
 * A permutation of rows: row i of the result is row order[i] of x. `inverse` undoes it (inverse[order[i]] = i):
 * with it the gradient is a gather too, not a scatter.
 */
export function permuteRows(x: tf.Tensor, order: tf.Tensor1D, inverse: tf.Tensor1D): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([inverse]);
    return {
      value: tf.gather(x, order),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.gather(dy, saved[0] as tf.Tensor1D),
    };
  });
  return op(x);
}

/** `permuteRows` on tokens [batch, count, width]; order and inverse hold flat row numbers [batch * count]. */
export function permuteTokens(tokens: tf.Tensor3D, order: tf.Tensor1D, inverse: tf.Tensor1D): tf.Tensor3D {
  const [batch, count, width] = tokens.shape;
  const rows = tf.reshape(tokens, [batch * count, width]);
  return tf.reshape(permuteRows(rows, order, inverse), [batch, count, width]);
}

/** `gatherRows` on tokens [batch, count, width]: indices [batch * kept] of flat row numbers -> [batch, kept, width]. */
export function gatherTokens(tokens: tf.Tensor3D, indices: tf.Tensor1D): tf.Tensor3D {
  const [batch, count, width] = tokens.shape;
  const rows = gatherRows(tf.reshape(tokens, [batch * count, width]), indices);
  return tf.reshape(rows, [batch, indices.size / batch, width]);
}

/** Rows of [rows, length] to Euclidean length 1; rows shorter than epsilon are divided by epsilon. */
export function normalizeRows(x: tf.Tensor2D, epsilon = 1e-8): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const inverse = tf.rsqrt(tf.maximum(tf.sum(tf.square(x), 1, true), epsilon * epsilon));
    const y = tf.mul(x, inverse);
    save([y, inverse]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [y, inverse] = saved as [tf.Tensor, tf.Tensor];
        return tf.mul(tf.sub(dy, tf.mul(y, tf.sum(tf.mul(dy, y), 1, true))), inverse);
      },
    };
  });
  return op(x) as tf.Tensor2D;
}
