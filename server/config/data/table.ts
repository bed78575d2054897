import * as z from 'zod';
import type { DataFacts } from '../../protocol/trainer.ts';
import type { Findings } from '../findings.ts';
import { path } from '../meta.ts';
import { closest } from '../suggest.ts';
import { defineDataKind } from './kind.ts';
import { listFiles, normalizeKey, splitKeys } from './split.ts';

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
    ...normalizeKey,
  })
  .describe('A table with numeric and categorical columns.');

export type TableDataConfig = z.output<typeof tableDataSchema>;

const tableFiles = /\.((csv|tsv|jsonl?)(\.gz)?|parquet)$/i;

export const table = defineDataKind({
  key: 'table',
  modality: 'table',
  words: ['row', 'rows'],
  schema: tableDataSchema,
  pathKeys: [
    { path: ['table'], holds: 'file', files: tableFiles },
    { path: ['test', 'table'], holds: 'file', files: tableFiles },
    { path: ['testList'], holds: 'file', files: listFiles },
  ],
  labelKey: 'label',
  labelFix: 'set data.label to the column that holds the class',
  labelSolutions: [],
  unlabelled: ({ label }) => (label === undefined ? 'no data.label' : undefined),
  shape: () => undefined,
  typical: () => ({ modality: 'table', shape: [16] }),
  lint: (data, _config, findings, facts) => lintColumns(data, findings, facts),
});

function lintColumns(
  { label, columns: overrides = {} }: TableDataConfig,
  findings: Findings,
  { columns }: DataFacts,
): void {
  if (columns === undefined) return;
  const names = columns.map(({ name }) => name);
  const known = label === undefined ? names : [...names, label];
  for (const [name, kind] of Object.entries(overrides)) {
    // Ignored columns are no features, so the facts do not list them.
    if (kind === 'ignore' || known.includes(name)) continue;
    const near = closest(name, names);
    findings.error(['data', 'columns', name], {
      code: 'data',
      message: `the table has no column ${name}`,
      found: name,
      expected: `one of ${names.slice(0, 12).join(', ')}${names.length > 12 ? ' ...' : ''}`,
      fix: near === undefined ? 'correct the name, or remove it' : `did you mean ${near}?`,
      solve: [
        ...(near === undefined ? [] : [{ rename: ['data', 'columns', name], to: near }]),
        { remove: ['data', 'columns', name] },
      ],
    });
  }
}
