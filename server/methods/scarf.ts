import * as z from 'zod';
import { softmaxCrossEntropy } from '../nn/losses.ts';
import { accuracy } from './accuracy.ts';
import { mlpHead, projectorOptions } from './heads.ts';
import { defineMethod } from './method.ts';
import { contrastiveScores } from './simclr.ts';
import { compareEmbeddings, needsBatch } from './twoViews.ts';

export const scarf = defineMethod({
  name: 'scarf',
  title: 'SCARF',
  summary:
    'For tables: a row attracts a copy of itself in which most features are exchanged for those of random rows.',
  paper: {
    title: 'SCARF: Self-Supervised Contrastive Learning using Random Feature Corruption',
    url: 'https://arxiv.org/abs/2106.15147',
  },
  family: 'contrastive',
  modalities: ['table'],
  options: z.strictObject({
    corruption: z
      .number()
      .gt(0)
      .max(1)
      .describe('Share of the columns that is exchanged, above 0 to 1 (paper: 0.6).')
      .default(0.6),
    temperature: z
      .number()
      .gt(0)
      .max(10)
      .describe('Divides the similarities, above 0 (paper: 1).')
      .default(1),
    projector: projectorOptions({ hidden: 256, size: 256, layers: 2, norm: 'none' }, '256 and 256, 2 layers'),
  }),
  check: ({ batchSize }) => needsBatch('scarf', batchSize),

  build(context, options) {
    const head = mlpHead(context.scope.child('projector'), context.encoder.size, options.projector);
    return compareEmbeddings(
      context,
      head,
      (a, b) => {
        const { logits, positives } = contrastiveScores(a, b, options.temperature);
        return {
          loss: softmaxCrossEntropy(logits, positives),
          metrics: { accuracy: accuracy(logits, positives) },
        };
      },
      options.corruption,
    );
  },
});
