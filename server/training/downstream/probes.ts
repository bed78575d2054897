import type { Result } from '../../protocol/run.ts';
import type { Engine } from '../engine/engine.ts';
import { labelDraws, meanAndStd } from './draws.ts';
import { type KnnOptions, knnPredict } from './knn.ts';
import { accuracy, fitLogisticRegression, predictClasses } from './logisticRegression.ts';
import type { Representation } from './representation.ts';
import type { Labelled } from './samples.ts';

export interface ProbeOptions {
  readonly classes: number;
  readonly engine?: Engine;
  readonly signal?: AbortSignal | undefined;
}

/** Words for a number of labels. */
export function budgetWords(perClass: number | 'all', samples: number): string {
  return perClass === 'all'
    ? `all ${samples} labels`
    : `${perClass} label${perClass === 1 ? '' : 's'} per class`;
}

/** kNN of the test set among the training set, on the features as they are. */
export async function probeKnn(
  representation: Representation,
  train: Labelled,
  { k = 20, temperature = 0.1 }: Pick<KnnOptions, 'k' | 'temperature'>,
  { classes, ...rest }: ProbeOptions,
): Promise<Result> {
  const { all, test, words, variant } = representation;
  const labels = all.positions.map((position) => train.labels[position]!);
  const predicted = await knnPredict(all.features, labels, test.features, classes, {
    k,
    temperature,
    ...rest,
  });
  return {
    metric: 'knn',
    variant,
    split: 'test',
    labelsPerClass: 'all',
    value: accuracy(predicted, test.labels),
    std: 0,
    draws: 1,
    protocol: `offline, ${words}: kNN, k = ${Math.min(k, labels.length)}, cosine, votes exp(similarity / ${temperature}), all ${labels.length} labels, ${test.labels.length} test samples`,
  };
}

/** Linear probe on frozen features, over the same draws of labels for every variant. */
export async function probeLinear(
  representation: Representation,
  train: Labelled,
  perClass: number | 'all',
  draws: number,
  seed: number,
  { classes, ...rest }: ProbeOptions,
): Promise<Result> {
  const { all, test, words, variant, scale } = representation;
  const chosen = perClass === 'all' ? [all.positions] : labelDraws(train.labels, perClass, draws, seed);
  const values: number[] = [];
  for (const positions of chosen) {
    const features = perClass === 'all' ? all.features : await representation.take(positions);
    const labels = positions.map((position) => train.labels[position]!);
    const fitted = await fitLogisticRegression(features, labels, classes, { ...rest, standardizer: scale });
    values.push(accuracy(predictClasses(fitted, test.features), test.labels));
  }
  const { mean, std } = meanAndStd(values);
  return {
    metric: 'linearProbe',
    variant,
    split: 'test',
    labelsPerClass: perClass,
    value: mean,
    std,
    draws: values.length,
    protocol: `offline, ${words}, frozen: logistic regression (L-BFGS, L2 with C = 1) on features standardised (one common scale) over the training split, ${budgetWords(perClass, all.positions.length)}${values.length > 1 ? `, mean of ${values.length} draws` : ''}, ${test.labels.length} test samples`,
  };
}
