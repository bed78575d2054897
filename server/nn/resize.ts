import * as tf from './tf.ts';

/**
 * Feature maps [batch, h, w, channels] in another size, by bilinear interpolation with half-pixel centres. A product
 * with one constant matrix, so that its gradient is exact on every device; meant for small maps.
 */
export function resizeMap(x: tf.Tensor, [rows, columns]: readonly [number, number]): tf.Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  if (height === rows && width === columns) return x;
  const [down, across] = [weights(height, rows), weights(width, columns)];
  // [h * w, rows * columns]: how much of every old place there is in every new one.
  const matrix = new Float32Array(height * width * rows * columns);
  let at = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (const row of down) for (const column of across) matrix[at++] = row[y]! * column[x]!;
  const planes = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [batch * channels, height * width]);
  const resized = tf.matMul(planes, tf.tensor2d(matrix, [height * width, rows * columns]));
  return tf.transpose(tf.reshape(resized, [batch, channels, rows, columns]), [0, 2, 3, 1]);
}

/** For each of `to` places, the weights of the `from` old ones; beyond the edge lies the edge. */
function weights(from: number, to: number): number[][] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    return Array.from({ length: from }, (_, j) => Math.max(0, 1 - Math.abs(at - j)));
  });
}
