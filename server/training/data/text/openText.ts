import { statSync } from 'node:fs';
import { firstToken, specialTokens } from '../../../protocol/tokens.ts';
import { DataError } from '../errors.ts';
import { hashOf } from '../fingerprint.ts';
import { requireReadable } from '../images/detect.ts';
import type { OpenedText } from '../opened.ts';
import type { DataOptions } from '../options.ts';
import { choose, splitSamples } from '../split.ts';
import { splitByList } from '../testList.ts';
import { bagOfWords } from './bagOfWords.ts';
import { openTokenizer } from './chooseTokenizer.ts';
import { joinTexts, labelsOf } from './joinTexts.ts';
import { measureLengths, type TextLengths } from './lengths.ts';
import type { TextColumns } from './recordReader.ts';
import { openTextFile, type TextSource } from './textFile.ts';
import { openTextFolder } from './textFolder.ts';
import type { Tokenizer } from './tokenizer.ts';
import { TextLoader, TokenTable } from './tokenTable.ts';

/** Opens texts, and their separate test set if there is one: where they lie, their labels and their tokenizer. */
export async function openText(where: string, data: DataOptions, seed: number): Promise<OpenedText> {
  const columns: TextColumns = { column: data.column, label: data.label, header: data.header };
  const main = await openSource(where, columns, ['data', 'text']);
  const test =
    data.test?.text === undefined
      ? undefined
      : await openSource(data.test.text, columns, ['data', 'test', 'text']);
  const source = test === undefined ? main : joinTexts(main, test);
  const labels = labelsOf([main, ...(test === undefined ? [] : [test])], data.test?.text ?? where);
  const chosen = choose(main.count, data.limit, seed);
  const split =
    test !== undefined
      ? { train: chosen, test: Int32Array.from({ length: test.count }, (_, i) => main.count + i) }
      : data.testList === undefined
        ? splitSamples(chosen, data.testFraction, seed, labels?.labels)
        : splitByList(data.testList, chosen, main.count, (index) => main.name(index));
  if (split.train.length === 0)
    throw new DataError({
      key: ['data', 'text'],
      where,
      found: `${main.count} texts, all of them held out`,
      expected: 'texts to train on',
      fix: 'Lower data.testFraction, or add texts.',
    });
  const tokenizer = openTokenizer(data.tokenizer, (index) => source.read(index), split.train, where);
  const lengths = measureLengths(tokenizer, (index) => source.read(index), split.train);
  const length = data.length ?? lengths.usual;
  const { column, label, header, testFraction, limit } = data;
  const facts = hashOf([
    source.fingerprint,
    labels === undefined ? [] : [Array.from(labels.labels), labels.classes],
    data.testList === undefined ? [] : [Array.from(split.test)],
    tokenizer.file,
    { column, label, header, length, testFraction, limit, seed },
  ]);
  return opened(
    source,
    { tokenizer, length, lengths, data, columns, fingerprint: facts },
    {
      split,
      ...labels,
      notes: lengthNotes(lengths, length),
    },
  );
}

/** Other texts for an encoder that was trained on these: the same tokenizer and length. */
async function openLike(input: string, trained: Trained): Promise<OpenedText> {
  const { tokenizer } = trained;
  const bare = { ...trained.columns, label: undefined };
  const source = await openSource(input, trained.columns, ['data', 'text']).catch((error: unknown) => {
    // Labels are welcome but not needed.
    if (error instanceof DataError && error.problem.key.at(-1) === 'label')
      return openSource(input, bare, ['data', 'text']);
    throw error;
  });
  const labels = labelsOf([source], input);
  const train = Int32Array.from({ length: source.count }, (_, i) => i);
  const lengths = measureLengths(tokenizer, (index) => source.read(index), train);
  const fingerprint = hashOf([source.fingerprint, tokenizer.file, trained.length]);
  return opened(
    source,
    { ...trained, lengths, fingerprint },
    {
      split: { train, test: new Int32Array(0) },
      ...labels,
      notes: lengthNotes(lengths, trained.length),
    },
  );
}

interface Trained {
  readonly tokenizer: Tokenizer;
  readonly length: number;
  readonly lengths: TextLengths;
  readonly data: DataOptions;
  readonly columns: TextColumns;
  readonly fingerprint: string;
}

function opened(
  source: TextSource,
  trained: Trained,
  { notes, ...rest }: Pick<OpenedText, 'split' | 'labels' | 'classes' | 'notes'>,
): OpenedText {
  const { tokenizer, length, lengths, fingerprint } = trained;
  const text = (index: number): string => source.read(index);
  const table = new TokenTable(tokenizer, text, source.count, length);
  const inClasses = rest.classes === undefined ? '' : ` in ${rest.classes.length} classes`;
  const left = source.skipped.length === 0 ? '' : `, ${source.skipped.length.toLocaleString('en')} skipped`;
  return {
    kind: 'text',
    sample: { modality: 'text', shape: [length], vocabulary: tokenizer.vocabulary },
    count: source.count,
    ...rest,
    skipped: source.skipped,
    mean: [],
    std: [],
    fingerprint,
    summary: `${source.count.toLocaleString('en')} texts${inClasses} (${source.format}), ${length} tokens each (${tokenizer.words})${left}`,
    notes: [...source.notes, ...notes],
    recipe: { vocabulary: String(tokenizer.vocabulary), tokens: tokenWords(tokenizer) },
    tokenizer,
    lengths,
    text,
    rawInput: bagOfWords(text, rest.split.train),
    name: (index) => source.name(index),
    origin: (index) => source.origin(index),
    loader: () => new TextLoader(table),
    like: (input) => openLike(input, trained),
    close: () => source.close(),
  };
}

async function openSource(where: string, columns: TextColumns, key: readonly string[]): Promise<TextSource> {
  requireReadable(where, key);
  if (!statSync(where).isDirectory()) return openTextFile(where, columns, key);
  const given = (['column', 'label', 'header'] as const).find((name) => columns[name] !== undefined);
  if (given === undefined) return openTextFolder(where, key);
  throw new DataError({
    key: ['data', given],
    where,
    found: `data.${given} for a folder`,
    expected: 'a CSV, TSV or JSONL file, whose columns have names',
    fix: 'Remove it: the labels of a folder are its subfolders.',
  });
}

/** What a reader of the log should know about long texts. */
function lengthNotes({ cut, seen, longest }: TextLengths, length: number): string[] {
  const share = cut(length);
  if (share === 0) return [];
  const percent = share < 0.01 ? 'less than 1' : Math.round(100 * share);
  return [
    `${percent} % of the texts are longer than ${length - 2} tokens (of ${seen.toLocaleString('en')} looked at, the longest has ${longest.toLocaleString('en')}): their ends are not seen`,
  ];
}

/** How a text becomes numbers, for whoever uses the encoder elsewhere. */
function tokenWords({ file }: Tokenizer): string {
  const { padding, mask, begin, end, unknown } = specialTokens;
  const what =
    file === 'bytes'
      ? `byte b of the text's UTF-8 is b + ${firstToken}`
      : `id n of tokenizer.json, without special tokens, is n + ${firstToken}; its unknown token is ${unknown}`;
  return `${what}. A sample is ${begin} (begin), the tokens that fit, ${end} (end), then ${padding} (padding) up to the length; ${mask} is the mask.`;
}
