import type { ClassificationConfig } from '../../config/downstream/tasks.ts';
import type { Result, Variant } from '../../protocol/run.ts';
import type { Values } from '../engine/engine.ts';
import { buildClassifier, type Classifier } from './classifier.ts';
import { labelDraws, meanAndStd } from './draws.ts';
import type { Evaluation } from './evaluate.ts';
import { FeatureExtractor, representationModel } from './features.ts';
import { fineTuneWords } from './fineTuneWords.ts';
import {
  argmaxRows,
  type FineTuneOptions,
  type FineTuneProgress,
  FineTuner,
  fineTuneBudget,
} from './finetune.ts';
import { classifierHead } from './linearHead.ts';
import { accuracy, fitLogisticRegression } from './logisticRegression.ts';
import { budgetWords, probeLinear } from './probes.ts';
import { featureVariants, type Judged, represent } from './representation.ts';
import { type Labelled, labelledSplit, type ReadSamples, readerOf } from './samples.ts';

type Budget = number | 'all';

export interface ClassificationOptions {
  /** What fine-tuning learns from, with words for protocols; default the samples as they are. */
  readonly training?: { readonly read: ReadSamples; readonly words: string };
  readonly minUpdates?: number | undefined;
  /** Probes of an earlier task are not measured again. */
  readonly known?: readonly Result[];
  readonly onResult?: (result: Result) => void;
  /** Progress of each fine-tuning, with what it is in words. */
  readonly onStep?: (title: string, progress: FineTuneProgress) => void;
}

/**
 * One `task: classification` of the config, for each budget of labels: fine-tuning of the pretrained encoder beside
 * the same network from scratch (`supervised`: same budget, same draws, all blocks trained), and the linear probe on
 * frozen features beside its controls. `mode: linear` takes the probes alone. Every variant sees the same draws.
 */
export async function runClassification(
  judged: Judged,
  task: ClassificationConfig,
  options: ClassificationOptions = {},
): Promise<Evaluation> {
  const labelled = labelledSplit(judged.dataset);
  if ('missing' in labelled)
    return { results: [], notes: [`${labelled.missing} Classification is not measured.`] };
  const { train, test, classes } = labelled;
  const results: Result[] = [];
  const report = (result: Result) => {
    results.push(result);
    options.onResult?.(result);
  };
  const budgets = task.labelsPerClass;
  // The evaluation stage has measured probes with all labels; only `mode: linear` asks for them again.
  const wanted = budgets.filter((budget) => budget !== 'all' || task.mode === 'linear');
  for (const variant of task.controls ? featureVariants : (['pretrained'] as const)) {
    const probed = wanted.filter((budget) => !isProbed(options.known ?? [], variant, budget, task.draws));
    if (probed.length > 0) {
      const { engine, signal, seed } = judged;
      const representation = await represent(variant, judged, train, test);
      for (const budget of probed) {
        judged.onProgress?.(`${variant}: linear probe, ${budgetWords(budget, train.indices.length)}`);
        const probe = { classes, engine, signal };
        report(await probeLinear(representation, train, budget, task.draws, seed, probe));
      }
    }
  }
  if (task.mode !== 'linear') await fineTuneAll(judged, task, { train, test, classes }, options, report);
  return { results, notes: notesOn(train, classes, budgets) };
}

/** Whether the linear probe of this variant is known for these labels; `all` of them are drawn once. */
function isProbed(known: readonly Result[], variant: Variant, budget: Budget, draws: number): boolean {
  return known.some(
    (result) =>
      result.metric === 'linearProbe' &&
      result.variant === variant &&
      result.labelsPerClass === budget &&
      (budget === 'all' || result.draws === draws),
  );
}

async function fineTuneAll(
  judged: Judged,
  task: ClassificationConfig,
  { train, test, classes }: { train: Labelled; test: Labelled; classes: number },
  options: ClassificationOptions,
  report: (result: Result) => void,
): Promise<void> {
  const { engine, model, batchSize } = judged;
  const classifier = buildClassifier(model, classes);
  const encoder = representationModel(model.encoder, model.sample, model.parameters);
  const prober = await FeatureExtractor.create(engine, encoder, batchSize);
  const tester = await FeatureExtractor.create(engine, classifier, batchSize);
  try {
    for (const budget of task.labelsPerClass) {
      const draws = labelDraws(train.labels, budget, task.draws, judged.seed);
      for (const variant of task.controls
        ? (['pretrained', 'supervised'] as const)
        : (['pretrained'] as const)) {
        report(
          await fineTune(
            judged,
            task,
            { variant, budget, draws, classifier, train, test, prober, tester },
            options,
          ),
        );
      }
    }
  } finally {
    await prober.dispose();
    await tester.dispose();
  }
}

interface Trial {
  readonly variant: Variant & ('pretrained' | 'supervised');
  readonly budget: Budget;
  readonly draws: readonly Int32Array[];
  readonly classifier: Classifier;
  readonly train: Labelled;
  readonly test: Labelled;
  /** Pretrained features. */
  readonly prober: FeatureExtractor;
  /** Logits after fine-tuning. */
  readonly tester: FeatureExtractor;
}

/** Fits and tests one variant on every draw. */
async function fineTune(
  judged: Judged,
  task: ClassificationConfig,
  { variant, budget, draws, classifier, train, test, prober, tester }: Trial,
  { training, minUpdates, onStep }: ClassificationOptions,
): Promise<Result> {
  const { engine, loader, seed, signal } = judged;
  const pretrained = variant === 'pretrained';
  const { read, words } = training ?? { read: readerOf(loader), words: 'samples as they are' };
  const settings: FineTuneOptions = {
    epochs: task.epochs,
    batchSize: task.batchSize,
    learningRate: task.learningRate,
    weightDecay: task.weightDecay,
    // A fresh encoder has nothing worth freezing or sparing.
    trainableBlocks: pretrained && task.mode === 'lastBlocks' ? task.blocks : 'all',
    layerDecay: pretrained ? task.layerDecay : 1,
    minUpdates,
  };
  const values: number[] = [];
  let tuner: FineTuner | undefined;
  let prepared = 0;
  try {
    for (const [draw, positions] of draws.entries()) {
      const labelled: Labelled = {
        indices: positions.map((position) => train.indices[position]!),
        labels: positions.map((position) => train.labels[position]!),
      };
      const { batch } = fineTuneBudget(positions.length, settings);
      if (tuner === undefined || batch !== prepared) {
        await tuner?.dispose();
        tuner = await FineTuner.create(engine, classifier, positions.length, settings);
        prepared = batch;
      }
      const title = `${variant}: fine-tuning, ${budgetWords(budget, positions.length)}, draw ${draw + 1} of ${draws.length}`;
      judged.onProgress?.(title);
      const start = pretrained ? judged.values : undefined;
      const head =
        start && task.head === 'probe' ? await probedHead(judged, labelled, classifier, prober) : undefined;
      const fitted = await tuner.fit(labelled, read, {
        seed: seed + draw,
        signal,
        start,
        head,
        onProgress: (progress) => onStep?.(title, progress),
      });
      const { logits } = await tester.extract(fitted, readerOf(loader), test.indices, { signal });
      values.push(accuracy(argmaxRows(logits!.values, classifier.classes), test.labels));
    }
  } finally {
    await tuner?.dispose();
  }
  const { mean, std } = meanAndStd(values);
  const samples = draws[0]!.length;
  return {
    metric: 'finetune',
    variant,
    split: 'test',
    labelsPerClass: budget,
    value: mean,
    std,
    draws: values.length,
    protocol: `${fineTuneWords(settings, { samples, pretrained, head: task.head })}, ${words}, ${budgetWords(budget, samples)}${values.length > 1 ? `, mean of ${values.length} draws` : ''}, ${test.labels.length} test samples`,
  };
}

/** The head that a linear probe finds on the pretrained features. */
async function probedHead(
  { engine, loader, values, signal }: Judged,
  { indices, labels }: Labelled,
  { classes }: Classifier,
  prober: FeatureExtractor,
): Promise<Values> {
  const { encoder } = await prober.extract(values, readerOf(loader), indices, { signal });
  return classifierHead(await fitLogisticRegression(encoder!, labels, classes, { engine, signal }));
}

function notesOn({ labels }: Labelled, classes: number, budgets: readonly Budget[]): string[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]!++;
  const fewest = Math.min(...counts);
  return budgets
    .filter((budget) => budget !== 'all' && budget > fewest)
    .map(
      (budget) =>
        `Some classes have fewer than ${budget} labelled training samples (the smallest ${fewest}): all of theirs are used.`,
    );
}
