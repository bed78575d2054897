import * as z from 'zod';
import { deviceNames } from '../protocol/device.ts';
import { count, nonNegative, positive } from './meta.ts';

const beta = (description: string) => z.number().min(0).lt(1).meta({ description });

/** Decoupled or L2 weight decay where the config names none: plain Adam has none, as in its paper. */
const defaultWeightDecay = { adamw: 1e-4, adam: 0, sgd: 1e-4, lars: 1e-6 } as const;

export const trainSchema = z
  .strictObject({
    epochs: count(1, 'Passes over the training samples.', 'epochs').default(100),
    batchSize: count(1, 'Samples per step.', 'samples').default(256),
    optimizer: z
      .enum(['adamw', 'adam', 'sgd', 'lars'])
      .meta({
        description:
          'adamw (Loshchilov & Hutter 2019) suits most; lars (You et al. 2017) is for batches of 1,024 and more.',
        paper: { title: 'Decoupled Weight Decay Regularization', url: 'https://arxiv.org/abs/1711.05101' },
      })
      .default('adamw'),
    learningRate: positive('Highest learning rate, reached after the warm-up.').default(1e-3),
    weightDecay: nonNegative('Weight decay on weights; biases, norms and tokens are exempt.')
      .meta({ defaultText: '0.0001; adam 0; lars 0.000001' })
      .optional(),
    momentum: beta('Momentum of sgd and lars.').default(0.9),
    beta1: beta('Decay of the first moment of adam and adamw.').default(0.9),
    beta2: beta('Decay of the second moment of adam and adamw.').default(0.999),
    epsilon: positive('Added to the root of the second moment of adam and adamw.').default(1e-8),
    trust: positive('Trust coefficient of lars.')
      .meta({
        paper: {
          title: 'Large Batch Training of Convolutional Networks',
          url: 'https://arxiv.org/abs/1708.03888',
        },
      })
      .default(0.001),
    schedule: z
      .enum(['cosine', 'constant', 'linear'])
      .meta({
        description: 'Course of the learning rate after the warm-up, down to `minLearningRate`.',
        paper: { title: 'SGDR: warm restarts', url: 'https://arxiv.org/abs/1608.03983' },
      })
      .default('cosine'),
    warmupEpochs: nonNegative(
      'The learning rate rises linearly from 0 over these epochs; fractions are allowed.',
      'epochs',
    ).default(0),
    minLearningRate: nonNegative('Learning rate at the end of the schedule.').default(0),
    clipNorm: nonNegative('Largest norm of the whole gradient; 0 switches clipping off.').default(0),
    accumulate: count(1, 'Batches whose gradients are averaged before one update.', 'batches').default(1),
    device: z
      .enum(['auto', ...deviceNames])
      .describe('Where to compute; auto takes the fastest device that is proved to work, and says which.')
      .default('auto'),
    threads: count(1, 'CPU threads.', 'threads').meta({ defaultText: 'all cores' }).optional(),
    checkpointEvery: positive('Time between checkpoints.', 'seconds').default(60),
  })
  .transform(({ epochs, batchSize, optimizer, learningRate, weightDecay, ...rest }) => ({
    epochs,
    batchSize,
    optimizer,
    learningRate,
    weightDecay: weightDecay ?? defaultWeightDecay[optimizer],
    ...rest,
  }))
  .describe('How the pretext task is trained.');

export type TrainConfig = z.output<typeof trainSchema>;
