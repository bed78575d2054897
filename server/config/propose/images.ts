import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DataFacts } from '../../protocol/trainer.ts';
import { imageHeader, readHead } from '../fileHeads.ts';
import { detectionLine, findBoxes } from './boxes.ts';
import { defineFinder, type FoundData, type Listing, listFolder } from './finder.ts';
import { testName } from './names.ts';
import { labelLines, trainingLines } from './training.ts';

export interface ImageFacts extends FoundData {
  readonly modality: 'image';
  /** [height, width, channels] of the first image, where its header tells it. */
  readonly shape?: readonly [number, number, number];
  /** `folders`, or a label file. */
  readonly labels?: string;
  readonly classes?: readonly string[];
  /** A COCO file or a folder of Pascal VOC files. */
  readonly boxes?: string;
  readonly test?: { readonly images: string; readonly labels?: string; readonly boxes?: string };
}

const imageName = /\.(png|jpe?g|webp|tiff?)$/i;
const arrayName = /\.(npy|npz)$/i;
const idxImages = /(idx[34]-ubyte|images.*\.idx)(\.gz)?$/i;
const idxLabels = /(idx1-ubyte|labels.*\.idx)(\.gz)?$/i;
const cifarName = /^(data_batch_\d+|test_batch|train|test)\.bin$/i;

/** At most this many files are counted. */
const mostFiles = 200_000;

export const images = defineFinder<ImageFacts>({
  modality: 'image',
  findIn,
  findFile(folder, name) {
    if (idxImages.test(name))
      return findIdx(folder, [name, ...readdirSync(folder).filter((each) => idxLabels.test(each))]);
    return findCifar(folder, [name]) ?? findArray(folder, [name]);
  },
  headline({ format, count, shape, classes }) {
    const many = count === undefined ? '' : `${count.toLocaleString('en-US')} `;
    const size = shape === undefined ? '' : ` of ${shape.join(' x ')}`;
    const inClasses = classes === undefined ? '' : ` in ${classes.length} classes`;
    return `${format}: ${many}images${size}${inClasses}.`;
  },
  lines: imageLines,
});

function findIn({ folder, files, folders }: Listing): ImageFacts | undefined {
  return (
    findIdx(folder, files) ??
    findCifar(folder, files) ??
    findPictures(folder, files, folders) ??
    findArray(folder, files)
  );
}

function findIdx(folder: string, files: readonly string[]): ImageFacts | undefined {
  const images = files.filter((name) => idxImages.test(name));
  const train = images.find((name) => !testName.test(name)) ?? images[0];
  if (train === undefined) return undefined;
  const labelsOf = (name: string): string | undefined => {
    const stem = name.replace(/images.*$/i, '');
    const found = files.find((each) => idxLabels.test(each) && each.startsWith(stem));
    return found && path.join(folder, found);
  };
  const header = imageHeader(readHead(path.join(folder, train)));
  const test = images.find((name) => name !== train && testName.test(name));
  const testLabels = test && labelsOf(test);
  const labels = labelsOf(train);
  return {
    modality: 'image',
    path: path.join(folder, train),
    format: 'IDX',
    ...header,
    ...(labels !== undefined && { labels }),
    ...(test !== undefined && {
      test: { images: path.join(folder, test), ...(testLabels !== undefined && { labels: testLabels }) },
    }),
  };
}

function findCifar(folder: string, files: readonly string[]): ImageFacts | undefined {
  const batches = files.filter((name) => cifarName.test(name));
  if (batches.length === 0) return undefined;
  const train = batches.filter((name) => !testName.test(name));
  const test = batches.find((name) => testName.test(name));
  const only = train.length === 1 ? train[0] : undefined;
  const recordBytes = train[0]?.startsWith('train') ? 3074 : 3073; // CIFAR-100 has two label bytes
  const bytes = train.reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
  return {
    modality: 'image',
    path: only === undefined || test === undefined ? folder : path.join(folder, only),
    format: 'CIFAR binary',
    ...(bytes > 0 && { count: Math.floor(bytes / recordBytes) }),
    shape: [32, 32, 3],
    labels: 'stored',
    ...(only !== undefined && test !== undefined && { test: { images: path.join(folder, test) } }),
  };
}

function findPictures(
  folder: string,
  files: readonly string[],
  folders: readonly string[],
): ImageFacts | undefined {
  const lower = new Map(folders.map((name) => [name.toLowerCase(), name]));
  const train = lower.get('train');
  const test = lower.get('test') ?? lower.get('val') ?? lower.get('valid');
  if (train !== undefined && folders.length <= 3) {
    const inner = findIn(listFolder(path.join(folder, train)));
    if (inner === undefined) return undefined;
    if (test === undefined) return inner;
    const images = path.join(folder, test);
    const boxes = inner.boxes && findBoxes(images);
    return { ...inner, test: { images, ...(boxes !== undefined && { boxes }) } };
  }
  const classes = folders.filter((name) => findImage(path.join(folder, name)) !== undefined);
  const loose = files.filter((name) => imageName.test(name));
  const first = loose[0] ?? (classes[0] === undefined ? undefined : findImage(path.join(folder, classes[0])));
  if (first === undefined) return undefined;
  const sample = path.join(folder, loose[0] === undefined ? (classes[0] ?? '') : '', first);
  const inFolders = loose.length === 0 && classes.length > 1;
  const count = loose.length + classes.reduce((sum, name) => sum + countImages(path.join(folder, name)), 0);
  const { shape } = imageHeader(readHead(sample));
  const labelTable = files.find((name) => /^labels?\.csv$/i.test(name));
  const labels = inFolders ? 'folders' : labelTable && path.join(folder, labelTable);
  const boxes = findBoxes(folder);
  return {
    modality: 'image',
    path: folder,
    format: inFolders ? 'a folder for each class' : 'a folder of images',
    count,
    ...(shape !== undefined && { shape }),
    ...(labels !== undefined && { labels }),
    ...(inFolders && { classes }),
    ...(boxes !== undefined && { boxes }),
  };
}

function findImage(folder: string): string | undefined {
  return readdirSync(folder).find((name) => imageName.test(name));
}

function countImages(folder: string): number {
  return readdirSync(folder, { recursive: true })
    .slice(0, mostFiles)
    .filter((name) => imageName.test(String(name))).length;
}

function findArray(folder: string, files: readonly string[]): ImageFacts | undefined {
  const arrays = files.filter((name) => arrayName.test(name));
  const isLabels = (name: string): boolean => /label|target|(^|[^a-z])y([^a-z]|$)/i.test(name);
  const images =
    arrays.find((name) => !isLabels(name) && !testName.test(name)) ?? arrays.find((name) => !isLabels(name));
  if (images === undefined) return undefined;
  const labels = arrays.find((name) => isLabels(name) && !testName.test(name));
  const test = arrays.find((name) => name !== images && !isLabels(name) && testName.test(name));
  const testLabels = arrays.find((name) => isLabels(name) && testName.test(name));
  const npz = /npz$/i.test(images);
  return {
    modality: 'image',
    path: path.join(folder, images),
    format: npz ? 'NPZ' : 'NPY',
    ...(npz ? {} : imageHeader(readHead(path.join(folder, images)))),
    ...(labels !== undefined && { labels: path.join(folder, labels) }),
    ...(test !== undefined && {
      test: {
        images: path.join(folder, test),
        ...(testLabels !== undefined && { labels: path.join(folder, testLabels) }),
      },
    }),
  };
}

function imageLines(
  facts: ImageFacts,
  relative: (file: string) => string,
  opened: DataFacts | undefined,
): string[] {
  const [height = 64, width = 64, channels = 3] = facts.shape ?? opened?.shape ?? [];
  const size = Math.max(16, Math.min(64, Math.ceil(Math.min(height, width) / 4) * 4));
  const small = height <= 64 && width <= 64 && height === width && height >= 8;
  const labelled = opened ? opened.classes !== undefined : facts.labels !== undefined;
  const named = facts.labels !== undefined && facts.labels !== 'stored' && facts.labels !== 'folders';
  // Detection needs boxes to test with, too.
  const isBoxed = facts.boxes !== undefined && (facts.test === undefined || facts.test.boxes !== undefined);
  const many = (facts.count ?? 0) >= 20_000 && Math.min(height, width) >= 64;
  return [
    'data:',
    `  images: ${relative(facts.path)}`,
    ...(named ? [`  labels: ${relative(facts.labels ?? '')}`] : []),
    ...(facts.labels === 'folders' ? ['  labels: folders # each class is a subfolder'] : []),
    ...(facts.boxes === undefined
      ? []
      : [`  boxes: ${relative(facts.boxes)} # around the objects on the images`]),
    ...(facts.test === undefined
      ? ['  testFraction: 0.2 # held out, never trained on']
      : [
          '  test:',
          `    images: ${relative(facts.test.images)}`,
          ...(facts.test.labels === undefined ? [] : [`    labels: ${relative(facts.test.labels)}`]),
          ...(facts.test.boxes === undefined ? [] : [`    boxes: ${relative(facts.test.boxes)}`]),
        ]),
    small
      ? `  # size: ${height} # pixels; the images' own size is used`
      : `  size: ${size} # pixels; larger is slower`,
    '',
    ...(many
      ? [
          '# Many large images: a vision transformer that sees a quarter of the patches learns fast.',
          'encoder: { type: vit, patch: 8 }',
          'pretext:',
          '  method: mae # or vicreg, simclr, byol with a convnet: selfsup methods',
        ]
      : [
          'encoder: { type: convnet, width: 32 }',
          'pretext:',
          '  method: vicreg # needs no large batches; others: selfsup methods',
          ...(channels === 1
            ? [
                '  views: { crop: [0.6, 1], rotate: 15, noise: 0.1 } # what must not change the meaning of your images',
              ]
            : ['  # views: { crop: [0.3, 1], flip: true } # replaces the views of the method']),
        ]),
    '',
    ...trainingLines(opened?.train ?? facts.count),
    ...labelLines(labelled, 'data.labels', opened, isBoxed ? [detectionLine(opened)] : []),
  ];
}
