import * as z from 'zod';
import { count, nonNegative, positive } from './meta.ts';

const labelBudget = z.union([z.int().min(1), z.literal('all')]);

export const downstreamTaskSchema = z
  .strictObject({
    task: z.enum(['classification']).describe('What is learnt with the labels.').default('classification'),
    mode: z
      .enum(['finetune', 'linear', 'lastBlocks'])
      .describe('finetune trains all of the encoder, lastBlocks its last `blocks`, linear none of it.')
      .default('finetune'),
    blocks: count(1, 'Blocks trained by mode lastBlocks, counted from the output.', 'blocks').default(1),
    labelsPerClass: z
      .union([labelBudget, z.array(labelBudget).min(1)])
      .transform((value) => (Array.isArray(value) ? value : [value]))
      .meta({
        description: 'Label budgets to compare: numbers of labelled samples per class, or all.',
        unit: 'labels per class',
        expected: 'a whole number of at least 1, all, or a list of them',
      })
      .prefault(['all']),
    draws: count(
      1,
      'Random choices of the labelled samples for each budget below all; their spread gives the error bar.',
      'draws',
    ).default(5),
    epochs: count(1, 'Passes over the labelled samples.', 'epochs').default(20),
    batchSize: count(1, 'Samples per step.', 'samples').default(64),
    learningRate: positive('Highest learning rate (AdamW, cosine schedule).').default(1e-3),
    layerDecay: z
      .number()
      .gt(0)
      .max(1)
      .meta({
        description:
          'Each block learns this factor slower than the block above it; 1 gives all the same learning rate.',
        paper: { title: 'BEiT', url: 'https://arxiv.org/abs/2106.08254' },
      })
      .default(1),
    weightDecay: nonNegative('Weight decay.').default(1e-4),
    controls: z
      .boolean()
      .describe(
        'Also measure raw input, a randomly initialised encoder and supervised training from scratch.',
      )
      .default(true),
  })
  .describe('One task to solve with few labels.');

export const downstreamSchema = z
  .array(downstreamTaskSchema)
  .describe('What to do with the pretrained encoder; every entry gives its own numbers.')
  .default([]);

export type DownstreamConfig = z.output<typeof downstreamTaskSchema>;
