import * as tf from '../../../server/nn/tf.ts';
import { assertClose } from '../../support/numeric.ts';

/** Rows of numbers: the references compute with these, in float64 and by the definitions of the papers. */
export type Matrix = number[][];

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
export const mean = (values: readonly number[]): number => sum(values) / values.length;
export const dot = (a: readonly number[], b: readonly number[]): number => sum(a.map((v, i) => v * b[i]!));
export const norm = (a: readonly number[]): number => Math.sqrt(dot(a, a));
export const cosine = (a: readonly number[], b: readonly number[]): number => dot(a, b) / (norm(a) * norm(b));
export const columnsOf = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map((row) => row[j]!));
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Unbiased covariance of two columns. */
export function covariance(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  return sum(a.map((v, i) => (v - meanA) * (b[i]! - meanB))) / (a.length - 1);
}

/** -log softmax(logits)[label]. */
export function negativeLogProbability(logits: readonly number[], label: number): number {
  const top = Math.max(...logits);
  return top + Math.log(sum(logits.map((v) => Math.exp(v - top)))) - logits[label]!;
}

/** Binary cross-entropy of one logit, by its definition. */
export function binary(logit: number, target: number): number {
  const p = sigmoid(logit);
  return -(target * Math.log(p) + (1 - target) * Math.log(1 - p));
}

export function toMatrix(x: tf.Tensor2D): Matrix {
  return x.arraySync();
}

/** x[i][j] = sin(1 + offset + 3 i + 7 j): inputs of the numbers that were made with PyTorch. */
export function sines(rows: number, columns: number, offset = 0): tf.Tensor2D {
  return tf.tensor2d(
    Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, j) => Math.sin(1 + offset + 3 * i + 7 * j)),
    ),
  );
}

/**
 * The loss must have the reference's value, and its automatic gradient that of central differences of the reference,
 * which in float64 are exact to about 1e-9.
 */
export function assertLoss(
  loss: (...inputs: tf.Tensor2D[]) => tf.Tensor,
  reference: (...inputs: Matrix[]) => number,
  inputs: readonly tf.Tensor2D[],
  tolerance = 1e-5,
): void {
  const matrices = inputs.map(toMatrix);
  assertClose(loss(...inputs).dataSync(), [reference(...matrices)], tolerance, 'value');
  const gradients = tf.grads((...xs) => loss(...(xs as tf.Tensor2D[])) as tf.Scalar)([...inputs]);
  const step = 1e-5;
  inputs.forEach((_, which) => {
    const numeric = matrices[which]!.flatMap((row, i) =>
      row.map((_, j) => {
        const at = (delta: number): number => {
          const moved = matrices.map((m) => m.map((row) => [...row]));
          moved[which]![i]![j]! += delta;
          return reference(...moved);
        };
        return (at(step) - at(-step)) / (2 * step);
      }),
    );
    assertClose(gradients[which]!.dataSync(), numeric, tolerance, `gradient of input ${which}`);
  });
}
