import type { EvaluateConfig } from '../config/evaluate.ts';
import type { Verdict } from '../protocol/run.ts';
import { FeatureExtractor, representationModel } from '../training/downstream/features.ts';
import { knnPredict } from '../training/downstream/knn.ts';
import { accuracy } from '../training/downstream/logisticRegression.ts';
import { OnlineProbe } from '../training/downstream/onlineProbe.ts';
import { rawInputOf, readRaw } from '../training/downstream/rawInput.ts';
import { type Labelled, labelledSplit, readerOf, spread } from '../training/downstream/samples.ts';
import type { StepResult, Values } from '../training/engine/engine.ts';
import { alignment, uniformity } from '../training/health/alignmentUniformity.ts';
import type { Features } from '../training/health/features.ts';
import { shouldStop } from '../training/health/guard.ts';
import { rankMe } from '../training/health/rankMe.ts';
import { stdOfNormalized } from '../training/health/stdOfNormalized.ts';
import { type Comparison, type LayerHealth, verdict } from '../training/health/verdict.ts';
import type { RunContext } from './context.ts';

/** What one online evaluation found: values for metrics.jsonl, and the verdict on them. */
export interface OnlineJudgement {
  readonly values: Record<string, number>;
  readonly verdict: Verdict;
  /** evaluate.stopOnCollapse, and the same collapse several times in a row. */
  readonly stop: boolean;
  /** What the encoder makes of the samples that were looked at, in their order. */
  readonly embeddings: { readonly samples: Int32Array; readonly features: Features };
}

interface LabelledPart {
  readonly train: Labelled;
  readonly test: Labelled;
  readonly classes: number;
}

/**
 * Judges the encoder while it trains: collapse measures at every layer where collapse shows, kNN and a linear probe
 * where there are labels. Looks at a fixed choice of at most `evaluate.samples` training and test samples.
 */
export class OnlineJudge {
  private readonly losses: number[] = [];
  private readonly verdicts: Verdict[] = [];
  private readonly probe: OnlineProbe | undefined;

  private constructor(
    private readonly context: RunContext,
    private readonly extractor: FeatureExtractor,
    /** Samples that health is measured on. */
    private readonly samples: Int32Array,
    private readonly labelled: LabelledPart | undefined,
    /** The same measures on the raw input; they do not change. */
    private readonly raw: {
      readonly health: LayerHealth;
      readonly knn?: number;
      readonly linearProbe?: number;
    },
  ) {
    this.probe = labelled && new OnlineProbe(labelled.classes);
  }

  static async prepare(context: RunContext): Promise<OnlineJudge> {
    const { config, dataset, engine, model, loader } = context;
    const { samples: limit, knn, linearProbe } = config.evaluate;
    const split = labelledSplit(dataset);
    const labelled =
      'missing' in split
        ? undefined
        : { train: some(split.train, limit), test: some(split.test, limit), classes: split.classes };
    const looked = dataset.split.test.length >= 64 ? dataset.split.test : dataset.split.train;
    const samples = spread(looked, limit);
    const representation = representationModel(model.encoder, dataset.sample, model.parameters, model.task);
    const batch = Math.min(256, Math.max(samples.length, 1));
    const extractor = await FeatureExtractor.create(engine, representation, batch);
    const rawInput = rawInputOf(dataset, dataset.sample, loader);
    const rawOf = (indices: Int32Array) => readRaw(rawInput, indices);
    const raw: { health: LayerHealth; knn?: number; linearProbe?: number } = {
      health: layerHealth(await rawOf(samples)),
    };
    if (labelled) {
      const train = await rawOf(labelled.train.indices);
      const test = await rawOf(labelled.test.indices);
      if (knn) raw.knn = await knnAccuracy(train, test, labelled, knn);
      if (linearProbe)
        raw.linearProbe = await probeAccuracy(new OnlineProbe(labelled.classes), train, test, labelled);
    }
    return new OnlineJudge(context, extractor, samples, labelled, raw);
  }

  /**
   * @param last loss and metrics of the last step, for the verdict's reading of the trend
   * @param progress share of the planned training that is done, 0..1
   */
  async judge(
    values: Values,
    last: Pick<StepResult, 'loss' | 'metrics'>,
    evaluate: EvaluateConfig,
    progress: number,
  ): Promise<OnlineJudgement> {
    const { context, extractor, labelled } = this;
    const read = readerOf(context.loader);
    const signal = context.control.signal;
    const outputs = await extractor.extract(values, read, this.samples);
    this.losses.push(last.loss);
    const found: Record<string, number> = {};
    const layers: Record<string, LayerHealth> = { rawInput: this.raw.health };
    for (const [layer, features] of Object.entries(outputs)) {
      const health = layerHealth(features);
      layers[layer] = health;
      found[`${layer}/std`] = health.std;
      found[`${layer}/rankMe`] = health.rank;
      found[`${layer}/uniformity`] = uniformity(features);
    }
    Object.assign(found, await this.alignments(values));

    let comparisons: { linearProbe?: Comparison; knn?: Comparison } = {};
    if (labelled && (evaluate.knn || evaluate.linearProbe) && !signal.aborted) {
      const train = (await extractor.extract(values, read, labelled.train.indices)).encoder!;
      const test = (await extractor.extract(values, read, labelled.test.indices)).encoder!;
      if (evaluate.knn) {
        found.knn = await knnAccuracy(train, test, labelled, evaluate.knn);
        if (this.raw.knn !== undefined)
          comparisons = { ...comparisons, knn: { pretrained: found.knn, rawInput: this.raw.knn } };
      }
      if (evaluate.linearProbe) {
        found.linearProbe = await probeAccuracy(this.probe!, train, test, labelled);
        if (this.raw.linearProbe !== undefined)
          comparisons = {
            ...comparisons,
            linearProbe: { pretrained: found.linearProbe, rawInput: this.raw.linearProbe },
          };
      }
    }
    const judged = verdict({
      layers,
      family: context.model.method.family,
      batchSize: context.config.train.batchSize,
      losses: this.losses,
      signs: context.model.task.collapse,
      metrics: last.metrics,
      progress,
      ...comparisons,
    });
    this.verdicts.push(judged);
    return {
      values: found,
      verdict: judged,
      stop: evaluate.stopOnCollapse && shouldStop(this.verdicts),
      embeddings: { samples: this.samples, features: outputs.encoder! },
    };
  }

  dispose(): Promise<void> {
    return this.extractor.dispose();
  }

  /** Alignment of two augmented views, for methods that learn from views. */
  private async alignments(values: Values): Promise<Record<string, number>> {
    const { context, extractor } = this;
    if (context.model.task.views.filter((view) => view === 'augmented').length < 2) return {};
    const some = this.samples.slice(0, 256);
    const view = async (at: number) =>
      extractor.extract(
        values,
        async (indices) => (await context.loader.load(indices, [{ view: at, augmented: true }], 0))[0]!,
        some,
      );
    const [a, b] = [await view(0), await view(1)];
    return Object.fromEntries(
      Object.keys(a).map((layer) => [`${layer}/alignment`, alignment(a[layer]!, b[layer]!)]),
    );
  }
}

function layerHealth(features: Features): LayerHealth {
  return {
    std: stdOfNormalized(features),
    rank: rankMe(features).rank,
    size: features.size,
    samples: features.count,
  };
}

function some({ indices, labels }: Labelled, limit: number): Labelled {
  return { indices: spread(indices, limit), labels: spread(labels, limit) };
}

async function knnAccuracy(
  train: Features,
  test: Features,
  { train: known, test: wanted, classes }: LabelledPart,
  options: { k: number; temperature: number },
): Promise<number> {
  return accuracy(await knnPredict(train, known.labels, test, classes, options), wanted.labels);
}

function probeAccuracy(
  probe: OnlineProbe,
  train: Features,
  test: Features,
  part: LabelledPart,
): Promise<number> {
  return probe.measure(train, part.train.labels, test, part.test.labels);
}
