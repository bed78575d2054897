import * as z from 'zod';
import { path } from '../meta.ts';
import { defineDataKind } from './kind.ts';
import { listFiles, normalizeKey, splitKeys } from './split.ts';

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
    boxes: path(
      'Boxes around the objects on the images, for detection: a COCO JSON file, or a folder of Pascal VOC XML files.',
      'a path to a COCO file or a folder of Pascal VOC files',
    ).optional(),
    test: z
      .strictObject({
        images: path('Images of the test set.', 'a path to images'),
        labels: path(
          'Labels of the test set, given like `data.labels`.',
          'folders, none, or a path to a label file',
        ).optional(),
        boxes: path(
          'Boxes on the images of the test set, given like `data.boxes`.',
          'a path to a COCO file or a folder of Pascal VOC files',
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
    ...normalizeKey,
  })
  .describe('Images, with or without labels.');

export type ImageDataConfig = z.output<typeof imageDataSchema>;

const imageFiles = /(idx[34]-ubyte|\.idx|\.npy|\.npz|\.bin)(\.gz)?$/i;
const boxFiles = /\.json$/i;
const labelFiles = /(idx1-ubyte|\.idx|\.npy|\.csv)(\.gz)?$/i;

export const images = defineDataKind({
  key: 'images',
  modality: 'image',
  words: ['image', 'images'],
  schema: imageDataSchema,
  pathKeys: [
    { path: ['images'], holds: 'either', files: imageFiles },
    { path: ['labels'], holds: 'file', files: labelFiles },
    { path: ['test', 'images'], holds: 'either', files: imageFiles },
    { path: ['test', 'labels'], holds: 'file', files: labelFiles },
    { path: ['boxes'], holds: 'either', files: boxFiles },
    { path: ['test', 'boxes'], holds: 'either', files: boxFiles },
    { path: ['testList'], holds: 'file', files: listFiles },
  ],
  labelKey: 'labels',
  labelFix: 'set data.labels',
  labelSolutions: [{ remove: ['data', 'labels'] }],
  unlabelled: ({ labels }) => (labels === 'none' ? 'data.labels: none' : undefined),
  shape: ({ size, channels = 3 }) => size && { modality: 'image', shape: [...size, channels] },
  typical: ({ channels = 3 }) => ({ modality: 'image', shape: [64, 64, channels] }),
  lint(_data, { pretext }, findings, { shape }) {
    if (shape[2] === 1 && pretext.views !== undefined)
      findings.noEffect(['pretext', 'views', 'gray'], 'the images are grey');
  },
});
