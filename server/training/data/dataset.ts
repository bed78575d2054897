import type { SampleShape } from '../../encoders/encoder.ts';
import type { ColumnGroup, CroppedView, ViewRequest } from '../../methods/method.ts';
import type { Recordings } from '../../protocol/trainer.ts';
import type { Recipe } from '../../views/recipe.ts';
import type { BoxAnnotations } from './boxes/boxes.ts';

/** A sample that could not be read. */
export interface SkippedSample {
  readonly name: string;
  readonly reason: string;
}

/** Where one set of samples (`train` or `test`) lies in the whole. */
export interface Split {
  /** Positions in the dataset. */
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** A file that a person can open to look at a sample. */
export interface SampleOrigin {
  /** Absolute. */
  readonly file: string;
  /** Tables: where it stands in the file, from 1. */
  readonly line?: number;
}

/** Opened data: everything that is known without holding the samples in memory. */
export interface Dataset {
  readonly sample: SampleShape;
  readonly count: number;
  /** Class of each sample, -1 unknown; undefined when the data has no labels. */
  readonly labels?: Int32Array;
  readonly classes?: readonly string[];
  /** Images: the objects on them, in pixels of the sample's shape; undefined when the data has no boxes. */
  readonly boxes?: BoxAnnotations;
  /** Tables: the columns that are told downstream, a number for each sample, NaN where it is not known. */
  readonly targets?: Readonly<Record<string, Float64Array>>;
  readonly split: Split;
  readonly skipped: readonly SkippedSample[];
  /**
   * What was subtracted from each channel of the images (values 0..1) and what they were then divided by: mean and
   * standard deviation of the training split, or as `data.normalize` says; of the log-mel values of sounds. Empty for
   * tables.
   */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Sounds: what the recordings are like. */
  readonly recordings?: Recordings;
  /** Tables. */
  readonly columns?: readonly ColumnGroup[];
  /** Hash of the content that training depends on: stage reuse is keyed by it. */
  readonly fingerprint: string;
  /** One line for people: "3,000 images 28x28x1 in 10 classes (IDX)". */
  readonly summary: string;
  /** What a sample is called: a path relative to the data folder, or "row 17". */
  name(index: number): string;
  /** Undefined where a sample is no text or picture file: one of many in an array, packed. */
  origin?(index: number): SampleOrigin | undefined;
  /** How samples are made from what lies on the disk, for programs in other languages: short texts by key. */
  readonly recipe?: Readonly<Record<string, string>>;
  /** What the raw-input control sees, where a sample's own values say nothing (token ids). */
  readonly rawInput?: RawInput;
}

/** Features of samples without any encoder. */
export interface RawInput {
  /** For protocols: "counts of 2,000 words". */
  readonly words: string;
  readonly size: number;
  /** [indices, size]. */
  read(indices: Int32Array): Promise<Float32Array>;
}

export interface LoaderOptions {
  readonly seed: number;
  /** Transforms of augmented views; without them an augmented view equals a plain one. */
  readonly views?: Recipe;
  /** Worker threads; 0 prepares in the calling thread. Default: one for two cores, 1 to 4. */
  readonly workers?: number;
  /** Told once about each sample that could not be read and was replaced. */
  readonly onSkipped?: (sample: SkippedSample) => void;
}

/** Which picture of a sample is wanted. */
export interface ViewKey {
  readonly view: number;
  readonly augmented: boolean;
  /** Augmented views of images: another size, and the part that is kept. */
  readonly crop?: CroppedView;
}

/** The views that a pretext task asks for, numbered. */
export function viewKeys(requests: readonly ViewRequest[]): ViewKey[] {
  return requests.map((request, view) =>
    typeof request === 'string'
      ? { view, augmented: request === 'augmented' }
      : { view, augmented: true, crop: request },
  );
}

/** Reads, augments and normalises samples ahead of the step, in worker threads. */
export interface SampleLoader {
  /**
   * [view][batch * size of a sample or of the crop]. Views are drawn by (seed, view, epoch, sample index), so the result does not depend
   * on workers or order. Calls may overlap: the caller asks for the next batch before it uses this one.
   */
  load(indices: Int32Array, views: readonly ViewKey[], epoch: number): Promise<Float32Array[]>;
  dispose(): Promise<void>;
}
