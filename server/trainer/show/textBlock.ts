import type { TextBlock, TextPiece } from '../../protocol/pretextPreview.ts';
import { specialTokens } from '../../protocol/tokens.ts';
import type { Tokenizer } from '../../training/data/text/tokenizer.ts';

/** What one network says about a batch of texts, in the shapes of `TokenGuesses`. */
export interface Guessed {
  /** [samples * length] */
  readonly original: Int32Array;
  readonly shown: Int32Array;
  readonly asked: Float32Array;
  /** [samples * length * guesses] */
  readonly tokens: Int32Array;
  readonly probabilities: Float32Array;
}

/** Tokens of a text that are drawn. */
const mostTokens = 64;

type Piece = Tokenizer['piece'];

/**
 * Texts as people read them: each as it is, what the encoder sees of it where that differs, and one line a network.
 * @param networks who guessed, in words ("the untrained network"), and what; all of the same texts
 */
export function guessedBlock(
  names: readonly string[],
  networks: readonly { readonly title: string; readonly guessed: Guessed }[],
  piece: Piece,
): TextBlock {
  const { original, shown } = networks[0]!.guessed;
  const length = original.length / names.length;
  return {
    kind: 'text',
    texts: names.map((title, sample) => {
      const cut = (ids: Int32Array): Int32Array => ids.subarray(sample * length, (sample + 1) * length);
      const [whole, seen] = [cut(original), cut(shown)];
      return {
        title,
        lines: [
          { title: 'text', pieces: plainPieces(whole, piece) },
          ...seenLine(whole, seen, piece),
          ...networks.map(({ title, guessed }) => ({
            title,
            pieces: guessedPieces(guessed, sample, length, piece),
          })),
        ],
      };
    }),
  };
}

/** Texts as they are, and what the encoder sees of them where that differs, for methods that guess nothing. */
export function plainBlock(
  names: readonly string[],
  values: Float32Array,
  piece: Piece,
  shown: Float32Array = values,
): TextBlock {
  const length = values.length / names.length;
  const cut = (ids: Float32Array, sample: number): Int32Array =>
    Int32Array.from(ids.subarray(sample * length, (sample + 1) * length));
  return {
    kind: 'text',
    texts: names.map((title, sample) => {
      const [whole, seen] = [cut(values, sample), cut(shown, sample)];
      return {
        title,
        lines: [{ title: 'text', pieces: plainPieces(whole, piece) }, ...seenLine(whole, seen, piece)],
      };
    }),
  };
}

/** The encoder's view of a text, where it differs. */
function seenLine(whole: Int32Array, seen: Int32Array, piece: Piece): TextBlock['texts'][number]['lines'] {
  const differs = seen.some((id, place) => id !== whole[place]);
  return differs ? [{ title: 'seen', pieces: seenPieces(whole, seen, piece) }] : [];
}

/** Padding, begin and end say nothing to a reader. */
const silent: readonly number[] = [specialTokens.padding, specialTokens.begin, specialTokens.end];

function plainPieces(ids: Int32Array, piece: Piece): TextPiece[] {
  return joined(
    shownPlaces(ids).map((place) => ({ text: piece(ids[place]!) })),
    ids,
  );
}

/** The encoder's view. Where tokens were deleted or moved, places mean nothing and only masks are marked. */
function seenPieces(whole: Int32Array, seen: Int32Array, piece: Piece): TextPiece[] {
  const aligned = seen.indexOf(0) === whole.indexOf(0) && (seen.at(-1) === 0) === (whole.at(-1) === 0);
  return joined(
    shownPlaces(seen).map((place) => {
      const id = seen[place]!;
      const masked = id === specialTokens.mask;
      const text = piece(id);
      return masked || (aligned && id !== whole[place]) ? { text, state: 'hidden' as const } : { text };
    }),
    seen,
  );
}

function guessedPieces(
  { original, asked, tokens, probabilities }: Guessed,
  sample: number,
  length: number,
  piece: Piece,
): TextPiece[] {
  const ids = original.subarray(sample * length, (sample + 1) * length);
  const count = tokens.length / original.length;
  return joined(
    shownPlaces(ids).map((place) => {
      const at = sample * length + place;
      if (asked[at] === 0) return { text: piece(ids[place]!) };
      const guesses = Array.from({ length: count }, (_, i) => ({
        text: piece(tokens[at * count + i]!),
        probability: probabilities[at * count + i]!,
      }));
      const right = tokens[at * count] === ids[place];
      return { text: guesses[0]!.text, state: right ? ('right' as const) : ('wrong' as const), guesses };
    }),
    ids,
  );
}

function shownPlaces(ids: Int32Array): number[] {
  return [...ids.keys()].filter((place) => !silent.includes(ids[place]!)).slice(0, mostTokens);
}

/** Neighbours that are shown as they are become one; dots say that there is more. */
function joined(pieces: readonly TextPiece[], ids: Int32Array): TextPiece[] {
  const out: TextPiece[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (piece.state === undefined && last !== undefined && last.state === undefined)
      out[out.length - 1] = { text: last.text + piece.text };
    else out.push(piece);
  }
  const more = ids.filter((id) => !silent.includes(id)).length > mostTokens;
  return more ? [...out, { text: ' …' }] : out;
}
