import type { Features } from '../health/features.ts';
import {
  accuracy,
  fitLogisticRegression,
  type LinearClassifier,
  predictClasses,
} from './logisticRegression.ts';
import { measureScale } from './standardize.ts';

/** What the online probe is, in words, for `Result.protocol` and the panel. */
export const onlineProbeProtocol = (iterations: number): string =>
  `online: logistic regression (C = 1) on standardised features (one common scale), ${iterations} L-BFGS iterations from the last epoch's weights`;

/**
 * A linear probe cheap enough for every epoch: a few L-BFGS iterations on frozen features, starting from the
 * classifier of the epoch before. Reads a little below the offline probe, which runs to the optimum.
 */
export class OnlineProbe {
  private last: LinearClassifier | undefined;

  constructor(
    readonly classes: number,
    readonly iterations = 15,
  ) {}

  /** Accuracy 0..1 on `test`. Rows with label -1 must have been left out. */
  async measure(
    train: Features,
    trainLabels: Int32Array,
    test: Features,
    testLabels: Int32Array,
  ): Promise<number> {
    const start = this.last?.size === train.size ? this.last : undefined;
    this.last = await fitLogisticRegression(train, trainLabels, this.classes, {
      maxIterations: this.iterations,
      standardizer: measureScale(train),
      start,
    });
    return accuracy(predictClasses(this.last, test), testLabels);
  }
}
