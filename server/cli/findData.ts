import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { constants, gunzipSync } from 'node:zlib';

/** The `data:` part of a config, as far as the names of the files tell it. Paths are as found, below the folder. */
export interface FoundData {
  readonly images?: string;
  readonly table?: string;
  readonly labels?: string;
  readonly label?: string;
  readonly test?: { readonly images?: string; readonly table?: string; readonly labels?: string };
}

const image = /\.(png|jpe?g|webp|tiff?)$/i;
const table = /\.(csv|tsv|jsonl)(\.gz)?$/i;
/** Names that people give to the column with the class. */
const labelNames = ['label', 'labels', 'class', 'target', 'category', 'species', 'y'];

/** Looks at names only. Undefined when there is nothing that Selfsup reads. */
export function findData(place: string): FoundData | undefined {
  if (statSync(place).isFile()) return fromFile(place);
  const entries = readdirSync(place, { withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => path.join(place, name))
    .sort();
  const folders = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
  return (
    fromIdx(files) ??
    fromArrays(files) ??
    fromCifar(place, files) ??
    fromFolders(place, folders, files) ??
    fromTables(files)
  );
}

function fromFile(file: string): FoundData | undefined {
  if (table.test(file)) return withLabel(file);
  return /\.(npy|npz|bin)$|idx\d-ubyte|\.idx/i.test(file) ? { images: file } : undefined;
}

/** The MNIST family: train-images-idx3-ubyte and its three companions, gzipped or not. */
function fromIdx(files: readonly string[]): FoundData | undefined {
  const find = (...words: RegExp[]) =>
    files.find(
      (file) =>
        words.every((word) => word.test(path.basename(file))) && /idx|ubyte/i.test(path.basename(file)),
    );
  const images = find(/train/i, /images/i) ?? find(/images/i);
  if (images === undefined) return undefined;
  const labels = find(/train/i, /labels/i) ?? find(/labels/i);
  const testImages = find(/t10k|test/i, /images/i);
  const testLabels = find(/t10k|test/i, /labels/i);
  const test =
    testImages === undefined || testImages === images
      ? undefined
      : { images: testImages, ...(testLabels && { labels: testLabels }) };
  return { images, ...(labels && { labels }), ...(test && { test }) };
}

function fromArrays(files: readonly string[]): FoundData | undefined {
  const arrays = files.filter((file) => /\.(npz|npy)$/i.test(file));
  const labels = arrays.find((file) => /label|target|(^|[^a-z])y\b/i.test(path.basename(file)));
  const images = arrays.find((file) => file !== labels);
  return images === undefined ? undefined : { images, ...(labels && { labels }) };
}

function fromCifar(folder: string, files: readonly string[]): FoundData | undefined {
  return files.some((file) => /(data_batch_\d|train)\.bin$/.test(file)) ? { images: folder } : undefined;
}

function fromFolders(
  place: string,
  folders: readonly string[],
  files: readonly string[],
): FoundData | undefined {
  const train = folders.find((name) => /^train/i.test(name));
  const test = folders.find((name) => /^(test|val)/i.test(name));
  if (train !== undefined && holdsImages(path.join(place, train), 2)) {
    const images = path.join(place, train);
    if (test === undefined || !holdsImages(path.join(place, test), 2)) return { images };
    return { images, test: { images: path.join(place, test) } };
  }
  const direct = files.some((file) => image.test(file));
  return direct || folders.some((name) => holdsImages(path.join(place, name), 2))
    ? { images: place }
    : undefined;
}

function holdsImages(folder: string, depth: number): boolean {
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.some((entry) => entry.isFile() && image.test(entry.name))) return true;
  return (
    depth > 1 &&
    entries.some((entry) => entry.isDirectory() && holdsImages(path.join(folder, entry.name), depth - 1))
  );
}

function fromTables(files: readonly string[]): FoundData | undefined {
  const tables = files.filter((file) => table.test(file));
  const test = tables.find((file) => /(^|[^a-z])test/i.test(path.basename(file)));
  const others = tables.filter((file) => file !== test);
  const main = others.find((file) => /train/i.test(path.basename(file))) ?? largest(others) ?? test;
  if (main === undefined) return undefined;
  return { ...withLabel(main), ...(test !== undefined && test !== main && { test: { table: test } }) };
}

function largest(files: readonly string[]): string | undefined {
  return [...files].sort((a, b) => statSync(b).size - statSync(a).size)[0];
}

/** The table, with its label column where the header has one of the usual names. */
function withLabel(file: string): FoundData {
  const [header = ''] = beginning(file).split('\n', 1);
  const columns = /\.jsonl(\.gz)?$/i.test(file)
    ? [...header.matchAll(/"([^"\\]+)"\s*:/g)].map((match) => match[1] ?? '')
    : header.split(/[,;\t]/).map((name) => name.trim().replace(/^"|"$/g, ''));
  const label = columns.find((name) => labelNames.includes(name.toLowerCase()));
  return label === undefined ? { table: file } : { table: file, label };
}

/** The first 64 kB, unpacked where the file is gzipped: enough for a header, however long the table. */
function beginning(file: string): string {
  const bytes = Buffer.alloc(65536);
  const handle = openSync(file, 'r');
  try {
    const start = bytes.subarray(0, readSync(handle, bytes));
    if (!/\.gz$/i.test(file)) return start.toString('utf8');
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8');
  } catch {
    return ''; // not gzip after all: opening the data says so, with the place
  } finally {
    closeSync(handle);
  }
}
