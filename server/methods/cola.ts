import * as z from 'zod';
import { dense } from '../nn/dense.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import { softmaxCrossEntropy } from '../nn/losses.ts';
import type { Forward } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import { accuracy } from './accuracy.ts';
import { defineMethod } from './method.ts';
import { checkPair } from './statistics.ts';
import { needsBatch, throughBoth, twoViews } from './twoViews.ts';

/**
 * Section 2 of https://arxiv.org/abs/2010.10915: anchors a and positives b [n, size], n >= 2, row i of both from the same
 * recording, and the weights of the bilinear similarity w [size, size]. Logits [n, n]: a w b', of each anchor with every
 * positive of the batch.
 */
export function bilinearScores(a: tf.Tensor2D, b: tf.Tensor2D, w: tf.Tensor2D): tf.Tensor2D {
  checkPair('COLA', a, b);
  return tf.matMul(tf.matMul(a, w), b, false, true) as tf.Tensor2D;
}

/** The cross-entropy of each anchor finding the positive of its own recording among those of the batch. */
export function colaLoss(scores: tf.Tensor2D): tf.Scalar {
  return softmaxCrossEntropy(scores, own(scores.shape[0]));
}

/** The positive of each anchor, int32 [n]. */
function own(n: number): tf.Tensor1D {
  return tf.tensor1d(
    Int32Array.from({ length: n }, (_, i) => i),
    'int32',
  );
}

export const cola = defineMethod({
  name: 'cola',
  title: 'COLA',
  summary:
    'Tells whether two segments come from the same recording: voices, languages, places. Needs recordings longer than data.clip, and likes large batches.',
  paper: {
    title: 'Contrastive Learning of General-Purpose Audio Representations',
    url: 'https://arxiv.org/abs/2010.10915',
  },
  family: 'contrastive',
  modalities: ['audio'],
  options: z.strictObject({
    size: z
      .int()
      .min(1)
      .max(16384)
      .describe('Length of the projection, on which segments are compared (paper: 512).')
      .default(128),
  }),
  // The paper cuts segments and changes nothing else.
  views: { audio: {} },
  check: ({ batchSize }) => needsBatch('cola', batchSize),

  build(context, { size }) {
    const { scope, encoder } = context;
    const head = scope.child('projector');
    const reduce = dense(head.child('dense'), encoder.size, size);
    const norm = layerNorm(head.child('norm'), size);
    const bilinear = scope
      .child('similarity')
      .weight('weight', [size, size], { kind: 'xavierUniform', fanIn: size, fanOut: size });
    const project = (forward: Forward, x: tf.Tensor): tf.Tensor2D =>
      tf.tanh(norm(forward, reduce(forward, encoder.features(forward, x)))) as tf.Tensor2D;
    return {
      ...twoViews(context),
      loss(forward, inputs) {
        const [a, b] = throughBoth(inputs, (x) => project(forward, x));
        const scores = bilinearScores(a, b, forward.read(bilinear) as tf.Tensor2D);
        return { loss: colaLoss(scores), metrics: { accuracy: accuracy(scores, own(a.shape[0])) } };
      },
      embeddings: (forward, x) => ({ projector: project(forward, x) }),
    };
  },
});
