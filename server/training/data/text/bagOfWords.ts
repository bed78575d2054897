import type { RawInput } from '../dataset.ts';

/** Words that are counted: the most frequent ones of the training split. */
const mostWords = 2000;
/** Texts of so many characters are enough to know which they are. */
const charactersRead = 20_000_000;

interface Vocabulary {
  readonly places: ReadonlyMap<string, number>;
  /** log((1 + texts) / (1 + texts with the word)) + 1, as scikit-learn does. */
  readonly rarity: Float32Array;
}

/**
 * What the words of a text say without any encoder: tf-idf of the most frequent words of the training split, each text
 * of length 1. Learnt when it is first read.
 */
export function bagOfWords(text: (index: number) => string, train: Int32Array): RawInput {
  let learnt: Vocabulary | undefined;
  return {
    words: `tf-idf of the ${mostWords.toLocaleString('en')} most frequent words of the training split`,
    size: mostWords,
    async read(indices) {
      learnt ??= learn(text, train);
      const values = new Float32Array(indices.length * mostWords);
      indices.forEach((index, row) => {
        write(values.subarray(row * mostWords, (row + 1) * mostWords), text(index), learnt!);
      });
      return values;
    },
  };
}

function learn(text: (index: number) => string, train: Int32Array): Vocabulary {
  const texts = new Map<string, number>();
  let [read, seen] = [0, 0];
  for (const index of train) {
    const content = text(index);
    for (const word of new Set(wordsOf(content))) texts.set(word, (texts.get(word) ?? 0) + 1);
    read += content.length;
    seen++;
    if (read > charactersRead) break;
  }
  const frequent = [...texts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, mostWords);
  return {
    places: new Map(frequent.map(([word], place) => [word, place])),
    rarity: Float32Array.from(frequent, ([, count]) => Math.log((1 + seen) / (1 + count)) + 1),
  };
}

function write(row: Float32Array, text: string, { places, rarity }: Vocabulary): void {
  for (const word of wordsOf(text)) {
    const place = places.get(word);
    if (place !== undefined) row[place]! += rarity[place]!;
  }
  const length = Math.hypot(...row.filter((value) => value !== 0));
  if (length > 0) for (let i = 0; i < row.length; i++) row[i]! /= length;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
