import type { DetectionConfig } from '../../../config/downstream/detection.ts';
import type { Result, Variant } from '../../../protocol/run.ts';
import type { Detection, TrueBox } from '../../data/boxes/boxes.ts';
import type { Values } from '../../engine/engine.ts';
import { meanAndStd } from '../draws.ts';
import type { Evaluation } from '../evaluate.ts';
import { FeatureExtractor } from '../features.ts';
import { type FineTuneOptions, type FineTuneProgress, Fitter } from '../fitter.ts';
import { freshValues, type Judged } from '../representation.ts';
import { readerOf } from '../samples.ts';
import { averagePrecision, type DetectionPrecision } from './averagePrecision.ts';
import { decodeCells } from './decode.ts';
import { buildDetector, type Detector } from './detector.ts';
import { type Annotated, annotatedSplit, imageDraws, pickImages, trainingScenes } from './scenes.ts';
import { imageWords, type Measurement, notesOn, protocolOf } from './words.ts';

type Budget = number | 'all';

/** What a detector found on test images, beside what is there. */
export interface FoundObjects {
  readonly variant: Variant;
  readonly images: Budget;
  readonly categories: readonly string[];
  /** Positions in the dataset. */
  readonly indices: Int32Array;
  readonly truth: readonly (readonly TrueBox[])[];
  readonly found: readonly (readonly Detection[])[];
}

export interface DetectionOptions {
  readonly onResult?: (result: Result) => void;
  /** Progress of each training, with what it is in words. */
  readonly onStep?: (title: string, progress: FineTuneProgress) => void;
  /** Draws what the first draw of each variant found on all test images; returns the picture for the result. */
  readonly onFound?: (found: FoundObjects) => Promise<string | undefined>;
}

/** Test images whose outputs are in memory at a time. */
const testChunk = 256;

/**
 * One `task: detection` of the config, for each number of annotated images: a detector on the pretrained encoder (all
 * of it trained, its last blocks, or frozen), beside one on the frozen random encoder, and beside the same network
 * from scratch, all of it trained. Every variant sees the same images.
 */
export async function runDetection(
  judged: Judged,
  task: DetectionConfig,
  options: DetectionOptions = {},
): Promise<Evaluation> {
  const split = annotatedSplit(judged.dataset);
  if ('missing' in split) return { results: [], notes: [`${split.missing} Detection is not measured.`] };
  const { train, test, categories } = split;
  const { stride, width } = task;
  const detector = buildDetector(judged.model, categories.length, { stride, width });
  const tester = await FeatureExtractor.create(
    judged.engine,
    detector,
    Math.min(judged.batchSize ?? 256, 64),
  );
  const results: Result[] = [];
  try {
    for (const budget of task.images) {
      const draws = imageDraws(train.indices.length, budget, task.draws, judged.seed);
      for (const variant of task.controls ? variants : (['pretrained'] as const)) {
        const trial: Trial = { variant, budget, draws, detector, train, test, categories, tester };
        for (const result of await measure(judged, task, trial, options)) {
          results.push(result);
          options.onResult?.(result);
        }
      }
    }
  } finally {
    await tester.dispose();
  }
  return { results, notes: notesOn(train, task.images) };
}

const variants = ['pretrained', 'randomEncoder', 'supervised'] as const;

interface Trial extends Measurement {
  readonly detector: Detector;
  readonly train: Annotated;
  readonly categories: readonly string[];
  readonly tester: FeatureExtractor;
}

/** Trains and tests one variant on every draw: AP and AP50. */
async function measure(
  judged: Judged,
  task: DetectionConfig,
  trial: Trial,
  { onStep, onFound }: DetectionOptions,
): Promise<readonly Result[]> {
  const { engine, loader, seed, signal } = judged;
  const { variant, budget, draws, detector, train, test, categories } = trial;
  const settings = settingsOf(task, variant);
  const samples = draws[0]!.length;
  const fitter = await Fitter.create(engine, detector, samples, settings);
  const measured: DetectionPrecision[] = [];
  let picture: string | undefined;
  try {
    for (const [draw, places] of draws.entries()) {
      const title = `${variant}: detection, ${imageWords(budget, samples)}, draw ${draw + 1} of ${draws.length}`;
      judged.onProgress?.(title);
      const scenes = trainingScenes(
        pickImages(train, places),
        detector,
        readerOf(loader),
        task.views,
        seed + draw,
      );
      const fitted = await fitter.fit(scenes, {
        seed: seed + draw,
        signal,
        start: startOf(judged, variant),
        onProgress: (progress) => onStep?.(title, progress),
      });
      const found = await findObjects(judged, trial, fitted);
      const images = test.boxes.map((truth, i) => ({ truth, found: found[i]! }));
      measured.push(averagePrecision(images, categories.length));
      if (draw === 0)
        picture = await onFound?.({
          variant,
          images: budget,
          categories,
          indices: test.indices,
          truth: test.boxes,
          found,
        });
    }
  } finally {
    await fitter.dispose();
  }
  const protocol = protocolOf(trial, task, settings);
  return (['ap', 'ap50'] as const).map((metric) => {
    const { mean, std } = meanAndStd(measured.map((precision) => precision[metric] ?? 0));
    return {
      metric,
      fitted: 'finetune',
      variant,
      split: 'test',
      labelsPerClass: budget,
      value: mean,
      std,
      draws: measured.length,
      perClass: perClassOf(measured, metric, categories),
      ...(picture !== undefined && { picture }),
      protocol,
    };
  });
}

/** A frozen random encoder, and one from scratch that has nothing worth freezing or sparing. */
function settingsOf(task: DetectionConfig, variant: Trial['variant']): FineTuneOptions {
  const { updates, batchSize, learningRate, weightDecay, mode, blocks, layerDecay } = task;
  const shared = { epochs: 0, minUpdates: updates, batchSize, learningRate, weightDecay };
  if (variant === 'supervised') return { ...shared, trainableBlocks: 'all' };
  if (variant === 'randomEncoder' || mode === 'frozen') return { ...shared, trainableBlocks: 0 };
  return { ...shared, layerDecay, trainableBlocks: mode === 'lastBlocks' ? blocks : 'all' };
}

function startOf({ model, values, seed }: Judged, variant: Trial['variant']): Values | undefined {
  if (variant === 'supervised') return undefined;
  return variant === 'pretrained' ? values : freshValues(model, seed);
}

/** Detections on every test image. */
async function findObjects(
  { loader, signal }: Judged,
  { detector, test, tester }: Trial,
  values: Values,
): Promise<Detection[][]> {
  const found: Detection[][] = [];
  for (let start = 0; start < test.indices.length; start += testChunk) {
    const some = test.indices.subarray(start, start + testChunk);
    const { cells } = await tester.extract(values, readerOf(loader), some, { signal });
    for (let i = 0; i < some.length; i++)
      found.push(
        decodeCells(
          cells!.values.subarray(i * cells!.size, (i + 1) * cells!.size),
          detector.categories,
          detector.grid,
        ),
      );
  }
  return found;
}

/** Mean over the draws for each class that has an object in the test images. */
function perClassOf(
  measured: readonly DetectionPrecision[],
  metric: 'ap' | 'ap50',
  categories: readonly string[],
): Record<string, number> {
  return Object.fromEntries(
    categories.flatMap((name, category) => {
      const values = measured.flatMap(({ perClass }) => perClass[category]![metric] ?? []);
      return values.length === 0 ? [] : [[name, meanAndStd(values).mean]];
    }),
  );
}
