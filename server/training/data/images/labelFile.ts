import path from 'node:path';
import { DataError } from '../errors.ts';
import { firstBytes } from '../storage.ts';
import { readTable } from '../tables/read.ts';
import { requireReadable } from './detect.ts';
import { isIdx, readIdxLabels } from './idx.ts';
import { isNpy, readNpyLabels } from './npy.ts';

const fileColumns = ['file', 'filename', 'file_name', 'image', 'audio', 'path', 'name', 'id'];
const labelColumns = ['label', 'class', 'target', 'category', 'y'];

/** Samples that a label file may speak of. */
export interface Labelled {
  /** `folder` where each is a file with a name of its own. */
  readonly format: string;
  readonly count: number;
  name(index: number): string;
  /** What they are called; default: pictures. */
  readonly words?: string;
}

/**
 * Labels of samples from a file: IDX or NPY (one per sample, in order), or a table with the columns file and label
 * (one row per file, in any order; files without a row stay unlabelled). What does not match goes into `notes`.
 */
export async function readLabels(
  file: string,
  source: Labelled,
  key: readonly string[],
  notes: string[],
): Promise<(string | undefined)[]> {
  requireReadable(file, key);
  const head = firstBytes(file, 16);
  const inOrder = isIdx(head)
    ? await readIdxLabels(file)
    : isNpy(head)
      ? await readNpyLabels(file)
      : undefined;
  if (inOrder === undefined) return readLabelTable(file, source, key, notes);
  requireCount(file, inOrder.length, source.count, key);
  return inOrder;
}

function requireCount(file: string, found: number, expected: number, key: readonly string[]): void {
  if (found === expected) return;
  throw new DataError({
    key,
    where: file,
    found: `${found.toLocaleString('en')} labels`,
    expected: `${expected.toLocaleString('en')}, one per sample`,
    fix: 'Choose the label file that belongs to these samples.',
  });
}

async function readLabelTable(
  file: string,
  source: Labelled,
  key: readonly string[],
  notes: string[],
): Promise<(string | undefined)[]> {
  const { words = 'pictures' } = source;
  const table = await readTable(file, key);
  const find = (names: readonly string[]) =>
    table.columns.find(({ name }) => names.includes(name.toLowerCase()));
  const labelColumn = find(labelColumns) ?? (table.columns.length <= 2 ? table.columns.at(-1) : undefined);
  const fileColumn = find(fileColumns) ?? (table.columns.length === 2 ? table.columns[0] : undefined);
  const rows = table.rowNumbers.map((_, row) => row);
  if (labelColumn === undefined || (source.format === 'folder' && fileColumn === undefined))
    throw new DataError({
      key,
      where: file,
      found: `the columns ${table.columns.map(({ name }) => name).join(', ')}`,
      expected: 'the columns file and label',
      fix: 'Rename the columns.',
    });
  if (source.format !== 'folder') {
    requireCount(file, rows.length, source.count, key);
    return rows.map((row) => labelColumn.text(row));
  }
  const byName = new Map(rows.map((row) => [normal(fileColumn?.text(row) ?? ''), labelColumn.text(row)]));
  const found = Array.from({ length: source.count }, (_, i) => keyOf(byName, source.name(i)));
  const labels = found.map((name) => (name === undefined ? undefined : byName.get(name)));
  if (labels.every((label) => label === undefined))
    throw new DataError({
      key,
      where: file,
      found: `names like ${fileColumn?.text(0)}`,
      expected: `names of the ${words}, like ${source.name(0)}`,
      fix: `Write the paths relative to the folder of the ${words}.`,
    });
  const used = new Set(found);
  const strange = [...byName.keys()].filter((name) => !used.has(name));
  if (strange.length > 0)
    notes.push(`${path.basename(file)} names ${words} that are not there: ${some(strange)}`);
  const bare = labels.flatMap((label, i) => (label === undefined ? [source.name(i)] : []));
  if (bare.length > 0) notes.push(`${words} without a label in ${path.basename(file)}: ${some(bare)}`);
  return labels;
}

function some(names: readonly string[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`;
}

function normal(name: string): string {
  return name.replaceAll('\\', '/').replace(/^\.\//, '');
}

/** How the label file calls a picture: by relative path, by file name, or by file name without its extension. */
function keyOf(labels: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const base = path.posix.basename(name);
  const bare = base.slice(0, base.length - path.posix.extname(base).length);
  return [name, base, bare].find((key) => labels.has(key));
}
