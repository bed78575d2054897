import type { TokenizerOptions } from './text/chooseTokenizer.ts';

/** What a table column is read as; `ignore` leaves it out. */
export type ColumnKind = 'numeric' | 'categorical' | 'ignore';

/** A column and the key of the config that names it. */
export interface TargetColumn {
  readonly column: string;
  readonly key: readonly (string | number)[];
}

/** The resolved `data` section: paths are absolute, defaults that do not depend on the data are filled in. */
export interface DataOptions {
  /** A folder, IDX, NPY, NPZ or CIFAR file, or a folder of CIFAR files. Exactly one of `images`, `audio` and `table` is given. */
  readonly images?: string | undefined;
  /** A folder of recordings: WAV, FLAC, OGG, MP3. */
  readonly audio?: string | undefined;
  /** A CSV, TSV, JSONL or JSON file, gzip too, or a Parquet file. */
  readonly table?: string | undefined;
  /** Image labels: an IDX or NPY file, a CSV of file and label; `folders`: class subfolders; default: what is found. */
  readonly labels?: string | undefined; // 'folders' | 'none' | absolute path
  /** Boxes around the objects on images: a COCO file or a folder of Pascal VOC files. */
  readonly boxes?: string | undefined;
  /** A test set of its own, instead of a part of the data. */
  readonly test?:
    | {
        readonly images?: string | undefined;
        readonly audio?: string | undefined;
        readonly table?: string | undefined;
        readonly text?: string | undefined;
        readonly labels?: string | undefined;
        readonly boxes?: string | undefined;
      }
    | undefined;
  /** A folder of text files, a file of lines, or a CSV, TSV or JSONL file; gzip too. */
  readonly text?: string | undefined;
  /** Tables and texts: the column that holds the class; of texts also its number from 1. */
  readonly label?: string | undefined;
  /** Tables: columns of numbers that are told downstream; like the label they are no features. */
  readonly targets?: readonly TargetColumn[] | undefined;
  /** Texts: the column that holds the text, by name or by number from 1. */
  readonly column?: string | undefined;
  /** Texts: whether the first line of a CSV or TSV file names the columns; default true. */
  readonly header?: boolean | undefined;
  /** Texts: tokens a sample. Default: what 95 % of the texts need, at most 256. */
  readonly length?: number | undefined;
  /** Texts: `bytes` (default), a tokenizer.json, or what to learn from the training split. */
  readonly tokenizer?: TokenizerOptions | undefined;
  /** Images: side, or height and width. Default: the images' own when all are equal, else 64. */
  readonly size?: number | readonly [number, number] | undefined;
  readonly channels?: 1 | 3 | undefined;
  /** Sounds: samples per second that all recordings are brought to. Default: 16,000. */
  readonly sampleRate?: number | undefined;
  /** Sounds: seconds of a sample. Default: 0.96. */
  readonly clip?: number | undefined;
  /** Sounds: bands of the spectrogram. Default: 64. */
  readonly mels?: number | undefined;
  /** Sounds: milliseconds of a window, and from one to the next. Default: 25 and 10. */
  readonly window?: number | undefined;
  readonly hop?: number | undefined;
  /** Tables: kinds that are not to be inferred. */
  readonly columns?: Readonly<Record<string, ColumnKind>> | undefined;
  /** Part of the samples that is kept for testing, 0..0.9. Unused with `test`. */
  readonly testFraction: number;
  /** A text file that lists the test samples, instead of a part drawn by the seed. Unused with `test`. */
  readonly testList?: string | undefined;
  /** Use only this many samples, drawn by the seed. */
  readonly limit?: number | undefined;
  /**
   * How numbers are scaled, by the training samples: `standard` (default; mean 0, standard deviation 1), `minmax`
   * (0..1) or `none` (images 0..1, logarithms of sounds and tables as they are).
   */
  readonly normalize?: Normalization | undefined;
}

export type Normalization = 'standard' | 'minmax' | 'none';
