import type { Detection, TrueBox } from '../../data/boxes/boxes.ts';
import { type Matches, matchImage } from './matching.ts';

/** What is on an image, and what was found on it. */
export interface JudgedImage {
  readonly truth: readonly TrueBox[];
  readonly found: readonly Detection[];
}

export interface PrecisionOptions {
  /** Detections of one class that count in one image, best first. Default 100. */
  readonly maxDetections?: number;
  /** Only objects of this area count, in square pixels, [least, most]; the others are as if ignored. Default all. */
  readonly area?: readonly [number, number];
}

/** Average precisions 0..1; undefined where there is no object to find. */
export interface Precision {
  /** Mean over the overlaps 0.50, 0.55 ... 0.95: the measure of COCO. */
  readonly ap: number | undefined;
  /** A detection counts from half of the joint area on: the measure of Pascal VOC, with 101 points. */
  readonly ap50: number | undefined;
  readonly ap75: number | undefined;
}

export interface DetectionPrecision extends Precision {
  /** One for each category. */
  readonly perClass: readonly Precision[];
}

/** 0.50, 0.55 ... 0.95 */
export const overlapThresholds: readonly number[] = evenly(0.5, 0.95, 10);
/** 0, 0.01 ... 1 */
const recallLevels: readonly number[] = evenly(0, 1, 101);
const everything = [0, 1e10] as const;

/**
 * Average precision as COCO defines it (Lin et al. 2014, https://arxiv.org/abs/1405.0312): for each class and each
 * threshold of overlap, precision is read off at 101 levels of recall, made to fall with recall, and averaged;
 * classes without an object are left out. Equal scores keep the order of images and detections.
 */
export function averagePrecision(
  images: readonly JudgedImage[],
  categories: number,
  { maxDetections = 100, area = everything }: PrecisionOptions = {},
): DetectionPrecision {
  const perClass: (readonly number[] | undefined)[] = [];
  const byClass = groupByClass(images, categories);
  for (let category = 0; category < categories; category++) {
    const matches = byClass[category]!.map(({ truth, found }) =>
      matchImage(truth, found, { thresholds: overlapThresholds, maxDetections, area }),
    );
    perClass.push(precisionsOf(matches));
  }
  const known = perClass.filter((values) => values !== undefined);
  return {
    ...summarise(
      known.length === 0
        ? undefined
        : overlapThresholds.map((_, t) => mean(known.map((values) => values[t]!))),
    ),
    perClass: perClass.map(summarise),
  };
}

/** The images on which a class is, or was found, one list a class; other images do not matter to it. */
function groupByClass(images: readonly JudgedImage[], categories: number): JudgedImage[][] {
  const groups = Array.from({ length: categories }, (): JudgedImage[] => []);
  for (const { truth, found } of images) {
    const here = new Map<number, { truth: TrueBox[]; found: Detection[] }>();
    const at = (category: number) => {
      let entry = here.get(category);
      if (entry === undefined) {
        entry = { truth: [], found: [] };
        here.set(category, entry);
        groups[category]!.push(entry);
      }
      return entry;
    };
    for (const box of truth) at(box.category).truth.push(box);
    for (const box of found) at(box.category).found.push(box);
  }
  return groups;
}

/** Average precision of one class at each threshold; undefined without an object to find. */
function precisionsOf(images: readonly Matches[]): number[] | undefined {
  const objects = images.reduce((sum, image) => sum + image.objects, 0);
  if (objects === 0) return undefined;
  const order = images.flatMap((image, i) => image.scores.map((score, place) => ({ i, place, score })));
  order.sort((a, b) => b.score - a.score); // stable: equal scores stay as they are
  return overlapThresholds.map((_, t) => {
    const hits = order.map(({ i, place }) => images[i]!.outcomes[t]![place]!);
    return areaUnder(hits, objects);
  });
}

/** Mean of the precision at 101 levels of recall. `hits`, best score first: 1 found, 0 wrong, -1 does not count. */
function areaUnder(hits: readonly number[], objects: number): number {
  let right = 0;
  let wrong = 0;
  const recall: number[] = [];
  const precision: number[] = [];
  for (const hit of hits) {
    if (hit === 1) right++;
    else if (hit === 0) wrong++;
    recall.push(right / objects);
    precision.push(right / (right + wrong + Number.EPSILON));
  }
  for (let i = precision.length - 1; i > 0; i--)
    precision[i - 1] = Math.max(precision[i - 1]!, precision[i]!);
  let sum = 0;
  let at = 0;
  for (const level of recallLevels) {
    while (at < recall.length && recall[at]! < level) at++;
    if (at === recall.length) break;
    sum += precision[at]!;
  }
  return sum / recallLevels.length;
}

function summarise(values: readonly number[] | undefined): Precision {
  return { ap: values && mean(values), ap50: values?.[0], ap75: values?.[5] };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** `count` numbers from `from` to `to`, rounded as NumPy's linspace does, so that borderline cases fall alike. */
function evenly(from: number, to: number, count: number): number[] {
  const step = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? to : i * step + from));
}
