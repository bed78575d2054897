import type { OptionProblem } from '../encoders/encoder.ts';
import type { Forward, Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import type { PretextContext, PretextLoss, PretextTask } from './method.ts';

/** Augmentations that suit small and grey images; colour images gain from colorJitter and flip. */
export const defaultViews = { crop: [0.6, 1], rotate: 15, noise: 0.05 } as const;

/**
 * What joint-embedding methods share: two independently augmented views of every sample, `view0` and `view1`,
 * each [batch, ...sample shape].
 */
export function twoViews(context: PretextContext): Pick<PretextTask, 'views' | 'inputs' | 'prepare'> {
  const spec = { shape: [context.batchSize, ...context.sample.shape], dtype: 'float32' } as const;
  return {
    views: ['augmented', 'augmented'],
    inputs: { view0: spec, view1: spec },
    prepare({ views: [view0, view1] }) {
      if (view0 === undefined || view1 === undefined) throw new Error('Two views are needed.');
      return { view0, view1 };
    },
  };
}

/**
 * Applies a network to both views in one pass, as one batch of twice the size: batch normalization in it sees both
 * views together, as in SimCLR.
 */
export function throughBoth(
  inputs: Named<tf.Tensor>,
  network: (x: tf.Tensor) => tf.Tensor2D,
): [tf.Tensor2D, tf.Tensor2D] {
  const { view0, view1 } = inputs as { view0: tf.Tensor; view1: tf.Tensor };
  return halves(network(tf.concat([view0, view1], 0)));
}

/** [2 * batch, size] -> the rows of the first view and those of the second. */
export function halves(z: tf.Tensor2D): [tf.Tensor2D, tf.Tensor2D] {
  return tf.split(z, 2, 0) as [tf.Tensor2D, tf.Tensor2D];
}

/** Encoder, then projector. */
export function projector(
  context: PretextContext,
  head: { apply(forward: Forward, x: tf.Tensor): tf.Tensor2D },
): (forward: Forward, x: tf.Tensor) => tf.Tensor2D {
  return (forward, x) => head.apply(forward, context.encoder.features(forward, x));
}

/**
 * The task of methods that compare the embeddings of two views as a whole, a and b [batch, size], and need nothing
 * but encoder and projector.
 */
export function compareEmbeddings(
  context: PretextContext,
  head: { apply(forward: Forward, x: tf.Tensor): tf.Tensor2D },
  compare: (a: tf.Tensor2D, b: tf.Tensor2D) => PretextLoss,
): PretextTask {
  const project = projector(context, head);
  return {
    ...twoViews(context),
    loss: (forward, inputs) => compare(...throughBoth(inputs, (x) => project(forward, x))),
    embeddings: (forward, x) => ({ projector: project(forward, x) }),
  };
}

/** Every method that compares the samples of a batch needs more than one. */
export function needsBatch(method: string, batchSize: number, least = 2): OptionProblem[] {
  if (batchSize >= least) return [];
  return [
    {
      path: ['method'],
      found: `${method} with train.batchSize ${batchSize}`,
      expected: `a batch of at least ${least} samples, which ${method} compares with each other`,
      fix: `Set train.batchSize to ${least} or more (64 to 512 is usual), or use a method that looks at one sample at a time, such as autoencoder.`,
      set: [{ path: ['train', 'batchSize'], value: Math.max(least, 64) }],
    },
  ];
}
