import * as z from 'zod';
import { count, positive } from './meta.ts';

export const evaluateSchema = z
  .strictObject({
    every: count(1, 'Epochs between two online evaluations.', 'epochs').default(1),
    samples: count(
      16,
      'At most this many training and test samples are embedded for the online measures.',
      'samples',
    ).default(2000),
    knn: z
      .union([
        z.literal(false),
        z.strictObject({
          k: count(1, 'Neighbours that vote; where there are fewer samples, all of them.', 'samples').default(
            20,
          ),
          temperature: positive('Votes are weighted by exp(cosine / temperature).').default(0.1),
        }),
      ])
      .meta({
        description: 'Weighted k-nearest-neighbour classifier on cosine similarity, or false.',
        paper: {
          title: 'Unsupervised Feature Learning via Non-Parametric Instance Discrimination',
          url: 'https://arxiv.org/abs/1805.01978',
        },
      })
      .prefault({}),
    linearProbe: z.boolean().describe('Train a linear classifier on the frozen features.').default(true),
    stopOnCollapse: z
      .boolean()
      .describe('End pretraining when the representation has collapsed.')
      .default(false),
    preview: z
      .union([
        z.literal(false),
        z.strictObject({
          every: count(
            1,
            'Epochs between two pictures; long trainings draw about 60 in all.',
            'epochs',
          ).default(1),
          samples: count(1, 'Samples in a picture.', 'samples').max(64).default(8),
        }),
      ])
      .describe('Pictures of what the pretext task sees and restores, or false.')
      .prefault({}),
  })
  .describe(
    'How the representation is judged while it trains. Needs no labels except for kNN and the linear probe.',
  );

export type EvaluateConfig = z.output<typeof evaluateSchema>;
