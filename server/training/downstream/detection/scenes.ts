import { randomAt } from '../../../random.ts';
import type { Recipe } from '../../../views/recipe.ts';
import type { TrueBox } from '../../data/boxes/boxes.ts';
import type { Dataset } from '../../data/dataset.ts';
import type { TrainingSamples } from '../fitter.ts';
import type { ReadSamples } from '../samples.ts';
import { moveScene } from './augment.ts';
import { type Detector, targetInputs } from './detector.ts';
import { assignTargets, emptyTargets } from './targets.ts';

/** The images of one split whose objects are known. */
export interface Annotated {
  /** Positions in the dataset. */
  readonly indices: Int32Array;
  readonly boxes: readonly (readonly TrueBox[])[];
}

/** Annotated images of both splits, or why nothing can be measured with them, as a sentence. */
export type AnnotatedSplit =
  | { readonly train: Annotated; readonly test: Annotated; readonly categories: readonly string[] }
  | { readonly missing: string };

export function annotatedSplit({ boxes, split }: Pick<Dataset, 'boxes' | 'split'>): AnnotatedSplit {
  if (boxes === undefined) return { missing: 'The data has no boxes.' };
  const annotated = (positions: Int32Array): Annotated => {
    const indices = positions.filter((position) => boxes.of(position) !== undefined);
    return { indices, boxes: Array.from(indices, (index) => boxes.of(index)!) };
  };
  const [train, test] = [annotated(split.train), annotated(split.test)];
  if (!hasObjects(train)) return { missing: 'No training image has a box.' };
  if (!hasObjects(test))
    return { missing: 'No test image has a box: set data.testFraction, or data.test with boxes.' };
  return { train, test, categories: boxes.categories };
}

function hasObjects({ boxes }: Annotated): boolean {
  return boxes.some((here) => here.some(({ flag }) => flag === undefined));
}

/** Some of the images, by their places in the list. */
export function pickImages({ indices, boxes }: Annotated, places: Int32Array): Annotated {
  return {
    indices: places.map((place) => indices[place]!),
    boxes: Array.from(places, (place) => boxes[place]!),
  };
}

/**
 * Which annotated images each draw may use, as places in their list: `images` of them, or one draw of everything. They
 * depend on (seed, draw) alone, so that all variants learn from the same, and the 200 of a draw contain its 50.
 */
export function imageDraws(count: number, images: number | 'all', draws: number, seed: number): Int32Array[] {
  if (images === 'all' || images >= count) return [Int32Array.from({ length: count }, (_, place) => place)];
  return Array.from({ length: draws }, (_, draw) =>
    randomAt(seed, 'labels/images', draw).permutation(count).slice(0, images).sort(),
  );
}

/** Annotated images as a detector learns from them: moved about by `recipe`, another way in every epoch. */
export function trainingScenes(
  { indices, boxes }: Annotated,
  detector: Pick<Detector, 'grid' | 'sample'>,
  read: ReadSamples,
  recipe: Recipe,
  seed: number,
): TrainingSamples {
  const [height = 1, width = 1, channels = 1] = detector.sample.shape;
  const size = height * width * channels;
  return {
    count: indices.length,
    async read(positions, epoch) {
      const x = await read(
        positions.map((p) => indices[p]!),
        0,
      );
      const targets = emptyTargets(positions.length, detector.grid);
      for (const [place, position] of positions.entries()) {
        const image = x.subarray(place * size, (place + 1) * size);
        const random = randomAt(seed, 'detection/views', epoch, indices[position]!);
        const moved = moveScene(image, boxes[position]!, { height, width, channels }, recipe, random);
        if (moved.image !== image) image.set(moved.image);
        assignTargets(moved.boxes, detector.grid, place, targets);
      }
      return { x, ...targetInputs(targets) };
    },
  };
}
