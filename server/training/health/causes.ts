import type { Method } from '../../methods/method.ts';

type Collapse = 'completeCollapse' | 'dimensionalCollapse';
interface Advice {
  readonly cause: string;
  readonly fix: string;
}

const general: Record<Collapse, Advice> = {
  completeCollapse: {
    cause: 'One constant output satisfies the loss, and nothing in the method or its heads prevents it.',
    fix: 'Lower train.learningRate, add train.warmupEpochs, use a larger train.batchSize, and keep batch norm in the heads.',
  },
  dimensionalCollapse: {
    cause:
      'Few directions are enough for the loss: the views are too easy, too strong, or nothing spreads the embeddings.',
    fix: 'Check the views in the preview, use a larger train.batchSize, lower train.learningRate, or use a method that spreads the embeddings (vicreg, barlowTwins).',
  },
};

const byFamily: Partial<Record<Method['family'], Record<Collapse, Advice>>> = {
  'negative-free': {
    completeCollapse: {
      cause:
        'Without negatives only stop-gradient (or the slow target), the predictor and batch norm in the heads keep the samples apart; one of them is missing or overpowered.',
      fix: 'Keep stop-gradient and batch norm in projector and predictor, use train.batchSize >= 64, lower train.learningRate and weightDecay, or use vicreg, which needs neither.',
    },
    dimensionalCollapse: {
      cause:
        'The embeddings agree along a few directions only: the gradient reaches both branches (no stop-gradient), the predictor is missing, or the learning rate is too high.',
      fix: 'Keep stop-gradient and the predictor, lower train.learningRate, use a larger batch or stronger views, or use vicreg or barlowTwins.',
    },
  },
  contrastive: {
    completeCollapse: {
      cause: 'The negatives do not push: too few of them in a batch, or a temperature far from 0.1 to 0.5.',
      fix: 'Use train.batchSize >= 128 and a lower train.learningRate, and 0.2 where the method has a pretext.temperature.',
    },
    dimensionalCollapse: {
      cause:
        'The views are so strong that they remove what distinguishes samples, or the temperature is too high for the negatives to spread them.',
      fix: 'Weaken the strongest view (crop, colour jitter, corruption), lower pretext.temperature where the method has one, or use a larger train.batchSize.',
    },
  },
  redundancy: {
    completeCollapse: {
      cause:
        'The terms that keep variance up are too weak beside the invariance term, or the batch is too small to estimate them.',
      fix: "Restore the method's default weights, use train.batchSize >= 64 and a lower train.learningRate.",
    },
    dimensionalCollapse: {
      cause:
        'The term that decorrelates the dimensions is too weak, or the batch is smaller than the projector can use.',
      fix: "Restore the method's default weights, use a larger train.batchSize or a smaller projector.",
    },
  },
  distillation: {
    completeCollapse: {
      cause:
        'Teacher and student have agreed on one answer for all samples: the teacher moves too fast, or what keeps its answers apart (centring and sharpening, even groups, normalized targets) is off or too weak.',
      fix: "Restore the method's own defaults, raise pretext.momentum towards 1 where there is a teacher, lower train.learningRate, and use train.batchSize >= 64.",
    },
    dimensionalCollapse: {
      cause:
        'The answers differ along a few directions only: too few prototypes are used, the teacher moves too fast, or the views are too easy.',
      fix: 'Use stronger views, more prototypes or a larger train.batchSize, raise pretext.momentum towards 1 where there is a teacher, and lower train.learningRate.',
    },
  },
  reconstruction: {
    completeCollapse: {
      cause:
        'The encoder went dead: units that never activate after a too high learning rate, or inputs of a very different scale.',
      fix: 'Lower train.learningRate, add train.warmupEpochs, and check the data: constant or unscaled columns.',
    },
    dimensionalCollapse: {
      cause:
        'One direction explains most of what is reconstructed: a dominant column or brightness, a too narrow bottleneck, or dead units.',
      fix: 'Lower train.learningRate, widen the encoder, corrupt the input (denoising), or standardise the dominant columns.',
    },
  },
};

/** Why a method of this family collapses in this way, and what to change in the config. */
export function collapseCause(state: Collapse, family: Method['family'] | undefined): Advice {
  const key = family === 'masking' ? 'reconstruction' : family;
  return (key === undefined ? undefined : byFamily[key])?.[state] ?? general[state];
}
