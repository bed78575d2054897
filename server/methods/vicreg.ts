import * as z from 'zod';
import { relu } from '../nn/activation.ts';
import { mse } from '../nn/losses.ts';
import * as tf from '../nn/tf.ts';
import { causeOf } from './collapse.ts';
import { mlpHead, projectorOptions } from './heads.ts';
import { defineMethod } from './method.ts';
import { centreColumns, checkPair, offDiagonalSquares } from './statistics.ts';
import { checkTwoViews, compareEmbeddings, corruptionKey, defaultViews } from './twoViews.ts';

/** The three terms, not yet weighted. */
export interface VicregTerms {
  readonly invariance: tf.Scalar;
  readonly variance: tf.Scalar;
  readonly covariance: tf.Scalar;
}

/**
 * The terms of https://arxiv.org/abs/2105.04906 for a, b [n, size], n >= 2. As in the authors' code
 * (https://github.com/facebookresearch/vicreg), invariance is a mean over all elements and variance the mean of both
 * views, while the paper writes sums.
 */
export function vicregTerms(a: tf.Tensor2D, b: tf.Tensor2D, epsilon: number): VicregTerms {
  checkPair('VICReg', a, b);
  const [n, size] = a.shape;
  const centred = [centreColumns(a), centreColumns(b)] as const;
  const variance = centred.map((z) => varianceTerm(z, n, epsilon));
  const covariance = centred.map((z) => covarianceTerm(z, n, size));
  return {
    invariance: mse(a, b),
    variance: tf.mul(tf.add(variance[0]!, variance[1]!), 0.5) as tf.Scalar,
    covariance: tf.add(covariance[0]!, covariance[1]!) as tf.Scalar,
  };
}

/** Mean over the columns of max(0, 1 - standard deviation), unbiased, of centred z [n, size]. */
function varianceTerm(z: tf.Tensor2D, n: number, epsilon: number): tf.Scalar {
  const variance = tf.mul(tf.sum(tf.square(z), 0), 1 / (n - 1));
  const deviation = tf.sqrt(tf.add(variance, epsilon));
  return tf.mean(relu(tf.sub(1, deviation)));
}

/** Squared covariances between different columns of centred z [n, size], summed and divided by size. */
function covarianceTerm(z: tf.Tensor2D, n: number, size: number): tf.Scalar {
  const covariance = tf.mul(tf.matMul(z, z, true, false), 1 / (n - 1)) as tf.Tensor2D; // [size, size]
  return tf.mul(offDiagonalSquares(covariance), 1 / size) as tf.Scalar;
}

export interface VicregWeights {
  readonly invariance: number;
  readonly variance: number;
  readonly covariance: number;
}

/** The weighted sum of the terms. */
export function vicregLoss(terms: VicregTerms, weights: VicregWeights): tf.Scalar {
  return tf.addN([
    tf.mul(terms.invariance, weights.invariance),
    tf.mul(terms.variance, weights.variance),
    tf.mul(terms.covariance, weights.covariance),
  ]) as tf.Scalar;
}

const weight = (what: string, paper: number) =>
  z.number().min(0).describe(`Weight of the ${what} term, 0 or more (paper: ${paper}).`).default(paper);

export const vicreg = defineMethod({
  name: 'vicreg',
  title: 'VICReg',
  summary:
    'Views agree, every output dimension keeps its variance, dimensions are decorrelated. A safe first choice: no negatives, and collapse shows in its variance term.',
  paper: {
    title: 'VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning',
    url: 'https://arxiv.org/abs/2105.04906',
  },
  family: 'redundancy',
  modalities: ['image', 'audio', 'table'],
  options: z.strictObject({
    invariance: weight('invariance (views agree)', 25),
    variance: weight('variance (no dimension dies)', 25),
    covariance: weight('covariance (no two dimensions say the same)', 1),
    epsilon: z
      .number()
      .gt(0)
      .max(1)
      .describe('Added to the variance under its root, above 0 (paper: 0.0001).')
      .default(1e-4),
    projector: projectorOptions(
      { hidden: 256, size: 256, layers: 3, norm: 'batch' },
      '8192 and 8192, 3 layers',
    ),
    corruption: corruptionKey,
  }),
  views: defaultViews,
  check: (context, options) => checkTwoViews('vicreg', context, options),

  build(context, options) {
    const head = mlpHead(context.scope.child('projector'), context.encoder.size, options.projector, {
      outputBias: false,
    });
    const task = compareEmbeddings(
      context,
      head,
      (a, b) => {
        const terms = vicregTerms(a, b, options.epsilon);
        // The variance term is a mean of 1 - deviation, but at least 0: what is left of 1 shows a collapse.
        const deviation = tf.sub(1, terms.variance) as tf.Scalar;
        return { loss: vicregLoss(terms, options), metrics: { ...terms, deviation } };
      },
      options.corruption,
    );
    return {
      ...task,
      collapse: {
        floors: { deviation: 0.1 }, // trained to be 1
        ...causeOf(
          [
            options.variance < options.invariance / 10,
            'The variance term weighs too little beside the invariance term: a constant output makes the views agree perfectly.',
            'Set pretext.variance to the value of pretext.invariance (25).',
          ],
          [
            options.covariance === 0,
            'The covariance term is off: all dimensions may say the same, and the variance term is content.',
            'Set pretext.covariance: 1.',
          ],
        ),
      },
    };
  },
});
