import assert from 'node:assert/strict';
import { test } from 'node:test';
import { previewText } from '../../../server/export/reportText.ts';
import type { TextBlock, TextPiece } from '../../../server/protocol/pretextPreview.ts';
import { type Guessed, guessedBlock, plainBlock } from '../../../server/trainer/show/textBlock.ts';

/** Token 5 is a, 6 b and so on. */
const piece = (id: number): string => (id === 1 ? ' [mask]' : ` ${String.fromCharCode(92 + id)}`);

const guessed = (original: number[], shown: number[], asked: number[], best: number[]): Guessed => ({
  original: Int32Array.from(original),
  shown: Int32Array.from(shown),
  asked: Float32Array.from(asked),
  tokens: Int32Array.from(best.flatMap((id) => [id, 9])),
  probabilities: Float32Array.from(best.flatMap(() => [0.75, 0.125])),
});

const line = (block: TextBlock, text: number, title: string): readonly TextPiece[] =>
  block.texts[text]!.lines.find((each) => each.title === title)!.pieces;

test('masked texts: what is hidden is marked, guesses say whether they are right, the rest is joined', () => {
  const original = [2, 5, 6, 7, 8, 3, 0, 2, 5, 6, 3, 0, 0, 0];
  const shown = [2, 5, 1, 7, 5, 3, 0, 2, 5, 6, 3, 0, 0, 0];
  const asked = [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const best = [0, 0, 6, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const block = guessedBlock(
    ['line 1', 'line 2'],
    [{ title: 'untrained', guessed: guessed(original, shown, asked, best) }],
    piece,
  );
  assert.deepEqual(line(block, 0, 'text'), [{ text: ' a b c d' }]);
  assert.deepEqual(line(block, 0, 'seen'), [
    { text: ' a' },
    { text: ' [mask]', state: 'hidden' },
    { text: ' c' },
    { text: ' a', state: 'hidden' },
  ]);
  const guesses = (text: string) => [
    { text, probability: 0.75 },
    { text: ' e', probability: 0.125 },
  ];
  assert.deepEqual(line(block, 0, 'untrained'), [
    { text: ' a' },
    { text: ' b', state: 'right', guesses: guesses(' b') },
    { text: ' c' },
    { text: ' c', state: 'wrong', guesses: guesses(' c') },
  ]);
  // Nothing is hidden in the second one.
  assert.deepEqual(
    block.texts[1]!.lines.map(({ title }) => title),
    ['text', 'untrained'],
  );
});

test('where tokens were deleted, places mean nothing: only masks are marked', () => {
  const all = [0, 1, 1, 1, 1, 0];
  const block = guessedBlock(
    ['x'],
    [{ title: 'guessed', guessed: guessed([2, 5, 6, 7, 8, 3], [2, 8, 1, 3, 0, 0], all, [0, 5, 6, 7, 8, 0]) }],
    piece,
  );
  assert.deepEqual(line(block, 0, 'seen'), [{ text: ' d' }, { text: ' [mask]', state: 'hidden' }]);
  assert.ok(line(block, 0, 'guessed').every(({ state }) => state === 'right'));
});

test('long texts end with dots; texts of methods that guess nothing are shown as they are', () => {
  const long = Float32Array.from([2, ...Array<number>(80).fill(5), 3]);
  const [pieces] = [line(plainBlock(['x'], long, piece), 0, 'text')];
  assert.equal(pieces.at(-1)!.text, ' …');
  assert.equal(pieces[0]!.text.match(/a/g)?.length, 64);
});

test('Markdown of a report: signs and probabilities, nothing of the text is taken for markup', () => {
  const block: TextBlock = {
    kind: 'text',
    texts: [
      {
        title: 'line 1',
        lines: [
          { title: 'text', pieces: [{ text: ' a|b *c*' }] },
          { title: 'seen', pieces: [{ text: 'a' }, { text: ' [mask]', state: 'hidden' }] },
          {
            title: 'guessed',
            pieces: [{ text: ' b', state: 'wrong', guesses: [{ text: ' b', probability: 0.416 }] }],
          },
        ],
      },
    ],
  };
  assert.equal(
    previewText(block),
    '| line 1 | |\n|---|---|\n| text | a\\|b \\*c\\* |\n| seen | a **\\[mask\\]** |\n| guessed | ✗**b** (42 %) |',
  );
});

test('methods without guesses show the text, and what their student sees where that differs', () => {
  const [texts, seen] = [
    [2, 5, 6, 3, 2, 7, 3, 0],
    [2, 1, 6, 3, 2, 7, 3, 0],
  ].map((ids) => Float32Array.from(ids)) as [Float32Array, Float32Array];
  const block = plainBlock(['x', 'y'], texts, piece, seen);
  assert.deepEqual(line(block, 0, 'seen'), [{ text: ' [mask]', state: 'hidden' }, { text: ' b' }]);
  assert.deepEqual(
    block.texts[1]!.lines.map(({ title }) => title),
    ['text'],
  );
});
