export interface LearntMerges {
  /** All tokens by number: the 256 bytes, then one a merge. */
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
}

/** Two neighbours of a word, as one number: tokens are below 2^21, so that it stays exact. */
const pairKey = (left: number, right: number): number => left * 2 ** 21 + right;

/**
 * Byte-pair encoding (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909): joins the most frequent neighbours, of
 * equal frequency those with the lower numbers, until there are `vocabulary` tokens or no pair stands there twice.
 * @param counts words, each character a byte as GPT-2's byte-level alphabet writes it, and how often they occur
 */
export function learnMerges(counts: ReadonlyMap<string, number>, vocabulary: number): LearntMerges {
  const tokens = byteAlphabet();
  const numbers = new Map(tokens.map((token, number) => [token, number]));
  const words: number[][] = [];
  const weights: number[] = [];
  for (const [word, count] of counts) {
    words.push([...word].map((character) => numbers.get(character)!));
    weights.push(count);
  }
  const pairs = new Map<number, number>();
  const where = new Map<number, Set<number>>();
  const change = (word: number, by: 1 | -1): void => {
    const symbols = words[word]!;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const key = pairKey(symbols[i]!, symbols[i + 1]!);
      pairs.set(key, (pairs.get(key) ?? 0) + by * weights[word]!);
      if (by < 0) continue;
      const found = where.get(key);
      if (found === undefined) where.set(key, new Set([word]));
      else found.add(word);
    }
  };
  for (const word of words.keys()) change(word, 1);

  const merges: (readonly [string, string])[] = [];
  while (tokens.length < vocabulary) {
    const best = mostFrequent(pairs);
    if (best === undefined) break;
    const [left, right] = [Math.floor(best / 2 ** 21), best % 2 ** 21];
    merges.push([tokens[left]!, tokens[right]!]);
    const joined = tokens.push(tokens[left]! + tokens[right]!) - 1;
    for (const word of where.get(best) ?? []) {
      change(word, -1);
      words[word] = join(words[word]!, left, right, joined);
      change(word, 1);
    }
    pairs.delete(best);
    where.delete(best);
  }
  return { tokens, merges };
}

/** The pair with the highest count of at least 2; of several the one with the lowest numbers. */
function mostFrequent(pairs: ReadonlyMap<number, number>): number | undefined {
  let best: number | undefined;
  let most = 1;
  for (const [key, count] of pairs) {
    if (count < most || count < 2 || (count === most && best !== undefined && key > best)) continue;
    best = key;
    most = count;
  }
  return best;
}

function join(symbols: readonly number[], left: number, right: number, joined: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      out.push(joined);
      i++;
    } else out.push(symbols[i]!);
  }
  return out;
}

/**
 * The characters that stand for the 256 bytes: printable ones for themselves, the others from 256 on, in the order of
 * their code points.
 */
export function byteAlphabet(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const themselves = bytes.filter(printable).map((byte) => String.fromCharCode(byte));
  const others = bytes.filter((byte) => !printable(byte)).map((_, i) => String.fromCharCode(256 + i));
  return [...themselves, ...others];
}
