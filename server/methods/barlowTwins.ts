import * as z from 'zod';
import * as tf from '../nn/tf.ts';
import { causeOf } from './collapse.ts';
import { mlpHead, projectorOptions } from './heads.ts';
import { defineMethod } from './method.ts';
import { centreColumns, checkPair, offDiagonalSquares } from './statistics.ts';
import { checkTwoViews, compareEmbeddings, corruptionKey, defaultViews } from './twoViews.ts';

/** Columns of [n, size] to mean 0 and (biased) variance 1, as batch normalization without parameters does. */
function standardizeColumns(z: tf.Tensor2D): tf.Tensor2D {
  const centred = centreColumns(z);
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 0, true), 1e-5)));
}

/** The two terms, not yet weighted. */
export interface BarlowTerms {
  /** Sum of (1 - c_ii)^2: both views agree in every dimension. */
  readonly onDiagonal: tf.Scalar;
  /** Sum of c_ij^2 over i != j: dimensions are not redundant. */
  readonly offDiagonal: tf.Scalar;
}

/**
 * The terms of https://arxiv.org/abs/2103.03230, equation 1, from the cross-correlation matrix c [size, size] of
 * a, b [n, size], n >= 2, standardized over the batch.
 */
export function barlowTerms(a: tf.Tensor2D, b: tf.Tensor2D): BarlowTerms {
  checkPair('Barlow Twins', a, b);
  const n = a.shape[0];
  const [x, y] = [standardizeColumns(a), standardizeColumns(b)];
  const diagonal = tf.mean(tf.mul(x, y), 0);
  const correlation = tf.mul(tf.matMul(x, y, true, false), 1 / n) as tf.Tensor2D;
  return {
    onDiagonal: tf.sum(tf.square(tf.sub(1, diagonal))),
    offDiagonal: offDiagonalSquares(correlation),
  };
}

/** scale * (onDiagonal + lambda * offDiagonal). */
export function barlowLoss(terms: BarlowTerms, lambda: number, scale = 1): tf.Scalar {
  return tf.mul(tf.add(terms.onDiagonal, tf.mul(terms.offDiagonal, lambda)), scale) as tf.Scalar;
}

export const barlowTwins = defineMethod({
  name: 'barlowTwins',
  title: 'Barlow Twins',
  summary:
    'Makes the correlation matrix between two views the identity: each dimension agrees with itself and with no other.',
  paper: {
    title: 'Barlow Twins: Self-Supervised Learning via Redundancy Reduction',
    url: 'https://arxiv.org/abs/2103.03230',
  },
  family: 'redundancy',
  modalities: ['image', 'audio', 'table'],
  options: z.strictObject({
    lambda: z
      .number()
      .min(0)
      .describe('Weight of the redundancy term, 0 or more (paper: 0.005).')
      .default(5e-3),
    scale: z
      .number()
      .gt(0)
      .describe(
        "Multiplies the whole loss, above 0; matters with plain SGD and gradient clipping (authors' code: 0.024 with LARS).",
      )
      .default(1),
    projector: projectorOptions(
      { hidden: 256, size: 256, layers: 3, norm: 'batch' },
      '8192 and 8192, 3 layers',
    ),
    corruption: corruptionKey,
  }),
  views: defaultViews,
  check: (context, options) => checkTwoViews('barlowTwins', context, options),

  build(context, options) {
    const head = mlpHead(context.scope.child('projector'), context.encoder.size, options.projector, {
      outputBias: false,
    });
    const task = compareEmbeddings(
      context,
      head,
      (a, b) => {
        const terms = barlowTerms(a, b);
        return { loss: barlowLoss(terms, options.lambda, options.scale), metrics: { ...terms } };
      },
      options.corruption,
    );
    return {
      ...task,
      collapse: causeOf([
        options.lambda === 0,
        'The redundancy term is off (lambda: 0): all dimensions may say the same.',
        'Set pretext.lambda: 0.005.',
      ]),
    };
  },
});
