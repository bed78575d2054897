import { firstToken, specialTokens } from '../../../protocol/tokens.ts';

/** Turns texts into numbered tokens. Numbers are ours: token n of a file, or byte n, is n + firstToken. */
export interface Tokenizer {
  /** Number of different tokens, ours included. */
  readonly vocabulary: number;
  /** The tokens of a text, without begin and end. */
  encode(text: string): Iterable<number> & ArrayLike<number>;
  /** How a token reads, for people; a space in front where a word begins. */
  piece(id: number): string;
  /** `bytes`, or the content of a tokenizer.json: what a program that uses the encoder needs. */
  readonly file: 'bytes' | TokenizerFile;
  /** For people: "bytes", "2,000 words learnt here". */
  readonly words: string;
}

/** A Hugging Face `tokenizer.json`, as far as it is read here. */
export interface TokenizerFile {
  readonly model: { readonly type: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

const names = new Map<number, string>([
  [specialTokens.padding, ''],
  [specialTokens.mask, '[mask]'],
  [specialTokens.begin, '[begin]'],
  [specialTokens.end, '[end]'],
  [specialTokens.unknown, '[unknown]'],
]);

/** The name of one of our own tokens; undefined for those of a tokenizer. */
export function specialName(id: number): string | undefined {
  return names.get(id);
}

const encoder = new TextEncoder();

/** Every byte of the text's UTF-8 is a token: nothing is unknown, and nothing has to be learnt. */
export const bytes: Tokenizer = {
  vocabulary: firstToken + 256,
  encode(text) {
    const found = encoder.encode(text);
    return Uint16Array.from(found, (byte) => byte + firstToken);
  },
  piece(id) {
    const byte = id - firstToken;
    if (byte < 0) return specialName(id) ?? '';
    if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
    return byte === 0x0a ? '⏎' : byte === 0x09 ? '⇥' : `‹${byte.toString(16).padStart(2, '0')}›`;
  },
  file: 'bytes',
  words: 'bytes',
};

/** begin, as many tokens as fit, end, and padding: writes one sample of `out.length` tokens. @returns tokens cut off. */
export function packText(tokens: ArrayLike<number>, out: { length: number; [at: number]: number }): number {
  const kept = Math.max(0, Math.min(tokens.length, out.length - 2));
  out[0] = specialTokens.begin;
  for (let i = 0; i < kept; i++) out[i + 1] = tokens[i]!;
  if (out.length > 1) out[kept + 1] = specialTokens.end;
  for (let i = kept + 2; i < out.length; i++) out[i] = specialTokens.padding;
  return tokens.length - kept;
}
