import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../server/packageRoot.ts';
import { firstToken, specialTokens } from '../../../server/protocol/tokens.ts';
import { byteAlphabet, learnMerges } from '../../../server/training/data/text/bytePairs.ts';
import { fileTokenizer, openTokenizerFile } from '../../../server/training/data/text/fileTokenizer.ts';
import { bytes, packText, type Tokenizer } from '../../../server/training/data/text/tokenizer.ts';
import { trainTokenizer } from '../../../server/training/data/text/trainTokenizer.ts';
import { temporaryFolder } from './fixtures.ts';

const folder = path.join(packageRoot(), 'test/fixtures/tokenizers');
const reference = JSON.parse(readFileSync(path.join(folder, 'reference.json'), 'utf8')) as {
  texts: string[];
  ids: Record<string, number[][]>;
  merges: [string, string][];
};
const trainingTexts = reference.texts.slice(0, 8);
const unknownOf: Record<string, number> = { wordpiece: 1, unigram: 1 };

for (const name of ['wordpiece', 'bpe', 'unigram'])
  test(`${name}: the ids of Python's tokenizers, moved behind ours`, () => {
    const tokenizer = openTokenizerFile(path.join(folder, `${name}.json`));
    reference.texts.forEach((text, i) => {
      const expected = reference.ids[name]![i]!.map((id) =>
        id === unknownOf[name] ? specialTokens.unknown : id + firstToken,
      );
      assert.deepEqual([...tokenizer.encode(text)], expected, text);
    });
    assert.ok(
      reference.texts.every((text) => [...tokenizer.encode(text)].every((id) => id < tokenizer.vocabulary)),
    );
  });

const reads = (tokenizer: Tokenizer, text: string): string =>
  Array.from(tokenizer.encode(text), tokenizer.piece).join('');

test('pieces read like the text they come from', () => {
  const text = 'a large area of land';
  assert.equal(reads(bytes, text), text);
  for (const name of ['wordpiece', 'unigram'])
    assert.equal(reads(openTokenizerFile(path.join(folder, `${name}.json`)), text), ` ${text}`);
  assert.equal(reads(openTokenizerFile(path.join(folder, 'bpe.json')), text), text);
  assert.equal(reads(bytes, 'é\n'), '‹c3›‹a9›⏎');
  assert.equal(bytes.piece(specialTokens.mask), '[mask]');
});

test('bytes: the UTF-8 of a text, behind our own numbers', () => {
  assert.equal(bytes.vocabulary, 261);
  assert.deepEqual([...bytes.encode('Aé')], [65 + 5, 0xc3 + 5, 0xa9 + 5]);
  assert.deepEqual([...bytes.encode('')], []);
});

test('a sample is begin, what fits, end and padding', () => {
  const out = new Int32Array(6).fill(99);
  assert.equal(packText([7, 8], out), 0);
  assert.deepEqual([...out], [2, 7, 8, 3, 0, 0]);
  assert.equal(packText([5, 6, 7, 8, 9, 10], out), 2);
  assert.deepEqual([...out], [2, 5, 6, 7, 8, 3]);
  assert.equal(packText([], out), 0);
  assert.deepEqual([...out], [2, 3, 0, 0, 0, 0]);
});

test("byte pairs learnt here are those that Python's tokenizers learns", () => {
  const file = trainTokenizer(trainingTexts, { train: 'bpe', vocabulary: 340, lowercase: true });
  assert.deepEqual(file.model.merges, reference.merges);
  assert.deepEqual(trainTokenizer(trainingTexts, { train: 'bpe', vocabulary: 340, lowercase: true }), file);
  const tokenizer = fileTokenizer(file, 'learnt');
  assert.ok(tokenizer.vocabulary <= 340 + firstToken);
  assert.equal(reads(tokenizer, 'A bone grows'), ' a bone grows');
  // Down to bytes, so that nothing is unknown.
  assert.ok(![...tokenizer.encode('東京 qqq')].includes(specialTokens.unknown));
});

test('the most frequent neighbours are joined first; a pair that stands there once is not', () => {
  const { tokens, merges } = learnMerges(
    new Map([
      ['ababc', 2],
      ['abd', 1],
      ['xy', 1],
    ]),
    1000,
  );
  assert.deepEqual(merges, [
    ['a', 'b'],
    ['ab', 'c'],
    ['ab', 'abc'],
  ]);
  assert.ok(!merges.some(([left, right]) => left + right === 'xy'));
  assert.equal(tokens.length, 256 + merges.length);
  assert.deepEqual(byteAlphabet().length, new Set(byteAlphabet()).size);
});

test('words: the most frequent ones, twice at least, in a fixed order; others are unknown', () => {
  const texts = ['The cat and the dog.', 'the cat sat', 'a dog barked', 'cat'];
  const file = trainTokenizer(texts, { train: 'words', vocabulary: 4, lowercase: true });
  assert.deepEqual(file.model.vocab, { '[UNK]': 0, cat: 1, the: 2, dog: 3 });
  const tokenizer = fileTokenizer(file, '4 words');
  const { unknown } = specialTokens;
  assert.deepEqual([...tokenizer.encode('THE cats sat; dog')], [2 + 5, unknown, unknown, unknown, 3 + 5]);
  const cased = trainTokenizer(texts, { train: 'words', vocabulary: 10, lowercase: false });
  assert.deepEqual(Object.keys(cased.model.vocab as object), ['[UNK]', 'cat', 'dog', 'the']);
});

test('a tokenizer that is missing, no JSON, or no tokenizer: one message each', (t) => {
  const place = temporaryFolder(t);
  const at = (name: string, content?: string): (() => Tokenizer) => {
    const file = path.join(place, name);
    if (content !== undefined) writeFileSync(file, content);
    return () => openTokenizerFile(file);
  };
  assert.throws(at('none.json'), /none\.json: found no such file; expected a tokenizer\.json/);
  assert.throws(at('cut.json', '{"model": {'), /found a file that is no JSON/);
  assert.throws(at('other.json', '{"name": "x"}'), /found JSON without a model/);
  assert.throws(at('model.json', '{"model": {"type": "Magic", "vocab": {}}}'), /cannot be used/);
});
