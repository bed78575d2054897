import type { Engine } from '../engine/engine.ts';
import type { Features } from '../health/features.ts';
import { type LbfgsOptions, lbfgs } from './lbfgs.ts';
import { softmaxObjective } from './softmaxObjective.ts';
import { measureScale, type Standardizer, standardize } from './standardize.ts';

/** A linear softmax classifier on standardised features. */
export interface LinearClassifier {
  readonly size: number;
  readonly classes: number;
  /** One weight row per class, then one bias per class. */
  readonly point: Float64Array;
  readonly standardizer: Standardizer;
  readonly converged: boolean;
}

export interface LogisticRegressionOptions extends LbfgsOptions {
  /** Inverse strength of the L2 penalty, scikit-learn's `C`; default 1. */
  readonly c?: number;
  /** Statistics to standardise with; default: those of the features given. */
  readonly standardizer?: Standardizer;
  /** A classifier of the same shape to start from; default zeros. */
  readonly start?: LinearClassifier | undefined;
  /** Runs large problems; small ones are computed in place. */
  readonly engine?: Engine;
}

/**
 * Multinomial logistic regression: minimises
 *
 *     sum_i crossEntropy(softmax(W x_i + b), y_i) + |W|^2 / (2 C)
 *
 * over W [classes, size] and b [classes] by L-BFGS. `C` has scikit-learn's meaning (LogisticRegression, default 1);
 * x is standardised first (mean 0 per dimension, one common scale), the biases carry no penalty, and classes without a
 * sample are allowed. labels: class number of each row.
 */
export async function fitLogisticRegression(
  features: Features,
  labels: Int32Array,
  classes: number,
  options: LogisticRegressionOptions = {},
): Promise<LinearClassifier> {
  const { c = 1, standardizer = measureScale(features), start, engine } = options;
  const scaled = standardize(features, standardizer);
  const penalty = 1 / (c * features.count);
  const { objective, dispose } = await softmaxObjective(scaled, labels, classes, penalty, engine);
  try {
    const from = start?.point ?? new Float64Array(classes * (features.size + 1));
    const { point, converged } = await lbfgs(objective, from, options);
    return { size: features.size, classes, point, standardizer, converged };
  } finally {
    await dispose();
  }
}

/** The most probable class of each row. */
export function predictClasses(classifier: LinearClassifier, features: Features): Int32Array {
  const { point, classes, size } = classifier;
  const predicted = new Int32Array(features.count);
  const { values } = standardize(features, classifier.standardizer);
  for (let row = 0; row < features.count; row++) {
    const x = values.subarray(row * size, (row + 1) * size);
    let top = -Infinity;
    for (let c = 0; c < classes; c++) {
      let logit = point[classes * size + c]!;
      for (let k = 0; k < size; k++) logit += point[c * size + k]! * x[k]!;
      if (logit > top) {
        top = logit;
        predicted[row] = c;
      }
    }
  }
  return predicted;
}

/** Share of equal entries, 0..1; NaN for none. */
export function accuracy(predicted: Int32Array, labels: Int32Array): number {
  let right = 0;
  for (let i = 0; i < labels.length; i++) if (predicted[i] === labels[i]) right++;
  return right / labels.length;
}
