import { statSync } from 'node:fs';
import path from 'node:path';
import type { DataFacts } from '../../protocol/trainer.ts';
import { readHead, tableHead } from '../fileHeads.ts';
import { formatValue } from '../words.ts';
import { type DataFinder, defineFinder, type FoundData, type Listing, listFolder } from './finder.ts';
import { labelName, testName } from './names.ts';
import { labelLines, trainingLines } from './training.ts';

export interface TextFacts extends FoundData {
  readonly modality: 'text';
  readonly column?: string;
  /** The column that is probably the class; `folders` where subfolders are classes. */
  readonly label?: string;
  readonly test?: string;
}

const textFile = /\.(txt|text|md)(\.gz)?$/i;
const columnsFile = /\.(csv|tsv|tab|jsonl|ndjson)(\.gz)?$/i;
/** Files of a project, not of its data. */
const projectFile = /^(readme|license|licence|notice|copying|changelog|requirements|authors|contributing)/i;
const textColumn = /^(text|sentence|content|document|body|review|comment|abstract|gloss|description)$/i;

export const text: DataFinder = defineFinder<TextFacts>({
  modality: 'text',
  findIn: (listing) => findFolder(listing) ?? findColumn(listing) ?? findLines(listing),
  findFile(folder, name) {
    const listing = { folder, files: [name], folders: [] };
    return findColumn(listing) ?? findLines(listing, true);
  },
  headline: ({ format, count }) =>
    `Texts: ${format}${count === undefined ? '' : `, about ${count.toLocaleString('en-US')} of them`}.`,
  lines,
});

/** A folder of text files, or of class folders of them. */
function findFolder({ folder, files, folders }: Listing): TextFacts | undefined {
  const texts = textsOf(files);
  if (texts.length >= 20)
    return { modality: 'text', path: folder, format: 'text files', count: texts.length };
  const below = folders.map((name) => ({
    name,
    count: textsOf(listFolder(path.join(folder, name)).files).length,
  }));
  const full = below.filter(({ count }) => count >= 5);
  if (full.length < 2 || full.length < below.length / 2) return undefined;
  const count = full.reduce((sum, each) => sum + each.count, 0);
  const parts = full.filter(({ name }) => /^(train|test|val(id(ation)?)?)$/i.test(name));
  if (parts.length === full.length) {
    const main = parts.find(({ name }) => /^train$/i.test(name)) ?? parts[0]!;
    const inside = findFolder(listFolder(path.join(folder, main.name)));
    const test = parts.find(({ name }) => name !== main.name && testName.test(name));
    return inside && { ...inside, ...(test && { test: path.join(folder, test.name) }) };
  }
  return { modality: 'text', path: folder, format: 'text files in class folders', count, label: 'folders' };
}

function textsOf(files: readonly string[]): string[] {
  return files.filter((name) => textFile.test(name) && !projectFile.test(name));
}

/** A table one of whose columns holds text, and few others hold anything. */
function findColumn({ folder, files }: Listing): TextFacts | undefined {
  const found = files
    .filter((name) => columnsFile.test(name) && !testName.test(name))
    .flatMap((name) => {
      const { columns, count } = tableHead(path.join(folder, name));
      const column =
        columns.find((each) => textColumn.test(each)) ?? longColumn(path.join(folder, name), columns);
      if (column === undefined || columns.length > 8) return [];
      return [{ name, column, columns, count }];
    });
  const [main] = found.sort((a, b) => sizeOf(folder, b.name) - sizeOf(folder, a.name));
  if (main === undefined) return undefined;
  const label = main.columns.find((name) => name !== main.column && labelName.test(name));
  const test = files.find((name) => columnsFile.test(name) && testName.test(name));
  return {
    modality: 'text',
    path: path.join(folder, main.name),
    format: `column ${main.column} of ${main.name}`,
    ...(main.count !== undefined && { count: main.count }),
    column: main.column,
    ...(label !== undefined && { label }),
    ...(test !== undefined && { test: path.join(folder, test) }),
  };
}

/** Rows of the head that are looked at. */
const rowsSeen = 50;

/** The only column of a CSV or TSV file that mostly holds several words, where there is one. */
function longColumn(file: string, columns: readonly string[]): string | undefined {
  if (columns.length > 4 || !/\.(csv|tsv|tab)(\.gz)?$/i.test(file)) return undefined;
  const [header = '', ...rows] = readHead(file).toString('utf8').split(/\r?\n/);
  const delimiter = header.includes('\t') ? '\t' : ',';
  const cells = rows
    .slice(0, rowsSeen)
    .map((row) => row.split(delimiter))
    .filter((row) => row.length >= columns.length);
  if (cells.length < 5) return undefined;
  const long = columns.filter((_, i) => {
    const wordy = cells.filter((row) => (row[i]?.trim().split(/\s+/).length ?? 0) >= 4);
    return wordy.length > cells.length / 2;
  });
  return long.length === 1 ? long[0] : undefined;
}

/** Less than this is a note, no corpus. */
const leastBytes = 10_000;

/** One large file with a text a line; any that the user named. */
function findLines({ folder, files }: Listing, named = false): TextFacts | undefined {
  const texts = textsOf(files).filter((name) => named || sizeOf(folder, name) >= leastBytes);
  const main =
    texts.find((name) => /train/i.test(name)) ?? texts.find((name) => !testName.test(name)) ?? texts[0];
  if (main === undefined) return undefined;
  const test = texts.find((name) => name !== main && testName.test(name));
  return {
    modality: 'text',
    path: path.join(folder, main),
    format: `lines of ${main}`,
    ...(test !== undefined && { test: path.join(folder, test) }),
  };
}

function sizeOf(folder: string, name: string): number {
  return statSync(path.join(folder, name)).size;
}

function lines(
  { path: where, column, label, test, count }: TextFacts,
  relative: (file: string) => string,
  opened: DataFacts | undefined,
): string[] {
  const labelled = opened ? opened.classes !== undefined : label !== undefined;
  return [
    'data:',
    `  text: ${relative(where)}`,
    ...(column === undefined ? [] : [`  column: ${formatValue(column)}`]),
    ...(label === 'folders' && column === undefined
      ? ['  # the class folders are the labels']
      : label !== undefined
        ? [`  label: ${formatValue(label)} # the class; never shown to the encoder`]
        : column === undefined
          ? []
          : ['  # label: name # the column that holds the class, if there is one']),
    '  tokenizer: { train: words, vocabulary: 4000 } # or { train: bpe }, bytes, or a tokenizer.json',
    opened === undefined
      ? '  # length: 64 # tokens of a sample; default: what 95 % of the texts need'
      : `  length: ${opened.shape[0]} # tokens of a sample; longer texts are cut`,
    test === undefined
      ? '  testFraction: 0.2 # held out, never trained on'
      : `  test: { text: ${relative(test)} }`,
    '',
    'encoder: { type: transformer, width: 128, depth: 2 }',
    'pretext:',
    '  method: mlm # or simcse, tsdae; clm with encoder.attention: causal',
    '  maskRatio: 0.3 # of short texts and in small networks more than the 0.15 of the paper',
    '',
    ...trainingLines(opened?.train ?? count),
    ...labelLines(labelled, 'data.label', opened),
  ];
}
