import { gzipSync } from 'node:zlib';
import { put } from '../unit/data/fixtures.ts';
import { type BrokenData, bytes } from './brokenImages.ts';

/** `count` rows of two numbers and a class. */
const rows = (count: number, label = (i: number) => 'xy'[i % 2]): string =>
  Array.from({ length: count }, (_, i) => `${(i * i) % 17},${(i * 7) % 5},${label(i)}\n`).join('');

const table = (
  name: string,
  content: string | Buffer,
  data = '{ table: t.csv }',
  more = 'train: { batchSize: 4 }\n',
): BrokenData => {
  const [, file = ''] = /table: ([^ ,}]+)/.exec(data) ?? [];
  return { name, data, more, write: (folder) => void put(folder, file, content) };
};

const withLabel = '{ table: t.csv, label: class }';
const judged =
  'train: { batchSize: 4 }\nevaluate: { knn: { k: 2 } }\ndownstream: [{ task: classification, mode: linear, labelsPerClass: [all] }]\n';

export const brokenTables: readonly BrokenData[] = [
  table('table-empty', ''),
  table('table-blank-lines', '\n\n\n'),
  table('table-header-only', 'a,b,class\n'),
  table('table-duplicate-header', 'a,b,a\n1,2,3\n'),
  table('table-ragged', `a,b,class\n${rows(20)}1,2\n3,4,x,5\n${rows(4)}`, withLabel, judged),
  table('table-all-ragged', 'a,b,c\n1,2\n3,4\n'),
  table('table-binary', bytes(500)),
  table('table-excel', Buffer.concat([Buffer.from('PK\x03\x04'), bytes(400)]), '{ table: t.xlsx }'),
  table('table-utf16', Buffer.from(`\uFEFFa,b\n${rows(20)}`, 'utf16le')),
  table('table-label-missing', `a,b,class\n${rows(20)}`, '{ table: t.csv, label: clas }'),
  table('table-label-unlike', `a,b,class\n${rows(20)}`, '{ table: t.csv, label: species }'),
  table('table-label-is-a-quantity', `a,b,class\n${rows(60, (i) => String(i / 7))}`, withLabel),
  table('table-label-empty', `a,b,class\n${rows(20, () => '')}`, withLabel, judged),
  table('table-one-class', `a,b,class\n${rows(20, () => 'x')}`, withLabel, judged),
  table('table-only-the-label', `class\n${'x\ny\n'.repeat(10)}`, withLabel),
  table('table-nan', `a,b,class\nNaN,1,x\n2,nan,y\n,NA,x\n${rows(20)}`, withLabel, judged),
  table('table-infinite', `a,b,class\n1e999,1,x\n2,-Infinity,y\n${rows(20)}`, withLabel, judged),
  table('table-all-nan', `a,b\n${'NaN,NaN\n'.repeat(20)}`),
  table('table-constant', `a,b\n${'1,x\n'.repeat(20)}`),
  table(
    'table-text-in-numeric-column',
    `a,b,class\n${rows(20)}oops,1,x\n`,
    '{ table: t.csv, label: class, columns: { a: numeric } }',
    judged,
  ),
  table('table-unknown-column', `a,b,class\n${rows(20)}`, '{ table: t.csv, columns: { bb: numeric } }'),
  table(
    'table-everything-ignored',
    `a,b\n${rows(20, () => '').replaceAll(',\n', '\n')}`,
    '{ table: t.csv, columns: { a: ignore, b: ignore } }',
  ),
  table('table-open-quote', `a,b,class\n${rows(10)}"1,2,x\n${rows(10)}`, withLabel, judged),
  table('table-gzip-cut', gzipSync(`a,b,class\n${rows(4000)}`).subarray(0, 200), '{ table: t.csv.gz }'),
  table('table-batch-larger-than-data', `a,b,class\n${rows(20)}`, withLabel, 'train: { batchSize: 512 }\n'),
  table('table-address', 'a', '{ table: https://example.org/t.csv }'),
  table(
    'jsonl-bad-line',
    `${'{"a":1,"b":2,"class":"x"}\n{"a":3,"b":5,"class":"y"}\n'.repeat(8)}{"a":1,\n[1,2]\n{"a":{"b":1}}\n`,
    '{ table: t.jsonl, label: class }',
    judged,
  ),
  table('jsonl-all-bad', '{"a":1,\n{"a":2,\n', '{ table: t.jsonl }'),
  table('json-cut', '[{"a":1},{"a":', '{ table: t.json }'),
  {
    name: 'table-test-without-columns',
    data: '{ table: t.csv, label: class, test: { table: u.csv } }',
    more: judged,
    write(folder) {
      put(folder, 't.csv', `a,b,class\n${rows(20)}`);
      put(folder, 'u.csv', `a,bb,class\n${rows(4)}`);
    },
  },
  {
    name: 'table-test-has-another-class',
    data: '{ table: t.csv, label: class, test: { table: u.csv } }',
    more: judged,
    write(folder) {
      put(folder, 't.csv', `a,b,class\n${rows(20)}`);
      put(folder, 'u.csv', `a,b,class\n${rows(4)}1,2,z\n`);
    },
  },
];
