import * as z from 'zod';
import { normalizeRows } from '../nn/rows.ts';
import { withoutGradient } from '../nn/stopGradient.ts';
import * as tf from '../nn/tf.ts';
import { causeOf } from './collapse.ts';
import { mlpHead, projectorOptions } from './heads.ts';
import { defineMethod } from './method.ts';
import {
  type CropOutputs,
  checkLocal,
  localOptions,
  multiCrop,
  swappedPrediction,
  throughCrops,
} from './multiCrop.ts';
import { checkPair } from './statistics.ts';
import { defaultViews, needsBatch, projector } from './twoViews.ts';

export interface SinkhornOptions {
  /** Smoothness of the codes: near 0 they are one-hot, large ones are even. */
  readonly epsilon: number;
  readonly iterations: number;
}

/**
 * Codes of a batch (section 3.1 and appendix A.1 of https://arxiv.org/abs/2006.09882): cosines [n, prototypes] ->
 * [n, prototypes], rows that sum to 1, such that all prototypes are used about equally. A constant to the gradient.
 */
export function sinkhorn(cosines: tf.Tensor2D, { epsilon, iterations }: SinkhornOptions): tf.Tensor2D {
  return withoutGradient(() => {
    // Cosines are at most 1: the powers stay at most 1.
    let codes: tf.Tensor = tf.exp(tf.mul(tf.sub(cosines, 1), 1 / epsilon));
    for (let i = 0; i < iterations; i++) {
      codes = tf.div(codes, tf.sum(codes, 0, true)); // every prototype gets as much
      codes = tf.div(codes, tf.sum(codes, 1, true)); // every sample gives 1
    }
    return codes as tf.Tensor2D;
  });
}

export interface SwavOptions extends SinkhornOptions {
  readonly temperature: number;
}

/**
 * Swapped prediction (equation 2 of the paper, with the multi-crop of section 3.2): the code of each global view from
 * every other view, on average. Embeddings of the views, each row [size]; prototypes [count, size]; any lengths.
 */
export function swavLoss(
  { globals: [a, b], local }: CropOutputs,
  prototypes: tf.Tensor2D,
  options: SwavOptions,
): tf.Scalar {
  checkPair('SwAV', a, b);
  const directions = normalizeRows(prototypes);
  const cosines = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(normalizeRows(x), directions, false, true);
  const heated = (scores: tf.Tensor2D): tf.Tensor2D => tf.mul(scores, 1 / options.temperature);
  const [scoresA, scoresB] = [cosines(a), cosines(b)];
  return swappedPrediction(
    { globals: [heated(scoresA), heated(scoresB)], ...(local && { local: heated(cosines(local)) }) },
    [sinkhorn(scoresA, options), sinkhorn(scoresB, options)],
  );
}

export const swav = defineMethod({
  name: 'swav',
  title: 'SwAV',
  summary:
    'Groups the batch around prototypes, evenly, and tells the group of one view from the other. Clusters without comparing pairs of images.',
  paper: {
    title: 'Unsupervised Learning of Visual Features by Contrasting Cluster Assignments',
    url: 'https://arxiv.org/abs/2006.09882',
  },
  family: 'distillation',
  modalities: ['image', 'audio'],
  options: z.strictObject({
    prototypes: z
      .int()
      .min(2)
      .max(16384)
      .describe('Number of prototypes, 2 or more; several times that of the classes (paper: 3000).')
      .default(128),
    temperature: z
      .number()
      .gt(0)
      .max(10)
      .describe('Divides the similarities in the prediction, above 0 (paper: 0.1).')
      .default(0.1),
    epsilon: z
      .number()
      .min(0.03)
      .max(1000)
      .describe(
        'Smoothness of the groups, 0.03 to 1000: near 0.03 a sample belongs to few prototypes, with large ones to all alike (paper: 0.05).',
      )
      .default(0.05),
    iterations: z
      .int()
      .min(1)
      .max(100)
      .describe('Sinkhorn-Knopp iterations that make the groups even, 1 to 100 (paper: 3).')
      .default(3),
    local: localOptions(0, '6'),
    projector: projectorOptions(
      { hidden: 256, size: 128, layers: 2, norm: 'batch' },
      '2048 and 128, 2 layers',
    ),
  }),
  views: defaultViews,
  check: (context, options) => [
    ...needsBatch('swav', context.batchSize),
    ...checkLocal(context.encoder, options.local),
  ],

  build(context, options) {
    const { scope, encoder } = context;
    const { size } = options.projector;
    const head = mlpHead(scope.child('projector'), encoder.size, options.projector);
    // Only their directions count: they are normalized where they are read, so no step has to.
    const prototypes = scope
      .child('prototypes')
      .weight(
        'weight',
        [options.prototypes, size],
        { kind: 'truncatedNormal', std: 1 / Math.sqrt(size) },
        { decay: false },
      );
    const project = projector(context, head);
    return {
      ...multiCrop(context, options.local),
      loss(forward, inputs) {
        const embedded = throughCrops(inputs, (x) => project(forward, x));
        return { loss: swavLoss(embedded, forward.read(prototypes) as tf.Tensor2D, options) };
      },
      collapse: {
        outputs: options.prototypes,
        ...causeOf([
          options.epsilon > options.temperature,
          'The groups are so smooth (epsilon) that every sample belongs to all of them alike: the even answer fits each.',
          'Set pretext.epsilon: 0.05.',
        ]),
      },
      embeddings: (forward, x) => ({ projector: project(forward, x) }),
    };
  },
});
