import * as z from 'zod';
import { path } from '../meta.ts';
import { defineDataKind } from './kind.ts';
import { listFiles, splitKeys } from './split.ts';

/** A column by name, or by its number from 1. */
const column = (description: string) =>
  z
    .union([z.string().min(1), z.int().min(1)])
    .transform(String)
    .meta({ description, expected: 'the name of a column, or its number from 1' });

const learntTokenizer = z
  .strictObject({
    train: z
      .enum(['words', 'bpe'])
      .describe(
        'words: the most frequent words, all others are unknown; best for few and short texts. bpe: frequent pieces of words, down to bytes, so that nothing is unknown.',
      ),
    vocabulary: z
      .int()
      .min(300)
      .max(65536)
      .describe('Most tokens it may have, 300 to 65536; the output of a language model is as wide.')
      .default(4000),
    lowercase: z.boolean().describe('Whether capital letters are made small.').default(true),
  })
  .describe('Learn a tokenizer from the training split; equal texts give an equal one.');

export const textDataSchema = z
  .strictObject({
    text: path(
      'The texts: a folder of .txt files (classes may be subfolders), a file with a text a line, or a CSV, TSV or JSONL file (all also .gz).',
      'a path to texts',
    ),
    column: column('CSV, TSV, JSONL: the column that holds the text.')
      .meta({ defaultText: 'the one called text, sentence or content, or the only one beside the label' })
      .optional(),
    label: column(
      'CSV, TSV, JSONL: the column that holds the class; it is never shown to the encoder. Folders have theirs by subfolder.',
    ).optional(),
    header: z
      .boolean()
      .describe('CSV, TSV: whether the first line names the columns; false where it is a text already.')
      .meta({ defaultText: 'true' })
      .optional(),
    tokenizer: z
      .union([path('`bytes`, or a tokenizer.json of Hugging Face.', 'bytes or a path'), learntTokenizer])
      .meta({
        description:
          'What a token is: `bytes`, the path of a Hugging Face `tokenizer.json`, or `{ train: words }` or `{ train: bpe }` to learn one from the training split.',
        expected: 'bytes, a path to a tokenizer.json, or a mapping with train: words or train: bpe',
        defaultText: '`bytes`',
      })
      .optional(),
    length: z
      .int()
      .min(4)
      .max(8192)
      .meta({
        description:
          'Tokens of a sample, begin and end included: longer texts are cut, shorter ones filled up. Time grows with it.',
        unit: 'tokens',
        defaultText: 'what 95 % of the texts need, at most 256',
      })
      .optional(),
    test: z
      .strictObject({ text: path('Texts of the test set, in the same form.', 'a path to texts') })
      .describe('A separate test set; without it `testFraction` of the texts is held out.')
      .optional(),
    ...splitKeys,
  })
  .describe('Texts, with or without labels.');

export type TextDataConfig = z.output<typeof textDataSchema>;

const textFiles = /\.(txt|text|md|csv|tsv|tab|jsonl|ndjson)(\.gz)?$/i;

export const text = defineDataKind({
  key: 'text',
  modality: 'text',
  words: ['text', 'texts'],
  schema: textDataSchema,
  pathKeys: [
    { path: ['text'], holds: 'either', files: textFiles },
    { path: ['tokenizer'], holds: 'file', files: /\.json$/i },
    { path: ['test', 'text'], holds: 'either', files: textFiles },
    { path: ['testList'], holds: 'file', files: listFiles },
  ],
  labelKey: 'label',
  labelFix: 'set data.label to the column that holds the class, or name a folder with class subfolders',
  labelSolutions: [],
  // A folder may have classes by subfolder: only the data tell.
  unlabelled: ({ text, label }) =>
    label === undefined && textFiles.test(text) ? 'no data.label' : undefined,
  shape: ({ length }) =>
    length === undefined ? undefined : { modality: 'text', shape: [length], vocabulary: 300 },
  typical: () => ({ modality: 'text', shape: [64], vocabulary: 300 }),
  lint({ length }, _config, findings, { text: facts }) {
    if (length === undefined || facts === undefined) return;
    if (facts.cut > 0.5)
      findings.warn(['data', 'length'], {
        code: 'data',
        message: 'most texts are cut',
        found: `length ${length}; ${Math.round(100 * facts.cut)} % of the texts are longer`,
        expected: `about ${facts.usual}, which keeps what matters of nearly all texts`,
        fix: `set data.length: ${facts.usual}`,
        solve: [{ set: ['data', 'length'], to: facts.usual }],
      });
    else if (length > 2 * Math.max(8, facts.longest + 2))
      findings.warn(['data', 'length'], {
        code: 'data',
        message: 'samples are longer than any text',
        found: `length ${length}; the longest of the texts looked at has ${facts.longest} tokens`,
        expected: `about ${facts.usual}: padding takes time and teaches nothing`,
        fix: `set data.length: ${facts.usual}`,
        solve: [{ set: ['data', 'length'], to: facts.usual }],
      });
  },
});
