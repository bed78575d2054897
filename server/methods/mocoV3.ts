import * as z from 'zod';
import { softmaxCrossEntropy } from '../nn/losses.ts';
import { normalizeRows } from '../nn/rows.ts';
import * as tf from '../nn/tf.ts';
import { accuracy } from './accuracy.ts';
import { byolMomentum } from './byol.ts';
import { mlpHead, predictorOptions, projectorOptions } from './heads.ts';
import { defineMethod } from './method.ts';
import { checkPair } from './statistics.ts';
import { defaultViews, needsBatch, projector, throughBoth, twoViews } from './twoViews.ts';

export interface MocoOutputs {
  /** Queries: predictions of the online network for the two views, [n, size]. */
  readonly q0: tf.Tensor2D;
  readonly q1: tf.Tensor2D;
  /** Keys: projections of the target network, [n, size], constants to the gradient. */
  readonly k0: tf.Tensor2D;
  readonly k1: tf.Tensor2D;
}

/** Each query against the keys of all samples in the other view: [n, n] cosines / temperature. */
function scores(q: tf.Tensor2D, k: tf.Tensor2D, temperature: number): tf.Tensor2D {
  checkPair('MoCo v3', q, k);
  return tf.mul(tf.matMul(normalizeRows(q), normalizeRows(k), false, true), 1 / temperature);
}

export interface MocoTerms {
  readonly loss: tf.Scalar;
  /** Share of the queries whose nearest key is that of their own sample. */
  readonly accuracy: tf.Scalar;
}

/**
 * Algorithm 1 of https://arxiv.org/abs/2104.02057: the cross-entropy of each query finding the key of its own sample
 * among those of the batch, times 2 temperature, summed over both directions.
 */
export function mocoTerms({ q0, q1, k0, k1 }: MocoOutputs, temperature: number): MocoTerms {
  if (!(temperature > 0)) throw new Error(`MoCo v3: temperature must be above 0, found ${temperature}.`);
  const logits = tf.concat([scores(q0, k1, temperature), scores(q1, k0, temperature)], 0); // [2n, n]
  const n = q0.shape[0];
  const own = tf.tensor1d(
    Int32Array.from({ length: 2 * n }, (_, i) => i % n),
    'int32',
  );
  return {
    // The mean over both directions, twice, is their sum.
    loss: tf.mul(softmaxCrossEntropy(logits, own), 4 * temperature) as tf.Scalar,
    accuracy: accuracy(logits, own),
  };
}

export const mocoV3 = defineMethod({
  name: 'mocoV3',
  title: 'MoCo v3',
  summary:
    'SimCLR with a slowly moving copy of the network (the target) for the other view. Steadier than SimCLR on small batches.',
  paper: {
    title: 'An Empirical Study of Training Self-Supervised Vision Transformers',
    url: 'https://arxiv.org/abs/2104.02057',
  },
  family: 'contrastive',
  modalities: ['image', 'audio'],
  options: z.strictObject({
    temperature: z
      .number()
      .gt(0)
      .max(10)
      .describe(
        'Divides the similarities: lower punishes near negatives harder, above 0 (paper: 0.2 for vision transformers, 1 for ResNet-50).',
      )
      .default(0.2),
    projector: projectorOptions(
      { hidden: 256, size: 128, layers: 3, norm: 'batch' },
      '4096 and 256, 3 layers for vision transformers, 2 for ResNet-50',
    ),
    predictor: predictorOptions(256, '4096'),
    momentum: z
      .number()
      .min(0)
      .max(1)
      .describe(
        'Share of itself that the target keeps at each step, at the start; it rises to 1 along a cosine (paper: 0.99).',
      )
      .default(0.99),
  }),
  views: defaultViews,
  check: ({ batchSize }) => needsBatch('mocoV3', batchSize),

  build(context, options) {
    const { size } = options.projector;
    const normalized = { outputNorm: true };
    const head = mlpHead(
      context.scope.child('projector'),
      context.encoder.size,
      options.projector,
      normalized,
    );
    const predictor = mlpHead(
      context.scope.child('predictor'),
      size,
      { ...options.predictor, size, layers: 2 },
      normalized,
    );
    const project = projector(context, head);
    return {
      ...twoViews(context),
      targets: ['encoder', 'projector'],
      momentum: (progress) => byolMomentum(options.momentum, progress),
      loss(forward, inputs) {
        const [q0, q1] = throughBoth(inputs, (x) => predictor.apply(forward, project(forward, x)));
        const [k0, k1] = throughBoth(inputs, (x) => project(forward.target, x));
        const { loss, accuracy } = mocoTerms({ q0, q1, k0, k1 }, options.temperature);
        return { loss, metrics: { accuracy } };
      },
      embeddings(forward, x) {
        const z = project(forward, x);
        return { projector: z, predictor: predictor.apply(forward, z) };
      },
    };
  },
});
