import { oneHot } from '../nn/losses.ts';
import * as tf from '../nn/tf.ts';

/** Identity matrix [size, size], made on the device by comparison, so that no graph stores size * size numbers. */
export function identity(size: number): tf.Tensor2D {
  return oneHot(tf.range(0, size, 1, 'int32'), size);
}

/** Columns of [rows, columns] moved to mean 0. */
export function centreColumns(z: tf.Tensor2D): tf.Tensor2D {
  return tf.sub(z, tf.mean(z, 0, true));
}

/** Sum of the squares of all elements off the diagonal of a square matrix. */
export function offDiagonalSquares(matrix: tf.Tensor2D): tf.Scalar {
  const others = tf.sub(1, identity(matrix.shape[0]));
  return tf.sum(tf.square(tf.mul(matrix, others)));
}

/** Two views of the same batch must have one shape; statistics over the batch need at least 2 rows. */
export function checkPair(loss: string, a: tf.Tensor2D, b: tf.Tensor2D): void {
  if (a.shape[0] !== b.shape[0] || a.shape[1] !== b.shape[1])
    throw new Error(
      `${loss}: the views differ in shape, [${a.shape.join(', ')}] and [${b.shape.join(', ')}].`,
    );
  if (a.shape[0] < 2) throw new Error(`${loss} compares samples of a batch: batchSize must be at least 2.`);
}
