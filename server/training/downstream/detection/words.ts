import type { DetectionConfig } from '../../../config/downstream/detection.ts';
import { type FineTuneOptions, fineTuneBudget } from '../fitter.ts';
import type { Detector } from './detector.ts';
import type { Annotated } from './scenes.ts';

type Budget = number | 'all';

/** What is trained and tested for one number. */
export interface Measurement {
  readonly variant: 'pretrained' | 'randomEncoder' | 'supervised';
  readonly budget: Budget;
  /** The annotated images of each draw. */
  readonly draws: readonly Int32Array[];
  readonly detector: Pick<Detector, 'grid'>;
  readonly test: Annotated;
}

/** How a number was measured, in one line. */
export function protocolOf(
  { variant, draws, test, budget, detector }: Measurement,
  task: Pick<DetectionConfig, 'views'>,
  settings: FineTuneOptions,
): string {
  const samples = draws[0]!.length;
  const { batch, updates } = fineTuneBudget(samples, settings);
  const { trainableBlocks, layerDecay = 1, learningRate } = settings;
  const encoder = { pretrained: 'pretrained', randomEncoder: 'untrained', supervised: 'fresh' }[variant];
  const trained =
    trainableBlocks === 'all'
      ? 'all of it trained'
      : trainableBlocks === 0
        ? 'frozen'
        : `its last ${trainableBlocks} block${trainableBlocks === 1 ? '' : 's'} trained`;
  const { rows, columns } = detector.grid;
  const moved = Object.keys(task.views);
  return [
    `FCOS detector on the ${encoder} encoder, ${trained}: ${rows} x ${columns} cells`,
    `AdamW, learning rate ${learningRate} with warm-up and cosine${layerDecay === 1 ? '' : `, layer decay ${layerDecay}`}`,
    `${updates} updates of ${batch}`,
    moved.length === 0 ? 'images as they are' : `images moved by ${moved.join(', ')}`,
    imageWords(budget, samples),
    ...(draws.length > 1 ? [`mean of ${draws.length} draws`] : []),
    `${test.indices.length} test images`,
    "COCO's average precision, at most 100 detections",
  ].join(', ');
}

/** "all 36 annotated images" */
export function imageWords(budget: Budget, samples: number): string {
  return budget === 'all' ? `all ${samples} annotated images` : `${samples} annotated images`;
}

/** What a reader should know of budgets that the data cannot fill. */
export function notesOn({ indices }: Annotated, budgets: readonly Budget[]): string[] {
  return budgets
    .filter((budget) => budget !== 'all' && budget > indices.length)
    .map((budget) => `There are no ${budget} annotated training images: all ${indices.length} are used.`);
}
