import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { learnMerges } from './bytePairs.ts';
import type { TokenizerFile } from './tokenizer.ts';

export interface TrainTokenizer {
  /** `words`: the most frequent words; `bpe`: frequent pieces of words, down to bytes. */
  readonly train: 'words' | 'bpe';
  /** Most tokens it may have. */
  readonly vocabulary: number;
  readonly lowercase: boolean;
}

/** Texts of so many characters are enough to know what is frequent. */
const charactersRead = 20_000_000;

/**
 * Learns a tokenizer from texts: the same texts in the same order give the same file, on every machine. The file is a
 * tokenizer.json that Python's `tokenizers` reads too.
 */
export function trainTokenizer(texts: Iterable<string>, options: TrainTokenizer): TokenizerFile {
  const empty = options.train === 'words' ? wordsFile([], options) : bytePairFile({}, [], options);
  const counts = countWords(texts, new LibraryTokenizer(empty, {}));
  if (options.train === 'words') return wordsFile(frequentWords(counts, options.vocabulary - 1), options);
  const { tokens, merges } = learnMerges(counts, options.vocabulary);
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return bytePairFile(vocab, merges, options);
}

/** How often each word stands in the texts, split exactly as they will be when they are encoded. */
function countWords(texts: Iterable<string>, library: LibraryTokenizer): Map<string, number> {
  const counts = new Map<string, number>();
  let read = 0;
  for (const text of texts) {
    const normal = library.normalizer?.normalize(text) ?? text;
    for (const word of library.pre_tokenizer?.pre_tokenize(normal) ?? [normal])
      counts.set(word, (counts.get(word) ?? 0) + 1);
    read += text.length;
    if (read > charactersRead) break;
  }
  return counts;
}

/** The most frequent words that stand there twice at least, most frequent first, then by code unit. */
function frequentWords(counts: ReadonlyMap<string, number>, most: number): string[] {
  const repeated = [...counts].filter(([, count]) => count > 1);
  repeated.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return repeated.slice(0, most).map(([word]) => word);
}

const shell = { version: '1.0', truncation: null, padding: null, added_tokens: [], post_processor: null };
const lowercase = (on: boolean): object | null => (on ? { type: 'Lowercase' } : null);

/** Whole words as word pieces without continuation: a word is in the vocabulary or unknown. */
function wordsFile(words: readonly string[], options: TrainTokenizer): TokenizerFile {
  const unknown = '[UNK]';
  return {
    ...shell,
    normalizer: lowercase(options.lowercase),
    pre_tokenizer: { type: 'Whitespace' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(
        [unknown, ...words.filter((word) => word !== unknown)].map((w, id) => [w, id]),
      ),
    },
  };
}

function bytePairFile(
  vocab: Readonly<Record<string, number>>,
  merges: readonly (readonly [string, string])[],
  options: TrainTokenizer,
): TokenizerFile {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };
  return {
    ...shell,
    normalizer: lowercase(options.lowercase),
    pre_tokenizer: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}
