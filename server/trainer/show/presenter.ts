import type { PreviewBlock } from '../../protocol/pretextPreview.ts';
import type { Dataset } from '../../training/data/dataset.ts';
import type { OpenedDataset } from '../../training/data/opened.ts';
import type { PretextRow } from '../pretextRows.ts';

/** How samples of one kind of data are shown to people. One file each; `registry.ts` lists them. */
export interface Presenter<Opened extends OpenedDataset = OpenedDataset> {
  /** One block of a preview: the rows belong together sample by sample. `indices` says which samples they are. */
  block(rows: readonly PretextRow[], indices: Int32Array, dataset: Opened): Promise<PreviewBlock>;
  /** How a sample is drawn as a picture; undefined where pictures of it say nothing. */
  readonly look?: Look;
  /** What a sample sounds like, as the bytes of a WAV file; undefined where samples make no sound. */
  sound?(index: number, dataset: Opened): Promise<Buffer>;
  /** What a sample says, at most a few lines; undefined where samples are no texts. */
  words?(index: number, dataset: Opened): string;
  /** Whether the points of an embedding map show small pictures of their samples. */
  readonly thumbnails: boolean;
}

/** How a sample becomes pixels. */
export interface Look {
  /** Height, width and channels of a sample when it is drawn. */
  size(shape: readonly number[]): readonly [height: number, width: number, channels: number];
  /** Whole factors by which it is enlarged: down and across. */
  scale(size: readonly [number, number, number]): readonly [down: number, across: number];
  /** Whether the first row is drawn at the bottom. */
  readonly upwards?: boolean;
  /**
   * A value of a channel, normalised like the data, as 0..255. `colour` is 0 red, 1 green or 2 blue, which differ where
   * one channel is drawn in colours.
   */
  byte(value: number, channel: number, scale: Pick<Dataset, 'mean' | 'std'>, colour: number): number;
}

export function clampByte(unit: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, unit)));
}

/** Keeps the dataset of one presenter checked while the registry sees them all alike. */
export function definePresenter<Opened extends OpenedDataset>(presenter: Presenter<Opened>): Presenter {
  return presenter as unknown as Presenter;
}
