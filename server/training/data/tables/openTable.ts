import { DataError, type DataProblem, didYouMean } from '../errors.ts';
import { fileFingerprint, hashOf } from '../fingerprint.ts';
import { requireReadable } from '../images/detect.ts';
import type { OpenedTable } from '../opened.ts';
import type { DataOptions } from '../options.ts';
import { choose, splitSamples } from '../split.ts';
import { splitByList } from '../testList.ts';
import { planCategorical, planNumeric, type TableColumn } from './encode.ts';
import { inferKind } from './kinds.ts';
import { readLabels, readTargets } from './labelColumns.ts';
import { openTableLike } from './openLike.ts';
import { columnOf, encodeParts, type Part, requireColumns, rowName, rowOrigin, selectRows } from './parts.ts';
import type { RawTable } from './rawTable.ts';
import { readTable } from './read.ts';
import { summarise } from './summarise.ts';
import { TableLoader } from './tableLoader.ts';

/** Opens a table, and its separate test table if there is one, as encoded rows in memory. */
export async function openTable(file: string, data: DataOptions, seed: number): Promise<OpenedTable> {
  const key = ['data', 'table'];
  requireReadable(file, key);
  const table = await readTable(file, key);
  checkNames(file, table, data);
  const notes = [...table.notes];
  const kinds = decideKinds(table, data, notes);
  const numeric = table.columns
    .filter((column) => kinds.get(column.name) === 'numeric')
    .map(({ name }) => name);
  const main = selectRows(table, numeric);
  const parts = [main];
  if (data.test?.table !== undefined) {
    const testKey = ['data', 'test', 'table'];
    requireReadable(data.test.table, testKey);
    const testTable = await readTable(data.test.table, testKey);
    const wanted = [...kinds.keys(), ...unseen(data)];
    requireColumns(testTable, wanted, {
      key: testKey,
      where: data.test.table,
      expected: 'the columns of the training table',
      fix: 'Give the test table the same header',
    });
    parts.push(selectRows(testTable, numeric));
  }
  if (kinds.size === 0)
    throw new DataError({
      key,
      where: file,
      found: `no column with information${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`,
      expected: 'at least one numeric or categorical column beside the label',
      fix: 'Name another table, or say in data.columns what a column is.',
    });

  const labels = data.label === undefined ? undefined : readLabels(file, data.label, parts);
  const targets = readTargets(file, data.targets ?? [], parts);
  const first = main.rows.length;
  const count = parts.reduce((sum, part) => sum + part.rows.length, 0);
  const chosen = choose(first, data.limit, seed);
  const split =
    parts.length > 1
      ? { train: chosen, test: Int32Array.from({ length: count - first }, (_, i) => first + i) }
      : data.testList === undefined
        ? splitSamples(chosen, data.testFraction, seed, labels?.labels)
        : splitByList(data.testList, chosen, count, (position) => rowName(parts, position));

  const columns = planColumns(
    parts,
    kinds,
    split.train.map((position) => main.rows[position]!),
    data,
  );
  noteMissing(parts, [...kinds.keys()], notes);
  const { values, width } = encodeParts(parts, columns);
  const skipped = parts.flatMap((part) => part.skipped);
  const files = [file, ...(data.test?.table === undefined ? [] : [data.test.table])];
  const { label, columns: overrides, testFraction, limit, normalize } = data;
  const told = data.targets?.length ? data.targets.map(({ column }) => column) : undefined;
  const fingerprint = hashOf([
    files.map(fileFingerprint),
    data.testList === undefined ? [] : [Array.from(split.test)],
    { label, told, overrides, testFraction, limit, normalize, seed },
  ]);
  const opened: OpenedTable = {
    kind: 'table',
    sample: { modality: 'table', shape: [width] },
    count,
    ...(labels === undefined ? {} : labels),
    ...(told === undefined ? {} : { targets }),
    split,
    skipped,
    mean: [],
    std: [],
    columns,
    values,
    width,
    notes,
    fingerprint,
    summary: summarise(count, columns, width, labels?.classes.length, table.format, skipped.length),
    name: (position) => rowName(parts, position),
    origin: (position) => rowOrigin(parts, files, position),
    loader() {
      return new TableLoader(this);
    },
    like: (input) => openTableLike(input, { columns }, data.label),
    close() {},
  };
  return opened;
}

/** Every column that the config names must exist. */
function checkNames(file: string, table: RawTable, data: DataOptions): void {
  const names = table.columns.map(({ name }) => name);
  const check = (name: string, key: DataProblem['key']) => {
    if (names.includes(name)) return;
    throw new DataError({
      key,
      where: file,
      found: `no column "${name}"`,
      expected: `one of ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}`,
      fix: didYouMean(name, names) || 'Choose one of these columns.',
    });
  };
  if (data.label !== undefined) check(data.label, ['data', 'label']);
  for (const { column, key } of data.targets ?? []) check(column, key);
  for (const name of Object.keys(data.columns ?? {})) check(name, ['data', 'columns', name]);
}

/** Columns that are told, by a class or a number, and so never shown to the encoder. */
function unseen({ label, targets = [] }: DataOptions): string[] {
  return [...(label === undefined ? [] : [label]), ...targets.map(({ column }) => column)];
}

/** The kind of every column that is used; the others are named in the notes. */
function decideKinds(
  table: RawTable,
  data: DataOptions,
  notes: string[],
): Map<string, 'numeric' | 'categorical'> {
  const all = Int32Array.from({ length: table.rowNumbers.length }, (_, i) => i);
  const kinds = new Map<string, 'numeric' | 'categorical'>();
  const hidden = unseen(data);
  for (const column of table.columns) {
    if (hidden.includes(column.name)) continue;
    const override = data.columns?.[column.name];
    const { kind, note } = override === undefined ? inferKind(column, all) : { kind: override };
    if (kind === 'ignore') {
      if (note !== undefined) notes.push(`column "${column.name}" is left out: it ${note}`);
    } else kinds.set(column.name, kind);
  }
  return kinds;
}

function noteMissing(parts: readonly Part[], names: readonly string[], notes: string[]): void {
  const gaps = names.flatMap((name) => {
    const count = parts.reduce((sum, { table, rows }) => {
      const column = columnOf(table, name);
      return sum + rows.reduce((n, row) => n + (column.isMissing(row) ? 1 : 0), 0);
    }, 0);
    return count === 0 ? [] : [`${count.toLocaleString('en')} in "${name}"`];
  });
  if (gaps.length === 0) return;
  const more = gaps.length > 10 ? ` and ${gaps.length - 10} more columns` : '';
  notes.push(
    `missing values (empty, NaN or infinite): ${gaps.slice(0, 10).join(', ')}${more}; the encoder is told which`,
  );
}

function planColumns(
  parts: readonly Part[],
  kinds: ReadonlyMap<string, 'numeric' | 'categorical'>,
  train: Int32Array,
  data: DataOptions,
): TableColumn[] {
  const planned: TableColumn[] = [];
  let start = 0;
  for (const [name, kind] of kinds) {
    const column = columnOf(parts[0]!.table, name);
    const anyMissing = parts.some(({ table, rows }) =>
      rows.some((row) => columnOf(table, name).isMissing(row)),
    );
    const plan =
      kind === 'numeric'
        ? planNumeric(column, start, train, anyMissing, data.normalize ?? 'standard')
        : planCategorical(
            column,
            start,
            train,
            parts.map(({ table, rows }) => ({ column: columnOf(table, name), rows })),
          );
    planned.push(plan);
    start += plan.length;
  }
  return planned;
}
