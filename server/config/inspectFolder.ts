import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { imageHeader, readHead, tableHead } from './fileHeads.ts';

/** What names and file headers tell about data, without decoding it: enough to propose a config. */
export type FolderFacts = ImageFacts | TableFacts;

export interface ImageFacts {
  readonly modality: 'image';
  /** What `data.images` should name. */
  readonly path: string;
  /** How the images are stored, in words. */
  readonly format: string;
  /** Number of images, where names or headers tell it. */
  readonly count?: number;
  /** [height, width, channels] of the first image, where its header tells it. */
  readonly shape?: readonly [number, number, number];
  /** `folders`, or a label file. */
  readonly labels?: string;
  readonly classes?: readonly string[];
  readonly test?: { readonly images: string; readonly labels?: string };
}

export interface TableFacts {
  readonly modality: 'table';
  /** What `data.table` should name. */
  readonly path: string;
  readonly format: string;
  /** Rows, estimated from the size of the file. */
  readonly count?: number;
  readonly columns: readonly string[];
  /** The column that is probably the class. */
  readonly label?: string;
  readonly test?: string;
  /** Names of other tables beside it. */
  readonly others?: readonly string[];
}

const imageName = /\.(png|jpe?g|webp|tiff?)$/i;
const tableName = /\.((csv|tsv|jsonl?)(\.gz)?|parquet)$/i;
/** JSON that belongs to a project, not to its data. */
const manifestName = /^(package(-lock)?|[jt]sconfig.*|composer|deno|biome)\.json$/i;
const arrayName = /\.(npy|npz)$/i;
const idxImages = /(idx[34]-ubyte|images.*\.idx)(\.gz)?$/i;
const idxLabels = /(idx1-ubyte|labels.*\.idx)(\.gz)?$/i;
const cifarName = /^(data_batch_\d+|test_batch|train|test)\.bin$/i;
const labelName = /^(label|labels|class|target|category|species|diagnosis|outcome|y)$/i;
/** A word that begins with test, but not `latest`; `val`, but not `values`. */
const testName = /(^|[^a-z])(test|t10k|val(id(ation)?)?(?![a-z]))/i;

/** At most this many files are counted. */
const mostFiles = 200_000;

/** Finds what kind of data a folder or file holds. Undefined where nothing is recognised. Throws what `fs` throws. */
export function inspectFolder(target: string): FolderFacts | undefined {
  const absolute = path.resolve(target);
  if (!statSync(absolute).isDirectory()) return inspectFile(absolute);
  const entries = readdirSync(absolute, { withFileTypes: true }).filter(
    (entry) => !entry.name.startsWith('.'),
  );
  const sorted = (of: typeof entries): string[] => of.map((entry) => entry.name).sort();
  const files = sorted(entries.filter((entry) => entry.isFile()));
  const folders = sorted(entries.filter((entry) => entry.isDirectory()));
  return (
    inspectIdx(absolute, files) ??
    inspectCifar(absolute, files) ??
    inspectImages(absolute, files, folders) ??
    inspectArray(absolute, files) ??
    inspectTables(absolute, files) ??
    // A project, perhaps, that keeps its data where most do.
    (folders.includes('data') ? inspectFolder(path.join(absolute, 'data')) : undefined)
  );
}

function inspectFile(file: string): FolderFacts | undefined {
  const folder = path.dirname(file);
  const name = path.basename(file);
  if (idxImages.test(name))
    return inspectIdx(folder, [name, ...readdirSync(folder).filter((each) => idxLabels.test(each))]);
  return inspectCifar(folder, [name]) ?? inspectArray(folder, [name]) ?? inspectTables(folder, [name]);
}

function inspectIdx(folder: string, files: readonly string[]): ImageFacts | undefined {
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

function inspectCifar(folder: string, files: readonly string[]): ImageFacts | undefined {
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

function inspectImages(
  folder: string,
  files: readonly string[],
  folders: readonly string[],
): ImageFacts | undefined {
  const lower = new Map(folders.map((name) => [name.toLowerCase(), name]));
  const train = lower.get('train');
  const test = lower.get('test') ?? lower.get('val') ?? lower.get('valid');
  if (train !== undefined && folders.length <= 3) {
    const inner = inspectFolder(path.join(folder, train));
    if (inner?.modality !== 'image') return undefined;
    return test === undefined ? inner : { ...inner, test: { images: path.join(folder, test) } };
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
  return {
    modality: 'image',
    path: folder,
    format: inFolders ? 'a folder for each class' : 'a folder of images',
    count,
    ...(shape !== undefined && { shape }),
    ...(labels !== undefined && { labels }),
    ...(inFolders && { classes }),
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

function inspectArray(folder: string, files: readonly string[]): ImageFacts | undefined {
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

function inspectTables(folder: string, files: readonly string[]): TableFacts | undefined {
  const tables = files.filter((name) => tableName.test(name) && !manifestName.test(name));
  const others = tables.filter((name) => !testName.test(name));
  const size = (name: string): number => statSync(path.join(folder, name)).size;
  const largest = [...others].sort((a, b) => size(b) - size(a))[0];
  const main = others.find((name) => /train/i.test(name)) ?? largest ?? tables[0];
  if (main === undefined) return undefined;
  const file = path.join(folder, main);
  const { columns, count } = tableHead(file);
  const test = tables.find((name) => name !== main && testName.test(name));
  const label = columns.find((name) => labelName.test(name));
  const unused = tables.filter((name) => name !== main && name !== test);
  return {
    modality: 'table',
    path: file,
    format: formatOf(main),
    ...(count !== undefined && { count }),
    columns,
    ...(label !== undefined && { label }),
    ...(test !== undefined && { test: path.join(folder, test) }),
    ...(unused.length > 0 && { others: unused }),
  };
}

function formatOf(name: string): string {
  const extension = path.extname(name.replace(/\.gz$/i, '')).slice(1).toLowerCase();
  return extension === 'parquet' ? 'Parquet' : extension.toUpperCase();
}
