import * as z from 'zod';
import { dense } from '../nn/dense.ts';
import type { Forward, Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import { binaryCrossEntropy } from './binaryCrossEntropy.ts';
import { corruptRows, eachWith, marginals } from './corruption.ts';
import { type ColumnGroup, defineMethod } from './method.ts';

export type CategoricalLoss = 'crossEntropy' | 'mse';

/** Neighbouring columns of one kind are compared in one go. */
interface Segment {
  readonly length: number;
  readonly columns: number;
  readonly softmax: boolean;
}

/** The encoded row cut into segments: each softmax group alone, runs of all other columns together. */
function segmentsOf(columns: readonly ColumnGroup[], categorical: CategoricalLoss): Segment[] {
  const segments: Segment[] = [];
  for (const { kind, length } of columns) {
    const softmax = kind === 'categorical' && categorical === 'crossEntropy';
    const last = segments.at(-1);
    if (!softmax && last !== undefined && !last.softmax)
      segments[segments.length - 1] = { length: last.length + length, columns: last.columns + 1, softmax };
    else segments.push({ length, columns: 1, softmax });
  }
  return segments;
}

function splitBy(x: tf.Tensor2D, segments: readonly Segment[]): tf.Tensor2D[] {
  return segments.length === 1
    ? [x]
    : tf.split(
        x,
        segments.map(({ length }) => length),
        1,
      );
}

/**
 * How far restored rows are from the original ones, averaged over batch and original columns: restored and original
 * [batch, width], cut by `columns`. A numeric column counts its squared error; a categorical one the cross-entropy of
 * its softmax, or with `mse` the sum of its squared errors.
 */
export function featureLoss(
  restored: tf.Tensor2D,
  original: tf.Tensor2D,
  columns: readonly ColumnGroup[],
  categorical: CategoricalLoss,
): tf.Scalar {
  const segments = segmentsOf(columns, categorical);
  const found = splitBy(restored, segments);
  const wanted = splitBy(original, segments);
  const sums = segments.map(({ softmax }, i) =>
    softmax
      ? tf.neg(tf.sum(tf.mul(tf.logSoftmax(found[i]!), wanted[i]!)))
      : tf.sum(tf.square(tf.sub(found[i]!, wanted[i]!))),
  );
  return tf.mul(tf.addN(sums), 1 / (original.shape[0] * columns.length)) as tf.Scalar;
}

export interface VimeOutputs {
  /** Logits that a column was changed, [batch, columns], and whether it was (0 or 1). */
  readonly maskLogits: tf.Tensor2D;
  readonly changed: tf.Tensor2D;
  /** Restored and original rows, [batch, width]. */
  readonly restored: tf.Tensor2D;
  readonly original: tf.Tensor2D;
}

export interface VimeTerms {
  readonly mask: tf.Scalar;
  readonly reconstruction: tf.Scalar;
}

/** Both terms of VIME's self-supervised loss (equations 4 to 6 of the paper): mask + alpha * reconstruction. */
export function vimeTerms(
  { maskLogits, changed, restored, original }: VimeOutputs,
  columns: readonly ColumnGroup[],
  categorical: CategoricalLoss,
): VimeTerms {
  return {
    mask: binaryCrossEntropy(maskLogits, changed),
    reconstruction: featureLoss(restored, original, columns, categorical),
  };
}

export const vime = defineMethod({
  name: 'vime',
  title: 'VIME',
  summary:
    'For tables: exchanges some features for those of random rows, then tells which ones and restores them.',
  paper: {
    title: 'VIME: Extending the Success of Self- and Semi-supervised Learning to Tabular Domain',
    url: 'https://proceedings.neurips.cc/paper/2020/hash/7d97667a3e056acab9aaf653807b4a03-Abstract.html',
  },
  family: 'masking',
  modalities: ['table'],
  options: z.strictObject({
    corruption: z
      .number()
      .gt(0)
      .lt(1)
      .describe('Probability that a column is exchanged (p_m), between 0 and 1 (paper: 0.3).')
      .default(0.3),
    alpha: z
      .number()
      .min(0)
      .describe('Weight of the reconstruction beside the mask, 0 or more (paper: 2).')
      .default(2),
    categorical: z
      .enum(['crossEntropy', 'mse'])
      .describe(
        'How a restored categorical column is judged: crossEntropy of its classes, or mse of its one-hot values (paper).',
      )
      .default('crossEntropy'),
  }),

  build(context, options) {
    const table = marginals(context, 'vime');
    const { columns, width } = table;
    const { scope, encoder, batchSize } = context;
    const maskHead = dense(scope.child('maskHead'), encoder.size, columns.length);
    const featureHead = dense(scope.child('featureHead'), encoder.size, width);
    const run = (forward: Forward, inputs: Named<tf.Tensor>): VimeOutputs => {
      const { original, corrupted, changed } = inputs as Named<tf.Tensor2D>;
      const features = encoder.features(forward, corrupted!);
      return {
        maskLogits: maskHead(forward, features) as tf.Tensor2D,
        changed: changed!,
        restored: featureHead(forward, features) as tf.Tensor2D,
        original: original!,
      };
    };
    return {
      views: ['plain'],
      inputs: {
        original: { shape: [batchSize, width], dtype: 'float32' },
        corrupted: { shape: [batchSize, width], dtype: 'float32' },
        changed: { shape: [batchSize, columns.length], dtype: 'float32' },
      },
      prepare({ views: [view] }, random) {
        const original = view as Float32Array;
        const { rows, changed } = corruptRows(original, table, eachWith(options.corruption), random);
        return { original, corrupted: rows, changed };
      },
      loss(forward, inputs) {
        const { mask, reconstruction } = vimeTerms(run(forward, inputs), columns, options.categorical);
        const loss = tf.add(mask, tf.mul(reconstruction, options.alpha)) as tf.Scalar;
        return { loss, metrics: { mask, reconstruction } };
      },
      reconstruct(forward, inputs) {
        const { original, restored } = run(forward, inputs);
        const segments = segmentsOf(columns, options.categorical);
        const parts = splitBy(restored, segments).map((part, i) =>
          segments[i]!.softmax ? tf.softmax(part) : part,
        );
        return {
          original,
          corrupted: inputs.corrupted as tf.Tensor,
          restored: parts.length === 1 ? parts[0]! : tf.concat(parts, 1),
        };
      },
    };
  },
});
