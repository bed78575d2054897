import * as z from 'zod';
import { cosineSimilarity } from '../nn/losses.ts';
import * as tf from '../nn/tf.ts';
import { causeOf, withoutNorms } from './collapse.ts';
import { mlpHead, predictorOptions, projectorOptions } from './heads.ts';
import { defineMethod } from './method.ts';
import { checkPair } from './statistics.ts';
import { checkTwoViews, corruptionKey, defaultViews, projector, throughBoth, twoViews } from './twoViews.ts';

export interface ByolOutputs {
  /** Predictions of the online network for the two views, [n, size]. */
  readonly p0: tf.Tensor2D;
  readonly p1: tf.Tensor2D;
  /** Projections of the target network, [n, size], constants to the gradient. */
  readonly t0: tf.Tensor2D;
  readonly t1: tf.Tensor2D;
}

/**
 * Symmetric normalized squared error of https://arxiv.org/abs/2006.07733, equation 2: 2 - 2 cos for each prediction
 * against the target's projection of the other view, summed over both directions; in [0, 8].
 */
export function byolLoss({ p0, p1, t0, t1 }: ByolOutputs): tf.Scalar {
  checkPair('BYOL', p0, t1);
  checkPair('BYOL', p1, t0);
  const both = tf.add(tf.mean(cosineSimilarity(p0, t1)), tf.mean(cosineSimilarity(p1, t0)));
  return tf.sub(4, tf.mul(both, 2)) as tf.Scalar;
}

/** EMA momentum at training progress 0..1: from `base` to 1 along a cosine (section 3.3 of the paper). */
export function byolMomentum(base: number, progress: number): number {
  return 1 - ((1 - base) * (Math.cos(Math.PI * progress) + 1)) / 2;
}

export const byol = defineMethod({
  name: 'byol',
  title: 'BYOL',
  summary:
    'Predicts what a slowly moving copy of the network (the target) makes of the other view. No negatives; steady on small batches.',
  paper: {
    title: 'Bootstrap Your Own Latent: A New Approach to Self-Supervised Learning',
    url: 'https://arxiv.org/abs/2006.07733',
  },
  family: 'negative-free',
  modalities: ['image', 'audio', 'table'],
  options: z.strictObject({
    projector: projectorOptions(
      { hidden: 256, size: 128, layers: 2, norm: 'batch' },
      '4096 and 256, 2 layers',
    ),
    predictor: predictorOptions(256, '4096'),
    momentum: z
      .number()
      .min(0)
      .max(1)
      .describe(
        'Share of itself that the target keeps at each step, at the start; it rises to 1 along a cosine (paper: 0.996; 0.99 suits short trainings).',
      )
      .default(0.99),
    corruption: corruptionKey,
  }),
  views: defaultViews,
  check: (context, options) => checkTwoViews('byol', context, options),

  build(context, options) {
    const { size } = options.projector;
    const head = mlpHead(context.scope.child('projector'), context.encoder.size, options.projector);
    const predictor = mlpHead(context.scope.child('predictor'), size, {
      ...options.predictor,
      size,
      layers: 2,
    });
    const project = projector(context, head);
    return {
      ...twoViews(context, options.corruption),
      targets: ['encoder', 'projector'],
      collapse: causeOf(
        [
          options.momentum < 0.5,
          'The target follows the network at once (low momentum): it is no steady goal, and both run together into one answer.',
          'Set pretext.momentum: 0.99.',
        ],
        withoutNorms(options.projector, options.predictor),
      ),
      momentum: (progress) => byolMomentum(options.momentum, progress),
      loss(forward, inputs) {
        const [p0, p1] = throughBoth(inputs, (x) => predictor.apply(forward, project(forward, x)));
        const [t0, t1] = throughBoth(inputs, (x) => project(forward.target, x));
        return { loss: byolLoss({ p0, p1, t0, t1 }) };
      },
      embeddings(forward, x) {
        const z = project(forward, x);
        return { projector: z, predictor: predictor.apply(forward, z) };
      },
    };
  },
});
