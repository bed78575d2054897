import * as z from 'zod';
import type { OptionProblem, SampleShape } from '../encoders/encoder.ts';
import type { Forward, Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import { corruptRows, exactly, marginals } from './corruption.ts';
import type { PretextContext, PretextLoss, PretextTask } from './method.ts';

/**
 * Augmentations that suit small and grey images (colour images gain from colorJitter and flip) and, of sounds, clips
 * whose meaning is not where something happens, how loud or quite how high.
 */
export const defaultViews = {
  image: { crop: [0.6, 1], rotate: 15, noise: 0.05 },
  audio: { crop: [0.6, 1], timeShift: 0.5, gain: 6, noise: 0.1, timeMask: 0.1, frequencyMask: 0.1 },
} as const;

/** Share of the columns that SCARF exchanges (https://arxiv.org/abs/2106.15147). */
const scarfCorruption = 0.6;

/** `corruption:` of the methods that take images and tables. */
export const corruptionKey = z
  .number()
  .gt(0)
  .max(1)
  .describe(
    `Tables only: share of the columns that the second view exchanges for those of random rows, as in SCARF; above 0 to 1, ${scarfCorruption} if not given. Images have \`views\`.`,
  )
  .optional();

/**
 * What joint-embedding methods share: two views of every sample, `view0` and `view1`, each [batch, ...sample shape].
 * Images are augmented independently in both; of a table, the first view is the row as it is and the second one has
 * the share `corruption` of its columns, at least one, exchanged for those of random rows.
 */
export function twoViews(
  context: PretextContext,
  corruption = scarfCorruption,
): Pick<PretextTask, 'views' | 'inputs' | 'prepare'> {
  const spec = { shape: [context.batchSize, ...context.sample.shape], dtype: 'float32' } as const;
  const inputs = { view0: spec, view1: spec };
  if (context.sample.modality === 'table') {
    const table = marginals(context, 'Corruption');
    const count = Math.max(1, Math.floor(corruption * table.columns.length));
    return {
      views: ['plain'],
      inputs,
      prepare({ views: [view] }, random) {
        const rows = view as Float32Array;
        return { view0: rows, view1: corruptRows(rows, table, exactly(count), random).rows };
      },
    };
  }
  return {
    views: ['augmented', 'augmented'],
    inputs,
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
  corruption?: number,
): PretextTask {
  const project = projector(context, head);
  return {
    ...twoViews(context, corruption),
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

/** Problems of the methods that compare two views of a batch, of images or of rows. */
export function checkTwoViews(
  method: string,
  { sample, batchSize }: { sample: SampleShape; batchSize: number },
  options: { corruption?: number | undefined },
): OptionProblem[] {
  const problems = needsBatch(method, batchSize);
  if (options.corruption !== undefined && sample.modality !== 'table')
    problems.push({
      path: ['corruption'],
      found: `corruption ${options.corruption} for ${sample.modality} data`,
      expected: 'no corruption, which exchanges the columns of tables',
      fix: 'Remove corruption; set `views` to say how images are augmented.',
    });
  return problems;
}
