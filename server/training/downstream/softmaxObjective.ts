import type { InputArray } from '../../methods/method.ts';
import type { Named } from '../../nn/parameters.ts';
import * as tf from '../../nn/tf.ts';
import type { Engine } from '../engine/engine.ts';
import type { Features } from '../health/features.ts';
import type { Objective } from './lbfgs.ts';

/**
 * Mean cross-entropy of a linear softmax classifier plus `penalty` / 2 times the squared weights (not the biases).
 * The point is one weight row per class, then the biases: [classes * size + classes].
 */
export interface SoftmaxObjective {
  readonly objective: Objective;
  dispose(): Promise<void>;
}

/** Above this many multiplications per evaluation a compiled matrix product beats the loop below. */
const worthCompiling = 1e7;

/** `engine`: used for large problems only, and never the plain JavaScript one, which gains nothing. */
export async function softmaxObjective(
  features: Features,
  labels: Int32Array,
  classes: number,
  penalty: number,
  engine?: Engine,
): Promise<SoftmaxObjective> {
  const products = features.count * features.size * classes;
  if (engine !== undefined && engine.device !== 'reference' && products >= worthCompiling) {
    return onEngine(features, labels, classes, penalty, engine);
  }
  return { objective: inPlace(features, labels, classes, penalty), dispose: async () => {} };
}

/** The plain loop, in float64. Four samples at a time: each weight is read, and each gradient written, once for all. */
export function inPlace(features: Features, labels: Int32Array, classes: number, penalty: number): Objective {
  const { count, size } = features;
  const groups = Math.ceil(count / 4);
  const rows = new Float32Array(groups * 4 * size); // padded with zero rows, whose residuals are kept at 0
  rows.set(features.values);
  const residuals = new Float64Array(4 * classes);
  return (point, gradient) => {
    gradient.fill(0);
    const bias = classes * size;
    let loss = 0;
    for (let group = 0; group < groups; group++) {
      const first = group * 4;
      const x0 = rows.subarray(first * size, (first + 1) * size);
      const x1 = rows.subarray((first + 1) * size, (first + 2) * size);
      const x2 = rows.subarray((first + 2) * size, (first + 3) * size);
      const x3 = rows.subarray((first + 3) * size, (first + 4) * size);
      for (let c = 0; c < classes; c++) {
        const w = point.subarray(c * size, (c + 1) * size);
        let s0 = point[bias + c]!;
        let s1 = s0;
        let s2 = s0;
        let s3 = s0;
        for (let k = 0; k < size; k++) {
          const value = w[k]!;
          s0 += value * x0[k]!;
          s1 += value * x1[k]!;
          s2 += value * x2[k]!;
          s3 += value * x3[k]!;
        }
        residuals[c] = s0;
        residuals[classes + c] = s1;
        residuals[2 * classes + c] = s2;
        residuals[3 * classes + c] = s3;
      }
      for (let i = 0; i < 4; i++) {
        const row = residuals.subarray(i * classes, (i + 1) * classes);
        if (first + i < count) loss += toResiduals(row, labels[first + i]!, count);
        else row.fill(0);
      }
      for (let c = 0; c < classes; c++) {
        const r0 = residuals[c]!;
        const r1 = residuals[classes + c]!;
        const r2 = residuals[2 * classes + c]!;
        const r3 = residuals[3 * classes + c]!;
        const g = gradient.subarray(c * size, (c + 1) * size);
        for (let k = 0; k < size; k++) g[k]! += r0 * x0[k]! + r1 * x1[k]! + r2 * x2[k]! + r3 * x3[k]!;
        gradient[bias + c]! += r0 + r1 + r2 + r3;
      }
    }
    return loss + addPenalty(point, gradient, bias, penalty);
  };
}

/** Logits become (softmax - one-hot) / count, in place; returns the cross-entropy / count. */
function toResiduals(logits: Float64Array, label: number, count: number): number {
  let top = -Infinity;
  for (const value of logits) top = Math.max(top, value);
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - top);
  const loss = Math.log(sum) + top - logits[label]!;
  for (let c = 0; c < logits.length; c++) logits[c] = Math.exp(logits[c]! - top) / sum / count;
  logits[label]! -= 1 / count;
  return loss / count;
}

function addPenalty(point: Float64Array, gradient: Float64Array, weights: number, penalty: number): number {
  let squares = 0;
  for (let i = 0; i < weights; i++) {
    squares += point[i]! * point[i]!;
    gradient[i]! += penalty * point[i]!;
  }
  return (penalty / 2) * squares;
}

/** The same as one compiled program; samples and labels stay on the device. Computes in float32. */
async function onEngine(
  { values, count, size }: Features,
  labels: Int32Array,
  classes: number,
  penalty: number,
  engine: Engine,
): Promise<SoftmaxObjective> {
  const targets = new Float32Array(count * classes);
  for (let row = 0; row < count; row++) targets[row * classes + labels[row]!] = 1;
  const program = await engine.program(lossAndGradient, {
    samples: { shape: [count, size], dtype: 'float32' },
    targets: { shape: [count, classes], dtype: 'float32' },
    weights: { shape: [classes, size], dtype: 'float32' },
    biases: { shape: [classes], dtype: 'float32' },
  });
  await program.bind({ samples: values, targets });
  const bias = classes * size;
  const objective: Objective = async (point, gradient) => {
    const weights = Float32Array.from(point.subarray(0, bias));
    const biases = Float32Array.from(point.subarray(bias));
    const result: Named<InputArray> = await program.run({ weights, biases });
    gradient.set(result.weightGradient!);
    gradient.set(result.biasGradient!, bias);
    return result.loss![0]! + addPenalty(point, gradient, bias, penalty);
  };
  return { objective, dispose: () => program.dispose() };
}

function lossAndGradient(inputs: Named<tf.Tensor>): Named<tf.Tensor> {
  const samples = inputs.samples as tf.Tensor2D;
  const targets = inputs.targets as tf.Tensor2D;
  const count = samples.shape[0];
  const logits = tf.add(
    tf.matMul(samples, inputs.weights as tf.Tensor2D, false, true),
    inputs.biases as tf.Tensor1D,
  );
  const shifted = tf.sub(logits, tf.max(logits, 1, true));
  const powers = tf.exp(shifted);
  const total = tf.sum(powers, 1, true);
  const chosen = tf.sum(tf.mul(shifted, targets), 1, true);
  const residuals = tf.mul(tf.sub(tf.div(powers, total), targets), 1 / count) as tf.Tensor2D;
  return {
    loss: tf.mean(tf.sub(tf.log(total), chosen)),
    weightGradient: tf.matMul(residuals, samples, true),
    biasGradient: tf.sum(residuals, 0),
  };
}
