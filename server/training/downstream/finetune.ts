import { softmaxCrossEntropy } from '../../nn/losses.ts';
import type * as tf from '../../nn/tf.ts';
import type { Engine, Values } from '../engine/engine.ts';
import type { Classifier } from './classifier.ts';
import { type FineTuneOptions, type FitOptions, Fitter, type Trainable } from './fitter.ts';
import type { Labelled, ReadSamples } from './samples.ts';

export {
  type FineTuneOptions,
  type FineTuneProgress,
  fineTuneBudget,
  fineTuneScale,
} from './fitter.ts';

/** A classifier with its loss: cross-entropy of the true classes. */
function trainableClassifier(classifier: Classifier): Trainable {
  const { encoder, parameters, sample } = classifier;
  return {
    encoder,
    parameters,
    inputs: (batch) => ({
      x: { shape: [batch, ...sample.shape], dtype: 'float32' },
      labels: { shape: [batch], dtype: 'int32' },
    }),
    loss: (forward, { x, labels }, options) => ({
      loss: softmaxCrossEntropy(classifier.logits(forward, x as tf.Tensor, options), labels as tf.Tensor),
    }),
  };
}

/** Trains a classifier on labelled samples; see {@link Fitter}. */
export class FineTuner {
  private constructor(private readonly fitter: Fitter) {}

  /** Prepares the step for so many labelled samples. */
  static async create(
    engine: Engine,
    classifier: Classifier,
    samples: number,
    options: FineTuneOptions = {},
  ): Promise<FineTuner> {
    return new FineTuner(await Fitter.create(engine, trainableClassifier(classifier), samples, options));
  }

  /** Fits to `labelled` and returns the values of encoder and head. */
  fit({ indices, labels }: Labelled, read: ReadSamples, options: FitOptions): Promise<Values> {
    const samples = {
      count: indices.length,
      read: async (positions: Int32Array, epoch: number) => {
        const x = await read(
          positions.map((p) => indices[p]!),
          epoch,
        );
        return { x, labels: positions.map((p) => labels[p]!) };
      },
    };
    return this.fitter.fit(samples, options);
  }

  dispose(): Promise<void> {
    return this.fitter.dispose();
  }
}

/** The most probable class of each row of logits. */
export function argmaxRows(logits: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (logits[row * classes + c]! > logits[row * classes + best]!) best = c;
    }
    return best;
  });
}
