import * as z from 'zod';
import { softmaxCrossEntropy } from '../nn/losses.ts';
import type { Forward } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import type { Random } from '../random.ts';
import { accuracy } from './accuracy.ts';
import { mlpHead, projectorOptions } from './heads.ts';
import { defineMethod } from './method.ts';
import { needsSequence, sequenceOf } from './sequences.ts';
import { contrastiveScores } from './simclr.ts';
import { halves, needsBatch, projector } from './twoViews.ts';

/** Dropout masks of `count` numbers, each 0 with probability `rate` and else 1 / (1 - rate). */
export function drawDropout(count: number, rate: number, random: Random): Float32Array {
  const kept = 1 / (1 - rate);
  return Float32Array.from({ length: count }, () => (random.chance(rate) ? 0 : kept));
}

export const simcse = defineMethod({
  name: 'simcse',
  title: 'SimCSE',
  summary:
    'A text is embedded twice with different dropout; both must find each other among the batch. For embeddings of texts, best after mlm.',
  paper: {
    title: 'SimCSE: Simple Contrastive Learning of Sentence Embeddings',
    url: 'https://arxiv.org/abs/2104.08821',
  },
  family: 'contrastive',
  modalities: ['text'],
  options: z.strictObject({
    dropout: z
      .number()
      .gt(0)
      .max(0.9)
      .describe(
        'Probability that a value is dropped from the embedded tokens and from what each block adds, above 0 to 0.9 (paper: 0.1). All tokens of a text lose the same values.',
      )
      .default(0.1),
    temperature: z
      .number()
      .gt(0)
      .max(10)
      .describe('Divides the similarities: lower punishes near negatives harder, above 0 (paper: 0.05).')
      .default(0.05),
    projector: projectorOptions({ hidden: 256, size: 128, layers: 1, norm: 'none' }, '768, 1 layer'),
  }),
  check: (context) => [...needsSequence('simcse', context), ...needsBatch('simcse', context.batchSize)],

  build(context, options) {
    const { encoder, batchSize, scope } = context;
    const sequence = sequenceOf(encoder, 'simcse');
    const { length, width, depth } = sequence;
    const head = mlpHead(scope.child('projector'), encoder.size, options.projector);
    const masks = [2 * batchSize, 1 + 2 * depth, width] as const;
    const embedded = (forward: Forward, text: tf.Tensor2D, dropout: tf.Tensor3D): tf.Tensor2D => {
      const ids = tf.concat([text, text], 0) as tf.Tensor2D;
      const present = sequence.present(ids);
      const { tokens } = sequence.encode(forward, sequence.embed(forward, ids), { present, dropout });
      return head.apply(forward, sequence.pool(tokens, present));
    };
    return {
      views: ['plain'],
      inputs: {
        text: { shape: [batchSize, length], dtype: 'int32' },
        dropout: { shape: masks, dtype: 'float32' },
      },
      prepare: ({ views: [texts] }, random) => ({
        text: Int32Array.from(texts as Float32Array),
        dropout: drawDropout(masks[0] * masks[1] * masks[2], options.dropout, random),
      }),
      loss(forward, { text, dropout }) {
        const [a, b] = halves(embedded(forward, text as tf.Tensor2D, dropout as tf.Tensor3D));
        const { logits, positives } = contrastiveScores(a, b, options.temperature);
        return {
          loss: softmaxCrossEntropy(logits, positives),
          metrics: { accuracy: accuracy(logits, positives) },
        };
      },
      embeddings: (forward, x) => ({ projector: projector(context, head)(forward, x) }),
    };
  },
});
