import { DataError } from '../errors.ts';
import { hashOf } from '../fingerprint.ts';
import { type EncodedLabels, encodeLabels } from '../labels.ts';
import type { TextSource } from './textFile.ts';

/** Training texts, then test texts. */
export function joinTexts(main: TextSource, test: TextSource): TextSource {
  const of = <T>(index: number, ask: (source: TextSource, index: number) => T): T =>
    index < main.count ? ask(main, index) : ask(test, index - main.count);
  return {
    count: main.count + test.count,
    format: main.format,
    skipped: [
      ...main.skipped,
      ...test.skipped.map(({ name, reason }) => ({ name: `test: ${name}`, reason })),
    ],
    notes: [...main.notes, ...test.notes.map((note) => `test texts: ${note}`)],
    fingerprint: hashOf([main.fingerprint, test.fingerprint]),
    read: (index) => of(index, (source, i) => source.read(i)),
    name: (index) => (index < main.count ? main.name(index) : `test: ${test.name(index - main.count)}`),
    origin: (index) => of(index, (source, i) => source.origin(i)),
    close() {
      main.close();
      test.close();
    },
  };
}

/** More classes than this are no classes. */
const classLimit = 1000;

/**
 * The labels of all parts together, classes in the order of all kinds of data.
 * @param where what to name in a message
 */
export function labelsOf(parts: readonly TextSource[], where: string): EncodedLabels | undefined {
  if (parts.every(({ labels }) => labels === undefined)) return undefined;
  const [main, test] = parts;
  const known = new Set(main!.labels?.names);
  const strange = main!.labels && test?.labels?.names.find((name) => !known.has(name));
  if (strange !== undefined)
    throw new DataError({
      key: ['data', 'test', 'text'],
      where,
      found: `the class "${strange}"`,
      expected: 'only classes of the training texts',
      fix: 'Check that both sets are labelled alike.',
    });
  const names = [...new Set(parts.flatMap(({ labels }) => labels?.names ?? []))];
  if (names.length > classLimit)
    throw new DataError({
      key: ['data', 'label'],
      where,
      found: `${names.length.toLocaleString('en')} different values, e.g. ${names[0]!.slice(0, 60)}`,
      expected: `classes, at most ${classLimit.toLocaleString('en')}`,
      fix: 'Choose the column that holds the class, or leave data.label out.',
    });
  const { labels: numbers, classes } = encodeLabels(names);
  const numberOf = new Map(names.map((name, i) => [name, numbers[i]!]));
  const labels = parts.flatMap(({ labels, count }) => {
    if (labels === undefined) return [new Int32Array(count).fill(-1)];
    const byCode = labels.names.map((name) => numberOf.get(name)!);
    return [labels.codes.map((code) => (code < 0 ? -1 : byCode[code]!))];
  });
  const all = new Int32Array(labels.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of labels) {
    all.set(part, at);
    at += part.length;
  }
  return { labels: all, classes };
}
