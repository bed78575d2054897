import type { Pixels } from '../../views/affine.ts';
import type { ViewKey } from './dataset.ts';

/** Which views of a sample are wanted, and what chance depends on. */
export interface Draw {
  readonly views: readonly ViewKey[];
  readonly seed: number;
  readonly epoch: number;
}

/** Reads samples one by one, in a worker: what views are drawn from. One file each; `readers.ts` lists them. */
export interface SampleReader {
  /** What transforms count in: pixel values of 0..1, or standard deviations of the training data. */
  readonly unit: 'pixels' | 'deviation';
  name(index: number): string;
  /**
   * A sample, once for each view, in the sample's shape and not yet normalised. Valid until the next call unless a
   * promise is returned. Throws, or rejects, where it cannot be read.
   */
  read(index: number, draw: Draw): readonly Pixels[] | Promise<readonly Pixels[]>;
  close(): void;
}
