import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createWriteStream, truncateSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { packageRoot } from '../../../server/packageRoot.ts';
import { specialTokens } from '../../../server/protocol/tokens.ts';
import { openDataset } from '../../../server/training/data/open.ts';
import type { OpenedText } from '../../../server/training/data/opened.ts';
import type { DataOptions } from '../../../server/training/data/options.ts';
import { splitCells } from '../../../server/training/data/text/records.ts';
import { openTextFile } from '../../../server/training/data/text/textFile.ts';
import { bytes } from '../../../server/training/data/text/tokenizer.ts';
import { TokenTable } from '../../../server/training/data/text/tokenTable.ts';
import { messageOf, put, temporaryFolder } from './fixtures.ts';

async function open(options: Partial<DataOptions>): Promise<OpenedText> {
  const opened = await openDataset({ testFraction: 0.25, ...options }, { seed: 0 });
  assert.ok(opened.kind === 'text');
  return opened;
}

const texts = (opened: OpenedText): string[] =>
  Array.from({ length: opened.count }, (_, index) => opened.text(index));
const labels = (opened: OpenedText): (string | undefined)[] =>
  Array.from(opened.labels ?? [], (label) => opened.classes![label]);

/** What a person is told about data that cannot be used. */
const refused = (options: Partial<DataOptions>): Promise<string> => messageOf(open(options), '\n');

test('a real file: WordNet glosses, packed, without a header', async () => {
  const opened = await open({
    text: path.join(packageRoot(), 'examples/text/data/wordnet-8.tsv.gz'),
    column: '2',
    label: '1',
    header: false,
    length: 16,
    tokenizer: { train: 'words', vocabulary: 2000, lowercase: true },
  });
  assert.equal(opened.count, 12_000);
  assert.equal(opened.classes!.length, 8);
  assert.equal(opened.text(0), 'grubby');
  assert.equal(opened.split.test.length, 3000);
  assert.equal(opened.sample.vocabulary, opened.tokenizer.vocabulary);
  assert.equal(opened.origin!(0), undefined, 'nothing to open in a packed file');
  const [batch] = await opened.loader({ seed: 0 }).load(Int32Array.of(4), [{ view: 0, augmented: false }], 0);
  const read = [...batch!].filter((id) => id > specialTokens.end).map(opened.tokenizer.piece);
  assert.equal(read.join(''), ' similar to american white [unknown]');
  opened.close();
});

test('lines: empty ones are left out and counted, CRLF and a byte order mark are no text', async (t) => {
  const file = put(temporaryFolder(t), 'a.txt', '\uFEFFfirst\r\n\r\nsecond\r\n  \r\nthird, "quoted\r\n');
  const opened = await open({ text: file });
  assert.deepEqual(texts(opened), ['first', 'second', 'third, "quoted']);
  assert.deepEqual([0, 1, 2].map(opened.name), ['line 1', 'line 3', 'line 5']);
  assert.deepEqual(opened.origin!(1), { file, line: 3 });
  assert.match(opened.notes.join(), /2 empty lines are left out/);
  assert.equal(opened.labels, undefined);
});

test('CSV: quoted cells hold delimiters, quotes and line breaks; columns by name or number', async (t) => {
  const content = 'topic,gloss\nfood,"bread, ""hot""\nand fresh"\nplace,a hill\n,no label\nfood,  \nfood\n';
  const file = put(temporaryFolder(t), 'a.csv', content);
  for (const columns of [
    { column: 'gloss', label: 'topic' },
    { column: '2', label: '1' },
  ]) {
    const opened = await open({ text: file, ...columns, testFraction: 0 });
    assert.deepEqual(texts(opened), ['bread, "hot"\nand fresh', 'a hill', 'no label']);
    assert.deepEqual(labels(opened), ['food', 'place', undefined]);
    assert.deepEqual([0, 1, 2].map(opened.name), ['line 2', 'line 4', 'line 5']);
    assert.deepEqual(
      opened.skipped.map(({ name, reason }) => `${name}: ${reason}`),
      ['line 6: an empty text', 'line 7: 1 cells instead of 2'],
    );
  }
});

test('CSV: a quote that is never closed costs one line, not the rest of the file', async (t) => {
  const file = put(temporaryFolder(t), 'a.csv', 'text\none\n"two\nthree\nfour\n');
  const opened = await open({ text: file, testFraction: 0 });
  assert.deepEqual(texts(opened), ['one', 'three', 'four']);
  assert.deepEqual(opened.skipped, [{ name: 'line 3', reason: 'a quote (") is opened and not closed' }]);
});

test('TSV and JSONL, packed too; quotes mean nothing in TSV', async (t) => {
  const folder = temporaryFolder(t);
  const tsv = put(folder, 'a.tsv', 'text\ty\n"quoted" or not\tb\nthird\ta\n');
  assert.deepEqual(texts(await open({ text: tsv, label: 'y' })), ['"quoted" or not', 'third']);
  const lines = [
    '{"text": "eins", "y": 1}',
    'no json',
    '{"y": 2}',
    '{"text": 3}',
    '{"text": "zwei", "y": 2}',
  ];
  const jsonl = put(folder, 'a.jsonl.gz', gzipSync(lines.join('\n')));
  const opened = await open({ text: jsonl, label: 'y', testFraction: 0 });
  assert.deepEqual(texts(opened), ['eins', 'zwei']);
  assert.deepEqual(labels(opened), ['1', '2']);
  assert.deepEqual(
    opened.skipped.map(({ name, reason }) => `${name}: ${reason}`),
    ['line 2: not a JSON object', 'line 3: without "text"', 'line 4: "text" is no text'],
  );
});

test('a folder: classes by subfolder; broken files are left out and named', async (t) => {
  const folder = temporaryFolder(t);
  put(folder, 'good/1.txt', 'fine words');
  put(folder, 'good/2.txt.gz', gzipSync('packed words'));
  put(folder, 'bad/1.txt', 'poor words');
  put(folder, 'bad/2.txt', '');
  put(folder, 'bad/3.txt', Buffer.from([0xff, 0xe9, 0x20]));
  put(folder, 'bad/4.txt.gz', gzipSync('x'.repeat(5000)).subarray(0, 20));
  put(folder, 'bad/picture.png', 'no text');
  const opened = await open({ text: folder, testFraction: 0 });
  assert.deepEqual(texts(opened), ['poor words', 'fine words', 'packed words']);
  assert.deepEqual(labels(opened), ['bad', 'good', 'good']);
  assert.deepEqual([0, 1, 2].map(opened.name), ['bad/1.txt', 'good/1.txt', 'good/2.txt.gz']);
  assert.deepEqual(opened.origin!(1), { file: path.join(folder, 'good', '1.txt') });
  assert.deepEqual(
    opened.skipped.map(({ name }) => name),
    ['bad/2.txt', 'bad/3.txt', 'bad/4.txt.gz'],
  );
  assert.match(opened.skipped[1]!.reason, /not UTF-8/);
});

test('a long file gives its beginning; a character that the cut divides is no mistake', async (t) => {
  const folder = temporaryFolder(t);
  put(folder, 'long.txt', `a${'é'.repeat(100_000)}`);
  const opened = await open({ text: folder, testFraction: 0, length: 32 });
  assert.equal(opened.text(0).length, 32768);
  assert.match(opened.notes.join(), /longer than 30 tokens/);
});

test('malformed UTF-8 costs its line; a file of nothing else is named for what it is', async (t) => {
  const folder = temporaryFolder(t);
  const some = put(
    folder,
    'some.txt',
    Buffer.concat([Buffer.from('good\n'), Buffer.from([0xe9, 0x0a]), Buffer.from('also\n')]),
  );
  const opened = await open({ text: some, testFraction: 0 });
  assert.deepEqual(texts(opened), ['good', 'also']);
  assert.deepEqual(opened.skipped, [{ name: 'line 2', reason: 'not UTF-8' }]);
  const latin = put(folder, 'latin.txt', Buffer.from('caf\xe9\nna\xefve\n', 'latin1'));
  assert.match(
    await refused({ text: latin }),
    /latin\.txt: found a text that is not UTF-8; .* Save it as UTF-8/,
  );
  const wide = put(folder, 'wide.txt', Buffer.from('\uFEFFtext', 'utf16le'));
  assert.match(await refused({ text: wide }), /a text in UTF-16/);
});

test('empty, truncated, wrong: one clear message each', async (t) => {
  const folder = temporaryFolder(t);
  const packed = gzipSync(Array.from({ length: 3000 }, (_, i) => `line ${i} ${Math.sin(i)}`).join('\n'));
  const cases: [string, string | Uint8Array, Partial<DataOptions>, RegExp][] = [
    ['empty.txt', '', {}, /empty\.txt: found an empty file/],
    ['blank.txt', '\n \n\n', {}, /found no text \(lines\)/],
    [
      'cut.txt.gz',
      packed.subarray(0, packed.length >> 1),
      {},
      /a damaged compressed file .*Copy or download it again/,
    ],
    ['binary.txt', Buffer.from([1, 2, 0, 3]), {}, /found a binary file/],
    ['book.txt', Buffer.from('PK\x03\x04rest'), {}, /a zip file, such as a Word or Excel document/],
    ['paper.txt', '%PDF-1.7 rest', {}, /found a binary file/],
    [
      'a.csv',
      'gloss,topic\nx,y\n',
      { column: 'glos' },
      /no column "glos"; expected one of gloss, topic\. Did you mean gloss\?/,
    ],
    ['b.csv', 'gloss,topic\nx,y\n', {}, /2 columns and no data\.column; .* gloss, topic/],
    ['c.csv', 'gloss,topic\nx,y\n', { column: 'gloss', label: 'topc' }, /no column "topc"/],
    [
      'd.tsv',
      'x\ty\n',
      { column: '3', header: false },
      /column 3 of a file with 2 columns; expected the number of a column, from 1 to 2/,
    ],
    ['e.tsv', 'x\ty\n', { column: 'text', header: false }, /column "text" of a file without a header/],
    ['f.jsonl', '{"a": "x"}\n', { column: 'b' }, /no column "b"; expected one of a/],
    ['g.jsonl', 'text\nlines\n', {}, /no text that can be used \(line 1: not a JSON object\)/],
    [
      'h.csv',
      'text,y\na,1\nb,2\n',
      { tokenizer: { train: 'words', vocabulary: 300, lowercase: true } },
      /no word that stands there twice/,
    ],
  ];
  for (const [name, content, options, expected] of cases)
    assert.match(await refused({ text: put(folder, name, content), ...options }), expected, name);
  assert.match(await refused({ text: path.join(folder, 'a.cvs') }), /nothing there.*Did you mean a\.csv/);
  assert.match(await refused({ text: folder, label: 'topic' }), /data\.label for a folder/);
  const nothing = temporaryFolder(t);
  put(nothing, 'x.bin', 'x');
  assert.match(await refused({ text: nothing }), /no text files/);
  const halves = temporaryFolder(t);
  put(halves, 'train/1.txt', 'x');
  put(halves, 'test/1.txt', 'x');
  assert.match(await refused({ text: halves }), /Set data\.text to .*train and data\.test\.text to .*test/);
});

test('splits: by share and class, by list, by a file of its own whose classes must be known', async (t) => {
  const folder = temporaryFolder(t);
  const rows = Array.from({ length: 40 }, (_, i) => `text number ${i},${i % 2 ? 'odd' : 'even'}`);
  const file = put(folder, 'a.csv', ['text,y', ...rows].join('\n'));
  const drawn = await open({ text: file, label: 'y' });
  assert.deepEqual([drawn.split.train.length, drawn.split.test.length], [30, 10]);
  assert.equal(
    drawn.split.test.reduce((n, i) => n + drawn.labels![i]!, 0),
    5,
  );
  const list = put(folder, 'test.lst', 'line 3\n7\n');
  const listed = await open({ text: file, label: 'y', testList: list });
  assert.deepEqual([...listed.split.test], [1, 7]);
  const limited = await open({ text: file, label: 'y', limit: 8, testFraction: 0 });
  assert.equal(limited.split.train.length, 8);
  const other = put(folder, 'b.csv', 'text,y\nnew text,odd\n');
  const apart = await open({ text: file, label: 'y', test: { text: other } });
  assert.deepEqual([...apart.split.test], [40]);
  assert.equal(apart.text(40), 'new text');
  assert.equal(apart.name(40), 'test: line 2');
  assert.equal(apart.classes![apart.labels![40]!], 'odd');
  const strange = put(folder, 'c.csv', 'text,y\nnew text,neither\n');
  assert.match(await refused({ text: file, label: 'y', test: { text: strange } }), /the class "neither"/);
});

test('the fingerprint follows content, tokenizer, length and seed, not the path', async (t) => {
  const folder = temporaryFolder(t);
  const content = 'some words\nsome other words\nmore words\nwords\n';
  const [a, b] = [put(folder, 'a.txt', content), put(folder, 'b.txt', content)];
  const print = async (options: Partial<DataOptions>): Promise<string> => (await open(options)).fingerprint;
  const first = await print({ text: a });
  assert.equal(await print({ text: b }), first);
  const learnt = { train: 'words', vocabulary: 300, lowercase: true } as const;
  for (const other of [{ length: 12 }, { tokenizer: learnt }, { testFraction: 0.5 }])
    assert.notEqual(await print({ text: a, ...other }), first);
  assert.notEqual(await print({ text: put(folder, 'c.txt', `${content}x`) }), first);
});

test('length: what 95 % of the texts need by default; the summary says what samples are', async (t) => {
  const lines = Array.from({ length: 100 }, (_, i) => 'x'.repeat(i < 96 ? 20 : 200)).join('\n');
  const opened = await open({ text: put(temporaryFolder(t), 'a.txt', lines) });
  assert.deepEqual(opened.sample.shape, [24]);
  assert.equal(opened.summary, '100 texts (lines), 24 tokens each (bytes)');
  assert.ok(opened.lengths.cut(24) > 0.02 && opened.lengths.cut(24) < 0.06);
});

test('a trained encoder gets other texts in its own tokens and length, labels or not', async (t) => {
  const folder = temporaryFolder(t);
  const rows = ['text,y', 'red green blue,1', 'red green,2', 'blue red,1', 'green blue,2'];
  const opened = await open({
    text: put(folder, 'a.csv', rows.join('\n')),
    label: 'y',
    length: 8,
    testFraction: 0,
    tokenizer: { train: 'words', vocabulary: 300, lowercase: true },
  });
  const like = await opened.like(put(folder, 'b.csv', 'text\nblue yellow red\n'));
  assert.ok(like.kind === 'text');
  assert.equal(like.labels, undefined);
  assert.deepEqual(like.sample, opened.sample);
  const [batch] = await like.loader({ seed: 0 }).load(Int32Array.of(0), [{ view: 0, augmented: false }], 0);
  const id = (word: string): number => opened.tokenizer.encode(word)[0]!;
  assert.deepEqual([...batch!], [2, id('blue'), specialTokens.unknown, id('red'), 3, 0, 0, 0]);
});

test('the raw-input control counts words: tf-idf of length 1, rare words weigh more', async (t) => {
  const rows = ['the cat', 'the dog', 'the cow', 'the cat'];
  const opened = await open({ text: put(temporaryFolder(t), 'a.txt', rows.join('\n')), testFraction: 0 });
  const { words, size, read } = opened.rawInput!;
  assert.match(words, /tf-idf of the 2,000 most frequent words/);
  const values = await read(Int32Array.of(0, 1));
  assert.equal(values.length, 2 * size);
  const first = [...values.subarray(0, size)].filter((value) => value > 0);
  assert.ok(Math.abs(Math.hypot(...first) - 1) < 1e-6);
  // scikit-learn 1.8: TfidfVectorizer on these four texts gives the and cat these weights.
  assert.deepEqual(first.map((value) => value.toFixed(5)).sort(), ['0.55194', '0.83388']);
});

test('tokens are made once and kept, or made again where they would not fit', () => {
  let asked = 0;
  const text = (index: number): string => {
    asked++;
    return `text ${index}`;
  };
  const kept = new TokenTable(bytes, text, 10, 12);
  const out = new Float32Array(12);
  kept.write(3, out);
  const first = [...out];
  kept.write(3, out);
  assert.deepEqual([...out], first);
  assert.equal(asked, 1);
  const tight = new TokenTable(bytes, text, 10, 12, 100);
  tight.write(3, out);
  tight.write(3, out);
  assert.deepEqual([...out], first);
  assert.equal(asked, 3);
});

test('a huge file is streamed: 600,000 lines of 300 MB, of which little stays in memory', async (t) => {
  const file = path.join(temporaryFolder(t), 'huge.txt');
  const stream = createWriteStream(file);
  const filler = 'é '.repeat(165);
  const count = 600_000;
  for (let from = 0; from < count; from += 1000) {
    const lines = Array.from({ length: 1000 }, (_, i) => `line ${from + i} ${filler}\n`).join('');
    if (!stream.write(lines)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
  const before = process.memoryUsage();
  const source = await openTextFile(file, {}, ['data', 'text']);
  const after = process.memoryUsage();
  assert.equal(source.count, count);
  const grown = after.rss - before.rss;
  assert.ok(grown < 150e6, `${grown} bytes more for a file of 300 MB`);
  for (const index of [0, 1, 299_999, count - 1])
    assert.ok(source.read(index).startsWith(`line ${index} é`), `text ${index}`);
  truncateSync(file, 1000);
  assert.throws(() => source.read(count - 1), /became shorter/);
  source.close();
});

test('cells: quotes, doubled quotes, empty cells', () => {
  assert.deepEqual(splitCells('a,"b,c",,"d ""e"""', ','), ['a', 'b,c', '', 'd "e"']);
  assert.deepEqual(splitCells('"a" x;b', ';'), ['a x', 'b']);
  assert.deepEqual(splitCells('', ','), ['']);
});
