/** The course of the learning rate, as `train:` in the config says it. */
export interface Schedule {
  readonly schedule: 'constant' | 'cosine' | 'linear';
  /** The highest rate, reached at the end of the warm-up. */
  readonly learningRate: number;
  /** The rate towards which cosine and linear fall. */
  readonly minLearningRate: number;
  /** Epochs of the linear rise; fractions are allowed. */
  readonly warmupEpochs: number;
  readonly epochs: number;
}

/**
 * The learning rate of one step (counted from 0). It rises linearly over the warm-up, whose last step has the full
 * rate, and then keeps it (constant), or falls to the minimum along half a cosine (Loshchilov & Hutter 2017,
 * https://arxiv.org/abs/1608.03983) or a line; the minimum would be reached one step after the last.
 */
export function learningRateAt(options: Schedule, stepsPerEpoch: number, step: number): number {
  const { learningRate: highest, minLearningRate: lowest } = options;
  const warmup = Math.round(options.warmupEpochs * stepsPerEpoch);
  if (step < warmup) return (highest * (step + 1)) / warmup;
  if (options.schedule === 'constant') return highest;
  const rest = Math.max(1, options.epochs * stepsPerEpoch - warmup);
  const progress = Math.min(1, (step - warmup) / rest);
  const share = options.schedule === 'cosine' ? (1 + Math.cos(Math.PI * progress)) / 2 : 1 - progress;
  return lowest + (highest - lowest) * share;
}
