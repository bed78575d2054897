import type { SoundsSpec } from './audio/soundReader.ts';
import type { Dataset, LoaderOptions, SampleLoader } from './dataset.ts';
import type { ImageShape, ImageSource } from './images/source.ts';
import type { PixelCache } from './pixelCache.ts';
import type { TableColumn } from './tables/encode.ts';
import type { TextLengths } from './text/lengths.ts';
import type { Tokenizer } from './text/tokenizer.ts';

/** Opened data with what the loader and the rest of training need beside the contract. */
export type OpenedDataset = OpenedImageDataset | OpenedText | OpenedAudio | OpenedTable;

/** What every kind of opened data has. */
export interface Opened extends Dataset {
  /** Things worth a line in the log: columns left out, names made up, pictures resized. */
  readonly notes: readonly string[];
  /** Reads the samples as batches. */
  loader(options: LoaderOptions): SampleLoader;
  /**
   * Opens other samples, labels or not, for an encoder that was trained on these: of the same shape, and scaled and
   * encoded with the statistics of these.
   */
  like(input: string): Promise<OpenedDataset>;
  /** Closes files. */
  close(): void;
}

export interface OpenedImageDataset extends Opened {
  readonly kind: 'images';
  readonly source: ImageSource;
  readonly shape: ImageShape;
  /** Decoded pixels, shared by all workers; undefined when they are too many or not worth it. */
  readonly cache: PixelCache | undefined;
}

/** Recordings as log-mel spectrograms. */
export interface OpenedAudio extends Opened {
  readonly kind: 'audio';
  /** Mel bands, frames of a clip, 1. */
  readonly shape: ImageShape;
  readonly reader: SoundsSpec;
  /** The clip that a plain view shows, as the bytes of a WAV file. */
  sound(index: number): Promise<Buffer>;
}

export interface OpenedTable extends Opened {
  readonly kind: 'table';
  readonly columns: readonly TableColumn[];
  /** Encoded rows [count, width]. */
  readonly values: Float32Array;
  readonly width: number;
}

export interface OpenedText extends Opened {
  readonly kind: 'text';
  readonly tokenizer: Tokenizer;
  readonly lengths: TextLengths;
  /** A text as it was written. */
  text(index: number): string;
}

/** The encoded rows at the given positions, [positions.length, width]: what SCARF's and VIME's marginals need. */
export function tableRows(
  table: OpenedTable,
  positions: Int32Array,
): { readonly count: number; readonly values: Float32Array } {
  const { values, width } = table;
  const rows = new Float32Array(positions.length * width);
  for (const [i, position] of positions.entries())
    rows.set(values.subarray(position * width, (position + 1) * width), i * width);
  return { count: positions.length, values: rows };
}
