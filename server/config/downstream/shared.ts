import * as z from 'zod';
import { count, nonNegative, positive } from '../meta.ts';

/** The key that says which task it is; `classification` is the one that is meant without it. */
export function taskTag<Name extends string>(name: Name) {
  return z.literal(name).describe('What is learnt with the labels.');
}

/** Keys of every task that fine-tunes an encoder. */
export const fineTuneKeys = {
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
    .describe('Also measure raw input, a randomly initialised encoder and supervised training from scratch.')
    .default(true),
};

/** Where the head of a fine-tuned network starts. (Probing a fresh encoder made training from scratch worse.) */
export const headKey = {
  head: z
    .enum(['probe', 'random'])
    .meta({
      description:
        'Where the head on the pretrained encoder starts: `probe` as the linear probe on its features, so that training does not spoil them first; `random` at chance, as the network from scratch does.',
      paper: { title: 'LP-FT', url: 'https://arxiv.org/abs/2202.10054' },
    })
    .default('probe'),
};

/** How much of the encoder is trained. */
export const modeKeys = {
  mode: z
    .enum(['finetune', 'linear', 'lastBlocks'])
    .describe('finetune trains all of the encoder, lastBlocks its last `blocks`, linear none of it.')
    .default('finetune'),
  blocks: count(1, 'Blocks trained by mode lastBlocks, counted from the output.', 'blocks').default(1),
};

export const drawsKey = {
  draws: count(
    1,
    'Random choices of the labelled samples for each budget below all; their spread gives the error bar.',
    'draws',
  ).default(5),
};

const budget = z.union([z.int().min(1), z.literal('all')]);

/** A number of labels, all, or a list of them; always a list in the end. */
export function budgets(description: string, unit: string) {
  return z
    .union([budget, z.array(budget).min(1)])
    .transform((value) => (Array.isArray(value) ? value : [value]))
    .meta({ description, unit, expected: 'a whole number of at least 1, all, or a list of them' })
    .prefault(['all']);
}
