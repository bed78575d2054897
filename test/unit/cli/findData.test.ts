import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { findData } from '../../../server/cli/findData.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** A folder with these files; a name ending in .gz is gzipped. */
function folderWith(t: TestContext, files: Record<string, string>): string {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
  }
  return folder;
}

describe('data found by their names', () => {
  const cases: [string, Record<string, string>, unknown][] = [
    ['pictures in class folders', { 'cat/1.png': '', 'dog/2.JPG': '' }, { images: '.' }],
    ['loose pictures', { '1.webp': '', 'notes.txt': '' }, { images: '.' }],
    [
      'train and test folders',
      { 'train/a/1.png': '', 'test/a/1.png': '' },
      { images: 'train', test: { images: 'test' } },
    ],
    [
      'the MNIST family',
      {
        'train-images-idx3-ubyte.gz': '',
        'train-labels-idx1-ubyte.gz': '',
        't10k-images-idx3-ubyte.gz': '',
        't10k-labels-idx1-ubyte.gz': '',
      },
      {
        images: 'train-images-idx3-ubyte.gz',
        labels: 'train-labels-idx1-ubyte.gz',
        test: { images: 't10k-images-idx3-ubyte.gz', labels: 't10k-labels-idx1-ubyte.gz' },
      },
    ],
    ['arrays', { 'images.npy': '', 'labels.npy': '' }, { images: 'images.npy', labels: 'labels.npy' }],
    ['CIFAR', { 'data_batch_1.bin': '', 'test_batch.bin': '' }, { images: '.' }],
    [
      'a table with a label column',
      { 'a.csv': 'x,"Species",y2\n1,b,3\n' },
      { table: 'a.csv', label: 'Species' },
    ],
    [
      'a gzipped table',
      { 'a.tsv.gz': `x\ttarget\n${'1\t2\n'.repeat(90_000)}` },
      { table: 'a.tsv.gz', label: 'target' },
    ],
    ['JSON lines', { 'a.jsonl': '{"x":1,"class":"b"}\n' }, { table: 'a.jsonl', label: 'class' }],
    [
      'tables for training and test',
      { 'train.csv': 'x\n1', 'test.csv': 'x\n1' },
      { table: 'train.csv', test: { table: 'test.csv' } },
    ],
    ['the largest of several tables', { 'a.csv': 'x\n1', 'b.csv': 'x\n1\n2\n3' }, { table: 'b.csv' }],
    ['nothing', { 'readme.md': '' }, undefined],
  ];
  for (const [what, files, expected] of cases) {
    it(`${what}`, (t) => {
      const folder = folderWith(t, files);
      const plain = JSON.stringify(findData(folder))?.replaceAll(`${folder}/`, '').replaceAll(folder, '.');
      assert.deepEqual(plain === undefined ? undefined : JSON.parse(plain), expected);
    });
  }

  it('a single file', (t) => {
    const folder = folderWith(t, { 'x.csv': 'a,label\n1,2\n', 'x.txt': '' });
    assert.deepEqual(findData(path.join(folder, 'x.csv')), {
      table: path.join(folder, 'x.csv'),
      label: 'label',
    });
    assert.equal(findData(path.join(folder, 'x.txt')), undefined);
  });
});
