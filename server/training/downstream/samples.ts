import type { Dataset, SampleLoader } from '../data/dataset.ts';

/** Reads samples: [indices, sample size], normalised. `epoch` matters to augmented views only. */
export type ReadSamples = (indices: Int32Array, epoch: number) => Promise<Float32Array>;

/** The samples as they are, or through the run's augmentations. */
export function readerOf(loader: SampleLoader, augmented = false): ReadSamples {
  return async (indices, epoch) => (await loader.load(indices, [{ view: 0, augmented }], epoch))[0]!;
}

/** The labelled samples of one split. */
export interface Labelled {
  /** Positions in the dataset. */
  readonly indices: Int32Array;
  /** Class of each. */
  readonly labels: Int32Array;
}

/** Labelled samples of both splits, or why nothing can be measured with them, as a sentence. */
export type LabelledSplit =
  | { readonly train: Labelled; readonly test: Labelled; readonly classes: number }
  | { readonly missing: string };

export function labelledSplit(dataset: Pick<Dataset, 'labels' | 'classes' | 'split'>): LabelledSplit {
  const { labels, split } = dataset;
  if (labels === undefined) return { missing: 'The data has no labels.' };
  const labelled = (positions: Int32Array): Labelled => {
    const indices = positions.filter((position) => labels[position]! >= 0);
    return { indices, labels: indices.map((position) => labels[position]!) };
  };
  const train = labelled(split.train);
  const test = labelled(split.test);
  if (test.indices.length === 0) {
    return { missing: 'No test sample has a label: set data.testFraction, or data.test with labels.' };
  }
  const seen = new Set(train.labels);
  if (seen.size < 2) {
    return {
      missing: `The training split has labels of ${seen.size === 0 ? 'no class' : 'one class only'}; at least 2 are needed.`,
    };
  }
  const largest = [...train.labels, ...test.labels].reduce((a, b) => Math.max(a, b), 0);
  return { train, test, classes: Math.max(dataset.classes?.length ?? 0, largest + 1) };
}

/**
 * At most so many of a list, evenly spread over it: files are often sorted by class, so the first of them would be of
 * one class alone.
 */
export function spread(list: Int32Array, most: number): Int32Array {
  if (list.length <= most) return list;
  return Int32Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]!);
}
