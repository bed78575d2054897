import { statSync } from 'node:fs';
import path from 'node:path';
import type { DataFacts } from '../../protocol/trainer.ts';
import { tableHead } from '../fileHeads.ts';
import { formatValue } from '../words.ts';
import { defineFinder, type FoundData } from './finder.ts';
import { labelName, manifestName, testName } from './names.ts';
import { labelLines, trainingLines } from './training.ts';

export interface TableFacts extends FoundData {
  readonly modality: 'table';
  readonly columns: readonly string[];
  /** The column that is probably the class. */
  readonly label?: string;
  readonly test?: string;
  /** Names of other tables beside it. */
  readonly others?: readonly string[];
}

const tableName = /\.((csv|tsv|jsonl?)(\.gz)?|parquet)$/i;

export const table = defineFinder<TableFacts>({
  modality: 'table',
  findIn: ({ folder, files }) => findTables(folder, files),
  findFile: (folder, name) => findTables(folder, [name]),
  headline({ format, count, columns, label }) {
    const many = count === undefined ? '' : `${count.toLocaleString('en-US')} `;
    return `${format}: about ${many}rows, ${columns.length} columns${label === undefined ? ', no label column found' : ''}.`;
  },
  lines: tableLines,
});

function findTables(folder: string, files: readonly string[]): TableFacts | undefined {
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

function tableLines(
  facts: TableFacts,
  relative: (file: string) => string,
  opened: DataFacts | undefined,
): string[] {
  const small = (opened?.count ?? facts.count ?? 0) < 200;
  return [
    'data:',
    ...(facts.others ?? [])
      .slice(0, 5)
      .map(
        (name) => `  # table: ${relative(path.join(path.dirname(facts.path), name))} # there is this one too`,
      ),
    `  table: ${relative(facts.path)}`,
    facts.label === undefined
      ? `  # label: ${likelyLabel(facts, opened)} # the column that holds the class, if there is one`
      : `  label: ${formatValue(facts.label)} # the class; never shown to the encoder`,
    ...(facts.test === undefined
      ? ['  testFraction: 0.2 # held out, never trained on']
      : [`  test: { table: ${relative(facts.test)} }`]),
    '',
    'encoder: { type: mlp }',
    'pretext:',
    small
      ? '  method: autoencoder # few rows: restoring them is all they allow'
      : '  method: scarf # or vime, autoencoder: selfsup methods',
    '',
    ...trainingLines(opened?.train ?? facts.count),
    ...labelLines(facts.label !== undefined, 'data.label', opened),
    ...regressionLines(facts.label, opened),
  ];
}

/** Without a telling name: the last column that is no number, or the last one. */
function likelyLabel({ columns }: TableFacts, opened: DataFacts | undefined): string {
  const known = opened?.columns ?? [];
  const last = known.findLast(({ kind }) => kind === 'categorical') ?? known.at(-1);
  return formatValue(last?.name ?? columns.at(-1) ?? 'name');
}

/** Without a class, a number may be what is wanted. */
function regressionLines(label: string | undefined, opened: DataFacts | undefined): string[] {
  const number = opened?.columns?.findLast(({ kind }) => kind === 'numeric')?.name;
  if (label !== undefined || number === undefined) return [];
  return [
    '# Or tell a number from the other columns; the encoder never sees it:',
    '# downstream:',
    `#   - { task: regression, target: ${formatValue(number)}, rows: [20, all] }`,
  ];
}
