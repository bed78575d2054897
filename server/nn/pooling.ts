import * as tf from './tf.ts';

type Combine = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/**
 * Combines non-overlapping windows of `size` x `size`, first along the columns, then along the rows. Splits and
 * pairwise ops have exact gradients on every device, which the pooling kernels of tfjs and ONNX do not.
 */
function pool(x: tf.Tensor, size: number, combine: Combine): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  if (height % size !== 0 || width % size !== 0)
    throw new Error(`Pooling by ${size} needs sides divisible by ${size}, found ${height} x ${width}.`);
  const rows = height / size;
  const columns = width / size;
  const fold = (y: tf.Tensor): tf.Tensor => tf.split(y, size, 1).reduce((a, b) => combine(a, b));
  const narrow = fold(tf.reshape(x, [batch * height * columns, size, channels]));
  const small = fold(tf.reshape(narrow, [batch * rows, size, columns * channels]));
  return tf.reshape(small, [batch, rows, columns, channels]);
}

/** Largest value of each window, stride = size: [batch, h, w, c] -> [batch, h / size, w / size, c]. */
export function maxPool(x: tf.Tensor, size = 2): tf.Tensor4D {
  return pool(x, size, tf.maximum);
}

/** Mean of each window, stride = size: [batch, h, w, c] -> [batch, h / size, w / size, c]. */
export function averagePool(x: tf.Tensor, size = 2): tf.Tensor4D {
  return tf.mul(pool(x, size, tf.add), 1 / (size * size));
}

/** Mean over all positions: [batch, h, w, c] -> [batch, c]. */
export function globalAveragePool(x: tf.Tensor): tf.Tensor2D {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  return tf.mean(tf.reshape(x, [batch, height * width, channels]), 1);
}
