import { DataError } from '../errors.ts';
import { fileFingerprint, hashOf } from '../fingerprint.ts';
import { requireReadable } from '../images/detect.ts';
import { encodeLabels } from '../labels.ts';
import type { OpenedTable } from '../opened.ts';
import { missingCategory, otherCategory, type TableColumn } from './encode.ts';
import { columnOf, encodeParts, type Part, requireColumns, rowName, selectRows } from './parts.ts';
import { readTable } from './read.ts';
import { summarise } from './summarise.ts';
import { TableLoader } from './tableLoader.ts';

/**
 * Opens another table for an encoder: columns are found by name, in any order, and encoded with the statistics and
 * categories of the table that the encoder was trained on. Further columns are not looked at.
 * @param label the column that holds the class; it may be absent
 */
export async function openTableLike(
  file: string,
  { columns }: Pick<OpenedTable, 'columns'>,
  label?: string,
): Promise<OpenedTable> {
  const key = ['data', 'table'];
  requireReadable(file, key);
  const table = await readTable(file, key);
  requireColumns(
    table,
    columns.map(({ name }) => name),
    { key, where: file, expected: 'the columns that the encoder was trained on', fix: 'Name them alike' },
  );
  const numeric = columns.filter(({ kind }) => kind === 'numeric').map(({ name }) => name);
  const part = selectRows(table, numeric);
  const count = part.rows.length;
  if (count === 0)
    throw new DataError({
      key,
      where: file,
      found: `no usable rows (${part.skipped[0]!.name}: ${part.skipped[0]!.reason})`,
      expected: 'rows like those that the encoder was trained on',
      fix: 'Correct the rows.',
    });
  const { values, width } = encodeParts([part], columns);
  const labelled =
    label !== undefined && table.columns.some(({ name }) => name === label)
      ? encodeLabels(Array.from(part.rows, (row) => columnOf(table, label).text(row)))
      : undefined;
  const opened: OpenedTable = {
    kind: 'table',
    sample: { modality: 'table', shape: [width] },
    count,
    ...labelled,
    split: { train: Int32Array.from({ length: count }, (_, i) => i), test: new Int32Array(0) },
    skipped: part.skipped,
    mean: [],
    std: [],
    columns,
    values,
    width,
    notes: columns.flatMap((column) => noteUnknown(part, column)),
    fingerprint: hashOf([fileFingerprint(file), columns]),
    summary: summarise(count, columns, width, labelled?.classes.length, table.format, part.skipped.length),
    name: (position) => rowName([part], position),
    loader() {
      return new TableLoader(this);
    },
    like: (input) => openTableLike(input, { columns }, label),
    close() {},
  };
  return opened;
}

/** Cells for which training has left no place: the encoder sees them as the mean, or as no category at all. */
function noteUnknown({ table, rows }: Part, { name, kind, indicator, categories }: TableColumn): string[] {
  const column = columnOf(table, name);
  const known = new Set(categories);
  let missing = 0;
  const strange = new Map<string, number>();
  for (const row of rows) {
    const text = column.text(row);
    if (text === undefined) missing++;
    else if (kind === 'categorical' && !known.has(text)) strange.set(text, (strange.get(text) ?? 0) + 1);
  }
  const notes: string[] = [];
  const placed = kind === 'numeric' ? indicator : known.has(missingCategory);
  if (missing > 0 && !placed)
    notes.push(
      `"${name}" is missing in ${rowsOf(missing)}; no training row lacked it, so the encoder sees ${kind === 'numeric' ? 'the mean' : 'no category'}`,
    );
  if (strange.size > 0) {
    const examples = [...strange.keys()].slice(0, 3).map((text) => `"${text}"`);
    const seen = known.has(otherCategory) ? `as ${otherCategory}` : 'as no category';
    const total = [...strange.values()].reduce((sum, each) => sum + each, 0);
    notes.push(
      `"${name}" holds values that training did not have, e.g. ${examples.join(', ')}, in ${rowsOf(total)}; the encoder sees them ${seen}`,
    );
  }
  return notes;
}

const rowsOf = (count: number): string => `${count.toLocaleString('en')} row${count === 1 ? '' : 's'}`;
