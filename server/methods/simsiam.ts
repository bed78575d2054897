import * as z from 'zod';
import { cosineSimilarity } from '../nn/losses.ts';
import { stopGradient } from '../nn/stopGradient.ts';
import * as tf from '../nn/tf.ts';
import { causeOf, withoutNorms } from './collapse.ts';
import { mlpHead, predictorOptions, projectorOptions } from './heads.ts';
import { defineMethod } from './method.ts';
import { checkPair } from './statistics.ts';
import {
  checkTwoViews,
  corruptionKey,
  defaultViews,
  halves,
  projector,
  throughBoth,
  twoViews,
} from './twoViews.ts';

export interface SimSiamOutputs {
  /** Predictions of the two views, [n, size]. */
  readonly p0: tf.Tensor2D;
  readonly p1: tf.Tensor2D;
  /** Projections of the two views, [n, size]. */
  readonly z0: tf.Tensor2D;
  readonly z1: tf.Tensor2D;
}

/**
 * Symmetric negative cosine of https://arxiv.org/abs/2011.10566, equation 4: each prediction against the projection
 * of the other view; in [-1, 1], lower is better. No gradient flows into the projections unless `stop` is false,
 * which lets the representation collapse.
 */
export function simsiamLoss({ p0, p1, z0, z1 }: SimSiamOutputs, stop = true): tf.Scalar {
  checkPair('SimSiam', p0, z1);
  checkPair('SimSiam', p1, z0);
  const target = (z: tf.Tensor2D): tf.Tensor2D => (stop ? stopGradient(z) : z);
  const both = tf.add(tf.mean(cosineSimilarity(p0, target(z1))), tf.mean(cosineSimilarity(p1, target(z0))));
  return tf.mul(both, -0.5) as tf.Scalar;
}

export const simsiam = defineMethod({
  name: 'simsiam',
  title: 'SimSiam',
  summary:
    'One view predicts the other; a stopped gradient keeps it from collapsing. No negatives, works with small batches.',
  paper: {
    title: 'Exploring Simple Siamese Representation Learning',
    url: 'https://arxiv.org/abs/2011.10566',
  },
  family: 'negative-free',
  modalities: ['image', 'audio', 'table'],
  options: z.strictObject({
    projector: projectorOptions(
      { hidden: 256, size: 128, layers: 3, norm: 'batch' },
      '2048 and 2048, 3 layers',
    ),
    predictor: predictorOptions(32, '512, a quarter of the projection'),
    stopGradient: z
      .boolean()
      .describe(
        'Stop the gradient at the projection that is predicted (paper: true). False collapses: only for demonstration.',
      )
      .default(true),
    corruption: corruptionKey,
  }),
  views: defaultViews,
  check: (context, options) => checkTwoViews('simsiam', context, options),

  build(context, options) {
    const { size } = options.projector;
    const head = mlpHead(context.scope.child('projector'), context.encoder.size, options.projector, {
      outputNorm: true,
    });
    const predictor = mlpHead(context.scope.child('predictor'), size, {
      ...options.predictor,
      size,
      layers: 2,
    });
    const project = projector(context, head);
    return {
      ...twoViews(context, options.corruption),
      collapse: causeOf(
        [
          !options.stopGradient,
          'The gradient reaches the projections that are predicted (stopGradient: false): both branches move towards each other until nothing is left to tell apart.',
          'Set pretext.stopGradient: true.',
        ],
        withoutNorms(options.projector, options.predictor),
      ),
      loss(forward, inputs) {
        let z: tf.Tensor2D | undefined;
        const [p0, p1] = throughBoth(inputs, (x) => {
          z = project(forward, x);
          return predictor.apply(forward, z);
        });
        const [z0, z1] = halves(z as tf.Tensor2D);
        return { loss: simsiamLoss({ p0, p1, z0, z1 }, options.stopGradient) };
      },
      embeddings(forward, x) {
        const z = project(forward, x);
        return { projector: z, predictor: predictor.apply(forward, z) };
      },
    };
  },
});
