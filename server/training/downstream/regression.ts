import type { RegressionConfig } from '../../config/downstream/tasks.ts';
import type { Result, Variant } from '../../protocol/run.ts';
import { randomAt } from '../../random.ts';
import type { Values } from '../engine/engine.ts';
import { meanAndStd } from './draws.ts';
import type { Evaluation } from './evaluate.ts';
import { FeatureExtractor, representationModel } from './features.ts';
import { fineTuneWords } from './fineTuneWords.ts';
import { type FineTuneOptions, type FineTuneProgress, Fitter } from './fitter.ts';
import { regressorHead } from './linearHead.ts';
import { buildRegressor, type Regressor } from './regressor.ts';
import { featureVariants, type Judged, type Representation, represent } from './representation.ts';
import { fitRidge, predictNumbers } from './ridge.ts';
import { type Labelled, readerOf } from './samples.ts';

type Budget = number | 'all';

export interface RegressionOptions {
  readonly minUpdates?: number | undefined;
  /** Probes of an earlier task are not measured again. */
  readonly known?: readonly Result[];
  readonly onResult?: (result: Result) => void;
  /** Progress of each fine-tuning, with what it is in words. */
  readonly onStep?: (title: string, progress: FineTuneProgress) => void;
}

/** The rows of both splits whose target is known. `labels` of each row is its place here. */
interface Told {
  readonly train: Labelled;
  readonly test: Labelled;
  readonly trainTargets: Float64Array;
  readonly testTargets: Float64Array;
}

/**
 * One `task: regression` of the config, for each number of labelled rows: ridge regression on frozen features beside
 * raw input and the untrained encoder, and fine-tuning beside the same network from scratch. Gives R² and the root
 * mean squared error (in the target's unit) on the test rows. Every variant sees the same draws of rows.
 */
export async function runRegression(
  judged: Judged,
  task: RegressionConfig,
  options: RegressionOptions = {},
): Promise<Evaluation> {
  const told = knownRows(judged, task.target);
  if ('missing' in told) return { results: [], notes: [`${told.missing} Regression is not measured.`] };
  const results: Result[] = [];
  const report = (measured: readonly Result[]) => {
    results.push(...measured);
    for (const result of measured) options.onResult?.(result);
  };
  for (const variant of task.controls ? featureVariants : (['pretrained'] as const)) {
    const wanted = task.rows.filter((rows) => !isProbed(options.known ?? [], variant, rows, task));
    if (wanted.length === 0) continue;
    const representation = await represent(variant, judged, told.train, told.test);
    for (const rows of wanted) {
      judged.onProgress?.(`${variant}: ridge regression, ${rowWords(rows, told.train.indices.length)}`);
      report(await probe(judged, task, told, representation, rows));
    }
  }
  if (task.mode !== 'linear') await fineTuneAll(judged, task, told, options, report);
  return { results, notes: [] };
}

function knownRows({ dataset }: Judged, target: string): Told | { readonly missing: string } {
  const values = dataset.targets?.[target];
  if (values === undefined) return { missing: `The data has no column "${target}" to tell.` };
  const known = (positions: Int32Array): Labelled => {
    const indices = positions.filter((position) => !Number.isNaN(values[position]));
    return { indices, labels: indices.map((_, place) => place) };
  };
  const numbers = ({ indices }: Labelled) => Float64Array.from(indices, (index) => values[index]!);
  const [train, test] = [known(dataset.split.train), known(dataset.split.test)];
  if (test.indices.length < 2)
    return { missing: `Fewer than 2 test rows have a "${target}": set data.testFraction, or data.test.` };
  if (train.indices.length < 2) return { missing: `Fewer than 2 training rows have a "${target}".` };
  return { train, test, trainTargets: numbers(train), testTargets: numbers(test) };
}

/**
 * Which rows each draw may use: the first `rows` of the seed's order, so that 100 rows contain the 10 of the same
 * draw; one draw of everything for 'all'.
 */
export function rowDraws(count: number, rows: Budget, draws: number, seed: number): Int32Array[] {
  if (rows === 'all' || rows >= count) return [Int32Array.from({ length: count }, (_, i) => i)];
  return Array.from({ length: draws }, (_, draw) =>
    randomAt(seed, 'rows', draw).permutation(count).slice(0, rows).sort(),
  );
}

function isProbed(
  known: readonly Result[],
  variant: Variant,
  rows: Budget,
  { target, draws }: RegressionConfig,
): boolean {
  return known.some(
    (result) =>
      result.metric === 'r2' &&
      result.fitted === 'linearProbe' &&
      result.target === target &&
      result.variant === variant &&
      result.labelsPerClass === rows &&
      (result.draws === 1 || result.draws === draws),
  );
}

async function probe(
  { seed }: Judged,
  task: RegressionConfig,
  { trainTargets, testTargets }: Told,
  representation: Representation,
  rows: Budget,
): Promise<Result[]> {
  const { all, test, scale, words, variant } = representation;
  const draws = rowDraws(trainTargets.length, rows, task.draws, seed);
  // Large raw input is thinned: `labels` says which rows are left.
  const wanted = Float64Array.from(test.labels, (place) => testTargets[place]!);
  const scores: Score[] = [];
  for (const draw of draws) {
    const whole = draw.length === trainTargets.length;
    const places = whole ? all.positions : draw;
    const features = whole ? all.features : await representation.take(draw);
    const model = fitRidge(
      features,
      Float64Array.from(places, (place) => trainTargets[place]!),
      {
        standardizer: scale,
      },
    );
    scores.push(score(predictNumbers(model, test.features), wanted));
  }
  const protocol = `offline, ${words}, frozen: ridge regression (penalty 1) on features standardised (one common scale) over the training split, ${drawWords(rows, draws)}, ${wanted.length} test rows`;
  return asResults(scores, { variant, task, rows, fitted: 'linearProbe', protocol });
}

async function fineTuneAll(
  judged: Judged,
  task: RegressionConfig,
  told: Told,
  options: RegressionOptions,
  report: (results: readonly Result[]) => void,
): Promise<void> {
  const { engine, model, batchSize } = judged;
  const regressor = buildRegressor(model);
  const encoder = representationModel(model.encoder, model.sample, model.parameters);
  const prober = await FeatureExtractor.create(engine, encoder, batchSize);
  const tester = await FeatureExtractor.create(engine, regressor, batchSize);
  try {
    for (const rows of task.rows) {
      const draws = rowDraws(told.trainTargets.length, rows, task.draws, judged.seed);
      for (const variant of task.controls
        ? (['pretrained', 'supervised'] as const)
        : (['pretrained'] as const))
        report(
          await fineTune(judged, task, told, { variant, rows, draws, regressor, prober, tester }, options),
        );
    }
  } finally {
    await prober.dispose();
    await tester.dispose();
  }
}

interface Trial {
  readonly variant: 'pretrained' | 'supervised';
  readonly rows: Budget;
  readonly draws: readonly Int32Array[];
  readonly regressor: Regressor;
  /** Pretrained features. */
  readonly prober: FeatureExtractor;
  /** Numbers told after fine-tuning. */
  readonly tester: FeatureExtractor;
}

/** Fits and tests one variant on every draw; the network tells the target in units of its spread in the draw. */
async function fineTune(
  judged: Judged,
  task: RegressionConfig,
  { train, test, trainTargets, testTargets }: Told,
  { variant, rows, draws, regressor, prober, tester }: Trial,
  { minUpdates, onStep }: RegressionOptions,
): Promise<Result[]> {
  const { engine, loader, seed, signal } = judged;
  const pretrained = variant === 'pretrained';
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
  const read = readerOf(loader);
  const scores: Score[] = [];
  const samples = draws[0]!.length;
  const fitter = await Fitter.create(engine, regressor, samples, settings);
  try {
    for (const [number, draw] of draws.entries()) {
      const { mean, std } = meanAndStd(Array.from(draw, (place) => trainTargets[place]!));
      const unit = std || 1;
      const title = `${variant}: fine-tuning for ${task.target}, ${rowWords(rows, samples)}, draw ${number + 1} of ${draws.length}`;
      judged.onProgress?.(title);
      const indices = draw.map((place) => train.indices[place]!);
      const targets = Float64Array.from(draw, (place) => (trainTargets[place]! - mean) / unit);
      const start = pretrained ? judged.values : undefined;
      let head: Values | undefined;
      if (start && task.head === 'probe') {
        const { encoder } = await prober.extract(start, read, indices, { signal });
        head = regressorHead(fitRidge(encoder!, targets));
      }
      const fitted = await fitter.fit(
        {
          count: draw.length,
          read: async (positions, epoch) => ({
            x: await read(
              positions.map((position) => indices[position]!),
              epoch,
            ),
            target: Float32Array.from(positions, (position) => targets[position]!),
          }),
        },
        {
          seed: seed + number,
          signal,
          start,
          head,
          onProgress: (progress) => onStep?.(title, progress),
        },
      );
      const { number: told } = await tester.extract(fitted, read, test.indices, { signal });
      scores.push(
        score(
          Float64Array.from(told!.values, (value) => value * unit + mean),
          testTargets,
        ),
      );
    }
  } finally {
    await fitter.dispose();
  }
  const protocol = `${fineTuneWords(settings, { samples, pretrained, head: task.head })}, squared error, ${drawWords(rows, draws)}, ${testTargets.length} test rows`;
  return asResults(scores, { variant, task, rows, fitted: 'finetune', protocol });
}

export interface Score {
  /** 1 - squared error / squared distance from the mean of the test rows. */
  readonly r2: number;
  /** Root mean squared error, in the target's unit. */
  readonly rmse: number;
}

/** How well numbers are told. */
export function score(told: Float64Array, wanted: Float64Array): Score {
  const mean = wanted.reduce((sum, value) => sum + value, 0) / wanted.length;
  let [error, spread] = [0, 0];
  for (const [i, value] of wanted.entries()) {
    error += (told[i]! - value) ** 2;
    spread += (value - mean) ** 2;
  }
  return { r2: 1 - error / spread, rmse: Math.sqrt(error / wanted.length) };
}

function asResults(
  scores: readonly Score[],
  {
    variant,
    task,
    rows,
    fitted,
    protocol,
  }: {
    variant: Variant;
    task: RegressionConfig;
    rows: Budget;
    fitted: NonNullable<Result['fitted']>;
    protocol: string;
  },
): Result[] {
  return (['r2', 'rmse'] as const).map((metric) => {
    const { mean, std } = meanAndStd(scores.map((each) => each[metric]));
    const { target } = task;
    const draws = scores.length;
    return {
      metric,
      fitted,
      target,
      variant,
      split: 'test',
      labelsPerClass: rows,
      value: mean,
      std,
      draws,
      protocol,
    };
  });
}

function rowWords(rows: Budget, all: number): string {
  return rows === 'all' ? `all ${all} rows` : `${rows} rows`;
}

function drawWords(rows: Budget, draws: readonly Int32Array[]): string {
  const mean = draws.length > 1 ? `, mean of ${draws.length} draws` : '';
  return `${rowWords(rows, draws[0]!.length)}${mean}`;
}
