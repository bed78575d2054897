import type { ClassificationConfig, DownstreamConfig } from '../config/downstream/tasks.ts';
import type { Result, StageKind } from '../protocol/run.ts';
import { runClassification } from '../training/downstream/classification.ts';
import { type FoundObjects, runDetection } from '../training/downstream/detection/detection.ts';
import { type Evaluation, evaluateEncoder } from '../training/downstream/evaluate.ts';
import type { FineTuneProgress } from '../training/downstream/fitter.ts';
import { runRegression } from '../training/downstream/regression.ts';
import type { Judged } from '../training/downstream/representation.ts';
import { type ReadSamples, readerOf } from '../training/downstream/samples.ts';
import type { Values } from '../training/engine/engine.ts';
import { finalVerdict } from '../training/health/finalVerdict.ts';
import type { RunContext } from './context.ts';
import { writeDetections } from './detections.ts';
import type { Emitter } from './emitter.ts';

function judgedBy(context: RunContext, values: Values): Judged {
  const { engine, model, dataset, loader, config, control } = context;
  return {
    engine,
    model: { encoder: model.encoder, parameters: model.encoderParameters, sample: dataset.sample },
    values,
    dataset,
    loader,
    seed: config.seed,
    signal: control.signal,
    onProgress: (text) => context.emit({ event: 'log', level: 'info', text }),
  };
}

/** kNN and linear probe with all labels, beside raw input and the untrained encoder. */
export async function evaluateStage(context: RunContext, values: Values): Promise<readonly Result[]> {
  const { knn, linearProbe } = context.config.evaluate;
  const evaluation = await evaluateEncoder(judgedBy(context, values), {
    knn,
    linearProbe,
    onResult: (result) => context.emit({ event: 'result', result }),
  });
  return reported(context, evaluation);
}

/** Every entry of `downstream:`, in order. */
export async function downstreamStage(context: RunContext, values: Values): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const task of context.config.downstream)
    results.push(...(await runTask(context, values, task, results)));
  return results;
}

async function runTask(
  context: RunContext,
  values: Values,
  task: DownstreamConfig,
  known: readonly Result[],
): Promise<readonly Result[]> {
  const judged = judgedBy(context, values);
  const reports = {
    onResult: (result: Result) => context.emit({ event: 'result', result }),
    onStep: stepReporter(context),
  };
  if (task.task === 'detection') {
    const onFound = (found: FoundObjects) => writeDetections(context, found);
    return reported(context, await runDetection(judged, task, { ...reports, onFound }));
  }
  if (task.task === 'regression')
    return reported(context, await runRegression(judged, task, { ...reports, known }));
  const { read, words, dispose } = trainingSamples(context, task);
  try {
    return reported(
      context,
      await runClassification(judged, task, { ...reports, known, training: { read, words } }),
    );
  } finally {
    await dispose();
  }
}

/** The samples that fine-tuning learns from: through views of its own, or as the pretext task sees them. */
function trainingSamples(
  { config, dataset, loader, model }: RunContext,
  { views }: ClassificationConfig,
): { read: ReadSamples; words: string; dispose(): Promise<void> } {
  if (views === undefined) {
    const augmented = model.task.views.includes('augmented');
    return {
      read: readerOf(loader, augmented),
      words: viewsWords(augmented && config.pretext.views),
      dispose: async () => {},
    };
  }
  const own = dataset.loader({ seed: config.seed, views });
  return { read: readerOf(own, true), words: viewsWords(views), dispose: () => own.dispose() };
}

function viewsWords(views: unknown): string {
  const names = Object.keys((views || {}) as object);
  return names.length === 0 ? 'samples as they are' : `samples changed by ${names.join(', ')}`;
}

/** Reports the steps of trainings, at most five times a second. */
function stepReporter(context: RunContext): (title: string, progress: FineTuneProgress) => void {
  let lastReport = 0;
  return (title, { update, updates, loss, learningRate }) => {
    const now = performance.now();
    if (now - lastReport < 200 && update < updates) return;
    lastReport = now;
    context.emit({
      event: 'task',
      stage: 'downstream' satisfies StageKind,
      title,
      step: update,
      steps: updates,
      loss,
      learningRate,
      memory: process.memoryUsage.rss(),
    });
  };
}

/** What the final numbers say, in place of the last verdict of the pretraining. */
export function concludeVerdict(context: RunContext, { verdict, results }: Emitter): void {
  const final = finalVerdict(verdict, results);
  if (final) context.emit({ event: 'verdict', verdict: final });
}

function reported(context: RunContext, { results, notes }: Evaluation): readonly Result[] {
  for (const text of notes) context.emit({ event: 'log', level: 'warning', text });
  return results;
}
