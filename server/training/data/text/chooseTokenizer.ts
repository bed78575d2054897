import { DataError } from '../errors.ts';
import { fileTokenizer, openTokenizerFile } from './fileTokenizer.ts';
import { bytes, type Tokenizer } from './tokenizer.ts';
import { type TrainTokenizer, trainTokenizer } from './trainTokenizer.ts';

/** What `data.tokenizer` says: bytes, the path of a tokenizer.json, or what to learn. */
export type TokenizerOptions = string | TrainTokenizer;

/** Opens or learns the tokenizer of some texts. The training split alone is learnt from. */
export function openTokenizer(
  options: TokenizerOptions | undefined,
  text: (index: number) => string,
  train: Int32Array,
  where: string,
): Tokenizer {
  if (options === undefined || options === 'bytes') return bytes;
  if (typeof options === 'string') return openTokenizerFile(options);
  const file = trainTokenizer(textsOf(text, train), options);
  const count = Object.keys(file.model.vocab as object).length;
  if (count < 2)
    throw new DataError({
      key: ['data', 'tokenizer'],
      where,
      found: 'no word that stands there twice',
      expected: 'texts that share words',
      fix: 'Use more texts, or tokenizer: bytes.',
    });
  const what = options.train === 'words' ? 'words' : 'byte pairs';
  return fileTokenizer(file, `${count.toLocaleString('en')} ${what} learnt from the training split`);
}

function* textsOf(text: (index: number) => string, train: Int32Array): Generator<string> {
  for (const index of train) yield text(index);
}
