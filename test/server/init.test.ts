import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../server/packageRoot.ts';
import { picture } from '../support/brokenImages.ts';
import { selfsup } from '../support/builtSelfsup.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { idx, put } from '../unit/data/fixtures.ts';

// `selfsup init` on every kind of data, with the real trainer: what it writes passes `check` without a word.

const rows = Array.from({ length: 60 }, (_, i) => [
  (i * i) % 17,
  (i % 5) / 2,
  'abc'[i % 3],
  'no yes'.split(' ')[i % 2],
]);
const csv = rows.map((cells) => `${cells.join(',')}\n`).join('');
const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + (i % 13) * 17) & 255);

interface Kind {
  readonly name: string;
  /** What `init` is given. */
  readonly place: string;
  write(folder: string): void | Promise<void>;
  /** What is said about the data. */
  readonly found: RegExp;
  /** Parts of the config, in order. */
  readonly written: RegExp;
}

const example = (name: string) => (folder: string) =>
  cpSync(path.join(packageRoot(), 'examples', name, 'data'), path.join(folder, name, 'data'), {
    recursive: true,
  });

const kinds: readonly Kind[] = [
  {
    name: 'a folder of images without labels',
    place: 'photos',
    async write(folder) {
      for (let i = 0; i < 20; i++) put(folder, `photos/${i}.png`, await picture(24));
    },
    found: /^Found 20 images 24x24x3 \(folder\)\.\n/,
    written: /images: \.\/photos\n[\s\S]*linearProbe: false, knn: false/,
  },
  {
    name: 'a folder for each class',
    place: 'pets',
    async write(folder) {
      for (const name of ['cat', 'dog'])
        for (let i = 0; i < 10; i++) put(folder, `pets/${name}/${i}.png`, await picture(24));
    },
    found: /^Found 20 images 24x24x3 in 2 classes \(folder\)\.\n/,
    written: /labels: folders[\s\S]*\ndownstream:/,
  },
  {
    name: 'a folder with IDX files',
    place: 'digits/data',
    write(folder) {
      put(folder, 'digits/data/train-images-idx3-ubyte', idx(8, [60, 16, 16], bytes(60 * 256)));
      put(
        folder,
        'digits/data/train-labels-idx1-ubyte',
        idx(
          8,
          [60],
          bytes(60).map((_, i) => i % 3),
        ),
      );
    },
    found: /^Found 60 images 16x16x1 in 3 classes \(IDX\)\.\n/,
    written:
      /name: digits\n[\s\S]*images: \.\/digits\/data\/train-images-idx3-ubyte\n {2}labels: \.\/digits\/data\/train-labels/,
  },
  {
    name: 'a CSV with a header',
    place: 'people.csv',
    write: (folder) => void put(folder, 'people.csv', `age,score,group,outcome\n${csv}`),
    found: /^Found 60 rows of 2 numeric and 1 categorical columns \(5 inputs\) in 2 classes \(CSV\)\.\n/,
    written: /table: \.\/people\.csv\n {2}label: outcome #[\s\S]*\ndownstream:/,
  },
  {
    name: 'a CSV without a header, beside another table',
    place: 'tables',
    write(folder) {
      put(folder, 'tables/people.csv', csv);
      put(folder, 'tables/few.tsv', 'a\tb\n1\t2\n3\t4\n');
    },
    found: /^Found 60 rows of 2 numeric and 2 categorical columns \(7 inputs\) \(CSV\)\.\n/,
    written:
      /# Note: no header row: the columns are named column1 to column4\n[\s\S]* {2}# table: \.\/tables\/few\.tsv #.*\n {2}table: \.\/tables\/people\.csv\n {2}# label: column4 #/,
  },
  {
    name: 'JSON lines',
    place: 'log.jsonl',
    write(folder) {
      const lines = rows.map(([a, b, kind]) => `${JSON.stringify({ a, b, kind })}\n`);
      put(folder, 'log.jsonl', lines.join(''));
    },
    found: /^Found 60 rows of 2 numeric and 1 categorical columns \(5 inputs\) \(JSONL\)\.\n/,
    written: /table: \.\/log\.jsonl\n {2}# label: kind #/,
  },
  {
    name: 'the bundled images',
    place: 'images',
    write: example('images'),
    found: /^Found 4,000 images 28x28x1 in 10 classes \(IDX\)\.\n/,
    written: /name: images\n[\s\S]* {2}test:\n {4}images: .*test-images.*\n {4}labels: .*test-labels/,
  },
  {
    name: 'the bundled table',
    place: 'tables',
    write: example('tables'),
    found: /^Found 20,000 rows of 16 numeric and 1 categorical columns \(42 inputs\) \(CSV\)\.\n/,
    written: /table: \.\/tables\/data\/letter-recognition\.csv\.gz\n {2}# label: letter #/,
  },
];

describe('init', { concurrency: 2 }, () => {
  for (const { name, place, write, found, written } of kinds)
    it(`${name}: a config that check accepts without a word`, async (t) => {
      const cwd = temporaryFolder(t);
      await write(cwd);
      const { code, stdout, stderr } = await selfsup(['init', place], { cwd });
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, found);
      const [, file = ''] = /\nWrote (\S+)\. Start it with: selfsup train \1\n$/.exec(stdout) ?? [];
      assert.match(readFileSync(path.join(cwd, file), 'utf8'), written);
      const checked = await selfsup(['check', file], { cwd });
      assert.deepEqual([checked.code, checked.stderr], [0, '']);
    });

  it('what it writes trains as it is, and its label comment holds', async (t) => {
    const cwd = temporaryFolder(t);
    mkdirSync(path.join(cwd, '.selfsup'));
    put(cwd, 'people.csv', csv);
    assert.equal((await selfsup(['init', 'people.csv'], { cwd })).code, 0);
    const file = path.join(cwd, 'people.selfsup.yaml');
    const train = async (change: (text: string) => string) => {
      writeFileSync(file, change(readFileSync(file, 'utf8')));
      return selfsup(['train', 'people.selfsup.yaml', '--json'], { cwd });
    };
    const plain = await train((text) =>
      text.replace('epochs: 100', 'epochs: 20').replace('device: auto', 'device: cpu'),
    );
    assert.deepEqual([plain.code, plain.stderr, plain.events.at(-1)?.state], [0, '', 'finished']);
    assert.deepEqual(
      plain.events.filter(({ level }) => level === 'warning'),
      [],
    );
    const labelled = await train((text) =>
      text
        .replace('# label: column4', 'label: column4')
        .replace(
          /^evaluate: .*/m,
          'downstream: [{ task: classification, mode: linear, labelsPerClass: [2, all], draws: 2 }]',
        ),
    );
    assert.deepEqual([labelled.code, labelled.stderr], [0, '']);
    const done = labelled.events.at(-1) as unknown as {
      verdict: { summary: string };
      results: { metric: string }[];
    };
    assert.ok(done.results.some(({ metric }) => metric === 'linearProbe'));
    assert.match(done.verdict.summary, /with the linear probe, .* with 2 labels per class\./);
  });
});
