import * as z from 'zod';
import { softmaxCrossEntropy } from '../nn/losses.ts';
import { normalizeRows } from '../nn/rows.ts';
import * as tf from '../nn/tf.ts';
import { accuracy } from './accuracy.ts';
import { mlpHead, projectorOptions } from './heads.ts';
import { defineMethod } from './method.ts';
import { checkPair, identity } from './statistics.ts';
import { compareEmbeddings, defaultViews, needsBatch } from './twoViews.ts';

/** Far below every similarity / temperature: exp of it is 0. */
const excluded = 1e9;

export interface ContrastiveScores {
  /** [2n, 2n]: cosine similarities / temperature of all pairs among both views; a row excludes itself. */
  readonly logits: tf.Tensor2D;
  /** int32 [2n]: where each row's positive (the other view of the same sample) stands. */
  readonly positives: tf.Tensor1D;
}

/** All against all: a, b [n, size], row i of both from sample i. */
export function contrastiveScores(a: tf.Tensor2D, b: tf.Tensor2D, temperature: number): ContrastiveScores {
  checkPair('NT-Xent', a, b);
  if (!(temperature > 0)) throw new Error(`NT-Xent: temperature must be above 0, found ${temperature}.`);
  const n = a.shape[0];
  const unit = normalizeRows(tf.concat([a, b], 0)); // [2n, size]
  const cosines = tf.matMul(unit, unit, false, true) as tf.Tensor2D; // [2n, 2n]
  const positives = Int32Array.from({ length: 2 * n }, (_, i) => (i + n) % (2 * n));
  return {
    logits: tf.sub(tf.mul(cosines, 1 / temperature), tf.mul(identity(2 * n), excluded)),
    positives: tf.tensor1d(positives, 'int32'),
  };
}

/**
 * Normalized temperature-scaled cross-entropy (NT-Xent) of https://arxiv.org/abs/2002.05709, equation 1, averaged
 * over all 2n rows. a, b: [n, size], n >= 2, the projections of two views; any length, they are normalized here.
 */
export function ntXent(a: tf.Tensor2D, b: tf.Tensor2D, temperature: number): tf.Scalar {
  const { logits, positives } = contrastiveScores(a, b, temperature);
  return softmaxCrossEntropy(logits, positives);
}

export const simclr = defineMethod({
  name: 'simclr',
  title: 'SimCLR',
  summary:
    'Two views of an image attract, all other images of the batch repel. Strong and simple; likes large batches.',
  paper: {
    title: 'A Simple Framework for Contrastive Learning of Visual Representations',
    url: 'https://arxiv.org/abs/2002.05709',
  },
  family: 'contrastive',
  modalities: ['image', 'audio'],
  options: z.strictObject({
    temperature: z
      .number()
      .gt(0)
      .max(10)
      .describe(
        'Divides the similarities: lower punishes near negatives harder, above 0 (paper: 0.5 for CIFAR-10, 0.1 for ImageNet; 0.2 does well on small data).',
      )
      .default(0.2),
    projector: projectorOptions(
      { hidden: 256, size: 128, layers: 2, norm: 'batch' },
      '2048 and 128, 2 layers',
    ),
  }),
  views: defaultViews,
  check: ({ batchSize }) => needsBatch('simclr', batchSize),

  build(context, options) {
    const head = mlpHead(context.scope.child('projector'), context.encoder.size, options.projector, {
      outputNorm: true,
    });
    return compareEmbeddings(context, head, (a, b) => {
      const { logits, positives } = contrastiveScores(a, b, options.temperature);
      return {
        loss: softmaxCrossEntropy(logits, positives),
        metrics: { accuracy: accuracy(logits, positives) },
      };
    });
  },
});
