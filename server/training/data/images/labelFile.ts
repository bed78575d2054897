import path from 'node:path';
import { DataError } from '../errors.ts';
import { firstBytes } from '../storage.ts';
import { readTable } from '../tables/read.ts';
import { requireReadable } from './detect.ts';
import { isIdx, readIdxLabels } from './idx.ts';
import { isNpy, readNpyLabels } from './npy.ts';
import type { ImageSource } from './source.ts';

const fileColumns = ['file', 'filename', 'file_name', 'image', 'path', 'name', 'id'];
const labelColumns = ['label', 'class', 'target', 'category', 'y'];

/**
 * Labels of images from a file: IDX or NPY (one per image, in order), or a table with the columns file and label
 * (one row per picture, in any order; pictures without a row stay unlabelled).
 */
export async function readImageLabels(
  file: string,
  source: ImageSource,
  key: readonly string[],
): Promise<(string | undefined)[]> {
  requireReadable(file, key);
  const head = firstBytes(file, 16);
  const inOrder = isIdx(head)
    ? await readIdxLabels(file)
    : isNpy(head)
      ? await readNpyLabels(file)
      : undefined;
  if (inOrder === undefined) return readLabelTable(file, source, key);
  requireCount(file, inOrder.length, source.count, key);
  return inOrder;
}

function requireCount(file: string, found: number, expected: number, key: readonly string[]): void {
  if (found === expected) return;
  throw new DataError({
    key,
    where: file,
    found: `${found.toLocaleString('en')} labels`,
    expected: `${expected.toLocaleString('en')}, one per image`,
    fix: 'Choose the label file that belongs to these images.',
  });
}

async function readLabelTable(
  file: string,
  source: ImageSource,
  key: readonly string[],
): Promise<(string | undefined)[]> {
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
  const labels = Array.from({ length: source.count }, (_, i) => lookUp(byName, source.name(i)));
  if (labels.every((label) => label === undefined))
    throw new DataError({
      key,
      where: file,
      found: `names like ${fileColumn?.text(0)}`,
      expected: `names of the pictures, like ${source.name(0)}`,
      fix: 'Write the paths relative to the folder of the pictures.',
    });
  return labels;
}

function normal(name: string): string {
  return name.replaceAll('\\', '/').replace(/^\.\//, '');
}

/** By relative path, by file name, or by file name without its extension. */
function lookUp(labels: ReadonlyMap<string, string | undefined>, name: string): string | undefined {
  const base = path.posix.basename(name);
  return (
    labels.get(name) ??
    labels.get(base) ??
    labels.get(base.slice(0, base.length - path.posix.extname(base).length))
  );
}
