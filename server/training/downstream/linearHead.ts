import type { Values } from '../engine/engine.ts';
import type { LinearClassifier } from './logisticRegression.ts';
import type { LinearModel } from './ridge.ts';
import type { Standardizer } from './standardize.ts';

/**
 * A linear probe as the head of a network, so that fine-tuning starts from what the probe knows instead of from
 * chance: a head that knows nothing sends gradients of no meaning into the encoder and spoils its features first
 * (Kumar et al. 2022, https://arxiv.org/abs/2202.10054). The standardisation of the probe becomes part of the head.
 */
export function classifierHead({ size, classes, point, standardizer }: LinearClassifier): Values {
  const rows = Array.from({ length: classes }, (_, c) => point.subarray(c * size, (c + 1) * size));
  return headOf(rows, point.subarray(classes * size), standardizer);
}

/** Ridge regression as the head of a network that tells one number. */
export function regressorHead({ weights, bias, standardizer }: LinearModel): Values {
  return headOf([weights], [bias], standardizer);
}

/** w . ((x - mean) * scale) + b, one row of weights an output, as `head/weight` [size, outputs] and `head/bias`. */
function headOf(
  rows: readonly Float64Array[],
  biases: ArrayLike<number>,
  { mean, scale }: Standardizer,
): Values {
  const outputs = rows.length;
  const weight = new Float32Array(mean.length * outputs);
  const bias = Float32Array.from(biases);
  for (const [c, row] of rows.entries()) {
    let shift = 0;
    for (const [k, value] of row.entries()) {
      weight[k * outputs + c] = value * scale;
      shift += value * scale * mean[k]!;
    }
    bias[c]! -= shift;
  }
  return { 'head/weight': weight, 'head/bias': bias };
}
