import type { TextBlock, TextPiece } from '../protocol/pretextPreview.ts';

/** Texts of a report; more are in `previews/`. */
const most = 6;

/** Texts with what is hidden and guessed in them, as Markdown: a table a text. */
export function previewText({ texts }: TextBlock): string {
  return texts
    .slice(0, most)
    .map(({ title, lines }) =>
      [
        `| ${escaped(title)} | |`,
        '|---|---|',
        ...lines.map(
          ({ title, pieces }) => `| ${escaped(title)} | ${pieces.map(markdown).join('').trim()} |`,
        ),
      ].join('\n'),
    )
    .join('\n\n');
}

function markdown({ text, state, guesses }: TextPiece): string {
  const [, space = '', word = ''] = /^(\s*)(.*?)\s*$/s.exec(text) ?? [];
  if (state === undefined) return escaped(text);
  if (state === 'hidden') return `${space}**${escaped(word)}**`;
  const probability = guesses?.[0] === undefined ? '' : ` (${Math.round(100 * guesses[0].probability)} %)`;
  return `${space}${state === 'right' ? '✓' : '✗'}**${escaped(word)}**${probability}`;
}

function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|]/g, (character) => `\\${character}`).replace(/\s+/g, ' ');
}
