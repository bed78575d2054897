import type { TextBlock, TextPiece } from '../../server/protocol/pretextPreview.ts';
import { cut, h } from '../dom.ts';

/** Texts, each as lines below each other: as it is, what the encoder sees, what networks say is hidden. */
export function textBlock({ texts }: TextBlock): HTMLElement {
  return h(
    'section',
    {
      class: 'preview-texts scroll-x',
      tabindex: 0,
      'aria-label': 'Texts with what is hidden and guessed in them',
    },
    ...texts.map(({ title, lines }) =>
      h(
        'div',
        { class: 'preview-text' },
        h('h2', {}, cut(title)),
        h(
          'dl',
          {},
          ...lines.flatMap((line) => [
            h('dt', {}, line.title),
            h('dd', {}, ...flush(line.pieces).map(pieceOf)),
          ]),
        ),
      ),
    ),
  );
}

/** Tokens begin with the space before them; at the start of a line it would only shift the text. */
function flush([first, ...more]: readonly TextPiece[]): TextPiece[] {
  return first === undefined ? [] : [{ ...first, text: first.text.trimStart() }, ...more];
}

/** Colour is never all that tells: masks are named, guesses carry a sign and their probability. */
function pieceOf({ text, state, guesses = [] }: TextPiece): HTMLElement | string {
  if (state === undefined) return text;
  const space = /^\s*/.exec(text)?.[0] ?? '';
  const word = text.slice(space.length);
  const [best] = guesses;
  const title = guesses.map((guess) => `${guess.text.trim()} ${percent(guess.probability)}`).join(', ');
  return h(
    'span',
    {},
    space,
    h(
      'mark',
      { class: `piece ${state}`, ...(title !== '' && { title }) },
      state === 'hidden' ? '' : h('span', { 'aria-hidden': 'true' }, state === 'right' ? '✓' : '✗'),
      state === 'hidden'
        ? ''
        : h('span', { class: 'hidden-visually' }, state === 'right' ? 'right: ' : 'wrong: '),
      word,
      best === undefined ? '' : h('small', {}, ` ${percent(best.probability)}`),
    ),
  );
}

function percent(share: number): string {
  if (share < 0.005) return '< 1 %';
  return `${Math.round(100 * share)} %`;
}
