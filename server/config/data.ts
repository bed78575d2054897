import * as z from 'zod';
import type { Modality } from '../protocol/data.ts';
import { count, path } from './meta.ts';

const splitKeys = {
  testFraction: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.2)
    .describe(
      'Share of the samples that is held out for testing, drawn by `seed` and stratified by class where labels exist. Not used with `test` or `testList`.',
    ),
  testList: path(
    'A text file that lists the test samples, one a line: file names as they stand below the folder, or positions counted from 0.',
    'a path to a text file',
  )
    .meta({ defaultText: '`testFraction` of the samples is drawn' })
    .optional(),
  limit: count(1, 'Use only this many samples, the first after shuffling by `seed`.', 'samples').optional(),
  normalize: z
    .enum(['standard', 'minmax', 'none'])
    .describe(
      'How numbers are scaled, with statistics of the training samples: standard (mean 0, standard deviation 1), minmax (0 to 1) or none (pixels 0 to 1, table values as they are).',
    )
    .default('standard'),
};

const side = z.int().min(4).max(4096);

export const imageDataSchema = z
  .strictObject({
    images: path(
      'The images: a folder (PNG, JPEG, WebP, TIFF), an IDX, NPY or NPZ file, a CIFAR binary file or a folder of them.',
      'a path to images',
    ),
    labels: path(
      'Where the labels are: `folders` (each class is a subfolder), `none`, an IDX or NPY file, or a CSV with the columns file and label.',
      'folders, none, or a path to a label file',
    )
      .meta({ defaultText: 'class subfolders or stored labels where the data has them' })
      .optional(),
    test: z
      .strictObject({
        images: path('Images of the test set.', 'a path to images'),
        labels: path(
          'Labels of the test set, given like `data.labels`.',
          'folders, none, or a path to a label file',
        ).optional(),
      })
      .describe('A separate test set; without it `testFraction` of the samples is held out.')
      .optional(),
    size: z
      .union([side, z.tuple([side, side])])
      .transform((size): [number, number] => (typeof size === 'number' ? [size, size] : size))
      .meta({
        description: 'Every image is resized to this: one number for a square, or [height, width].',
        unit: 'pixels',
        expected: 'a whole number from 4 to 4096, or [height, width]',
        defaultText: "the images' own size when they all agree, else 64",
      })
      .optional(),
    channels: z
      .union([z.literal(1), z.literal(3)])
      .meta({ description: '1 for grey, 3 for RGB.', defaultText: 'as in the data' })
      .optional(),
    ...splitKeys,
  })
  .describe('Images, with or without labels.');

export const tableDataSchema = z
  .strictObject({
    table: path(
      'The table: a CSV, TSV or JSONL file (also .gz) or a Parquet file, one sample a row.',
      'a path to a table',
    ),
    label: z
      .string()
      .min(1)
      .meta({
        description: 'The column that holds the class; it is never shown to the encoder.',
        expected: 'the name of a column',
      })
      .optional(),
    columns: z
      .record(z.string(), z.enum(['numeric', 'categorical', 'ignore']))
      .meta({
        description:
          'What a column is, where guessing from its values is wrong: numeric, categorical or ignore.',
        defaultText: 'guessed from the values',
      })
      .optional(),
    test: z
      .strictObject({ table: path('Table of the test set, with the same columns.', 'a path to a table') })
      .describe('A separate test set; without it `testFraction` of the rows is held out.')
      .optional(),
    ...splitKeys,
  })
  .describe('A table with numeric and categorical columns.');

/** One schema a kind of data, by the key that holds its path. */
export const dataKinds = { images: imageDataSchema, table: tableDataSchema } as const;

export const dataSchema = z.union([imageDataSchema, tableDataSchema]).describe('What to learn from.');

export type ImageDataConfig = z.output<typeof imageDataSchema>;
export type TableDataConfig = z.output<typeof tableDataSchema>;
export type DataConfig = ImageDataConfig | TableDataConfig;

/** Narrows the data section: `if (isImageData(config.data)) config.data.images`. */
export function isImageData(data: DataConfig): data is ImageDataConfig {
  return 'images' in data;
}

export function modalityOf(data: DataConfig): Modality {
  return isImageData(data) ? 'image' : 'table';
}

/** The path of the samples, whatever kind they are. */
export function dataPath(data: DataConfig): string {
  return isImageData(data) ? data.images : data.table;
}
