import { readFileSync, statSync } from 'node:fs';
import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { firstToken, specialTokens } from '../../../protocol/tokens.ts';
import { DataError } from '../errors.ts';
import { specialName, type Tokenizer, type TokenizerFile } from './tokenizer.ts';

/** It is held in memory; those of large language models have some 20 MB. */
const largestFile = 256 * 2 ** 20;

/** Tokens of one text are looked up once. */
const remembered = 4096;

/** A tokenizer as Hugging Face's libraries write it: word pieces, byte-pair encoding or unigram. */
export function fileTokenizer(file: TokenizerFile, words: string): Tokenizer {
  const library = new LibraryTokenizer(file, {});
  const unknown = unknownId(library, file);
  const vocabulary = 1 + largestId(library) + firstToken;
  const pieces = new Map<number, string>();
  return {
    vocabulary,
    encode: (text) =>
      library
        .encode(text, { add_special_tokens: false })
        .ids.map((id) => (id === unknown || id === undefined ? specialTokens.unknown : id + firstToken)),
    piece(id) {
      const special = specialName(id);
      if (special !== undefined) return special === '' ? '' : ` ${special}`;
      let piece = pieces.get(id);
      if (piece === undefined) {
        piece = readable(library, file, id - firstToken);
        if (pieces.size < remembered) pieces.set(id, piece);
      }
      return piece;
    },
    file,
    words,
  };
}

/**
 * Reads a tokenizer.json. @throws DataError with key data.tokenizer when it is missing, is no JSON or no tokenizer.
 */
export function openTokenizerFile(path: string): Tokenizer {
  const key = ['data', 'tokenizer'];
  const wrong = (found: string): DataError =>
    new DataError({
      key,
      where: path,
      found,
      expected: "a tokenizer.json as Hugging Face's libraries write it",
      fix: 'Name such a file, or leave data.tokenizer out: bytes need none.',
    });
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > largestFile)
      throw wrong(`${Math.round(size / 2 ** 20).toLocaleString('en')} MB; no vocabulary needs so much`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof DataError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw wrong(code === 'ENOENT' ? 'no such file' : `a file that cannot be read (${code})`);
  }
  const json = parsed(text);
  if (text.trim() === '') throw wrong('an empty file');
  if (json === undefined) throw wrong('a file that is no JSON, or is cut off');
  if (typeof json !== 'object' || json === null || !isTokenizer(json))
    throw wrong('JSON without a model and its vocabulary');
  try {
    const tokenizer = fileTokenizer(json, `${json.model.type} tokens of ${path.split(/[\\/]/).at(-1)}`);
    tokenizer.encode('a');
    return tokenizer;
  } catch (error) {
    throw wrong(`a tokenizer that cannot be used (${(error as Error).message})`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function isTokenizer(json: object): json is TokenizerFile {
  const model = 'model' in json ? json.model : undefined;
  return (
    typeof model === 'object' &&
    model !== null &&
    'vocab' in model &&
    typeof model.vocab === 'object' &&
    model.vocab !== null &&
    'type' in model
  );
}

function largestId(library: LibraryTokenizer): number {
  let largest = 0;
  for (const id of library.get_vocab(true).values()) largest = Math.max(largest, id);
  return largest;
}

/** The number that stands for what the tokenizer does not know, undefined where it knows everything. */
function unknownId(library: LibraryTokenizer, { model }: TokenizerFile): number | undefined {
  if (typeof model.unk_id === 'number') return model.unk_id;
  return typeof model.unk_token === 'string' ? library.token_to_id(model.unk_token) : undefined;
}

/** A token as a person reads it: with a space in front where it begins a word. */
function readable(library: LibraryTokenizer, { model }: TokenizerFile, id: number): string {
  const token = library.id_to_token(id);
  if (token === undefined) return `‹${id}›`;
  if (token.startsWith('▁')) return ` ${token.slice(1)}`;
  if (model.type === 'WordPiece') {
    const prefix =
      typeof model.continuing_subword_prefix === 'string' ? model.continuing_subword_prefix : '##';
    return prefix !== '' && token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
  }
  if (model.type !== 'BPE') return token;
  const text = library.decode([id], { skip_special_tokens: false, clean_up_tokenization_spaces: false });
  return text.includes('\uFFFD') ? `‹${token}›` : text;
}
