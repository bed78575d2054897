import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openDataset } from '../../../server/training/data/open.ts';
import type { DataOptions } from '../../../server/training/data/options.ts';
import { idx, messageOf, npy, npz, put, temporaryFolder } from './fixtures.ts';

const open = (data: Partial<DataOptions>) => openDataset({ testFraction: 0.2, ...data }, { seed: 0 });
const noise = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 37 + 128) & 255));

/** What is written, and the exact message. */
const files: readonly [name: string, content: string | Buffer, message: string][] = [
  [
    'empty',
    '',
    '~/empty: found an empty file; expected a folder of pictures, or an IDX, NPY, NPZ or CIFAR (.bin) file. Name data in one of these formats.',
  ],
  [
    'x.dat',
    noise,
    '~/x.dat: found a file of unknown format (.dat), starting with bytes 80 a5 ca ef; expected a folder of pictures, or an IDX, NPY, NPZ or CIFAR (.bin) file. Name data in one of these formats.',
  ],
  [
    'rows.csv',
    'a,b\n1,2\n',
    '~/rows.csv: found a text file (.csv); expected a folder of pictures, or an IDX, NPY, NPZ or CIFAR (.bin) file. For rows of a table use data.table.',
  ],
  [
    'one.png',
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    '~/one.png: found a single picture (.png); expected a folder of pictures, or an IDX, NPY, NPZ or CIFAR (.bin) file. Name the folder that it lies in.',
  ],
  [
    'cut.idx',
    idx(8, [4, 2, 3], new Uint8Array(20)),
    '~/cut.idx: found 36 bytes; expected 40 bytes for 4 images of 2 x 3 x 1. The file is cut off: copy or download it again.',
  ],
  [
    'labels.idx',
    idx(8, [4], new Uint8Array(4)),
    '~/labels.idx: found an IDX file with 1 dimension(s): 4; expected images: count x height x width (x channels). It looks like a label file: name it in data.labels.',
  ],
  [
    'cut.gz',
    gzipSync(idx(8, [40, 20, 30], noise)).subarray(0, 60),
    '~/cut.gz: found a damaged compressed file (unexpected end of file); expected a complete one. Copy or download it again.',
  ],
  [
    'cut.npy',
    npy('|u1', [4, 2, 3], new Uint8Array(20)),
    '~/cut.npy: found 20 bytes of data; expected 24 for shape 4 x 2 x 3. The file is cut off: copy it again.',
  ],
  [
    'flat.npy',
    npy('|u1', [4, 6], new Uint8Array(24)),
    '~/flat.npy: found an array of shape 4 x 6; expected count x height x width, with 1 or 3 channels last or first. Reshape flat rows to images before saving.',
  ],
  [
    'five.npy',
    npy('|u1', [2, 2, 2, 5], new Uint8Array(40)),
    '~/five.npy: found an array of shape 2 x 2 x 2 x 5; expected count x height x width, with 1 or 3 channels last or first. Transpose or select the channels before saving.',
  ],
  [
    'complex.npy',
    npy('<c8', [1, 1, 1], new Uint8Array(8)),
    "~/complex.npy: found elements of type '<c8'; expected integers, float32 or float64. Convert with array.astype(...).",
  ],
  [
    'fortran.npy',
    npy('|u1', [4, 2, 3], new Uint8Array(24), 'True'),
    '~/fortran.npy: found an array in Fortran order; expected C order. Save numpy.ascontiguousarray(array).',
  ],
  [
    'names.npz',
    npz({ 'foo.npy': npy('|u1', [1], new Uint8Array(1)) }, true),
    '~/names.npz: found an NPZ file with foo; expected an array named images, x, x_train or data. Save it with numpy.savez(file, images=..., labels=...).',
  ],
  [
    'cut.npz',
    npz({ 'x.npy': npy('|u1', [40, 10, 10], noise) }, true).subarray(0, 300),
    '~/cut.npz: found a damaged or incomplete zip file; expected an NPZ file. Copy or download it again.',
  ],
  [
    'cut.bin',
    Buffer.alloc(3000),
    '~/cut.bin: found 3,000 bytes; expected a multiple of 3073 (CIFAR-10) or 3074 (CIFAR-100) bytes. It is not a binary CIFAR file, or it is cut off: copy it again.',
  ],
  [
    'other.bin',
    Buffer.alloc(3073, 200),
    '~/other.bin: image 0: found label 200; expected 0..9. It is not a binary CIFAR file: name one, or the folder that holds them.',
  ],
];

for (const [name, content, message] of files)
  test(`images: ${name}`, async (t) => {
    const folder = temporaryFolder(t);
    assert.equal(await messageOf(open({ images: put(folder, name, content) }), folder), message);
  });

const tables: readonly [
  name: string,
  content: string | Buffer,
  data: Partial<DataOptions>,
  message: string,
][] = [
  [
    'empty.csv',
    '',
    {},
    '~/empty.csv: found an empty file; expected a table: CSV, TSV, JSONL, Parquet or a JSON array of objects. Correct the path or the file.',
  ],
  [
    'binary.csv',
    Buffer.alloc(100, '\x00a'),
    {},
    '~/binary.csv: found a binary file; expected a table: CSV, TSV, JSONL, Parquet or a JSON array of objects. For pictures use data.images.',
  ],
  [
    'header.csv',
    'a,b\n',
    {},
    '~/header.csv: found a header without rows; expected a table: CSV, TSV, JSONL, Parquet or a JSON array of objects. Add rows.',
  ],
  [
    'twice.csv',
    'a,b,a\n1,2,3\n',
    {},
    '~/twice.csv: found the column "a" 2 times in the header (columns 1, 3); expected each column name once. Rename the columns.',
  ],
  [
    'ragged.csv',
    'a,b\n1\n2\n',
    {},
    '~/ragged.csv: found no usable rows (row 1: 1 cells instead of 2 (line 2)); expected a table: CSV, TSV, JSONL, Parquet or a JSON array of objects. Correct the rows.',
  ],
  [
    'label.csv',
    'species,mass\nx,1\ny,2\n',
    { label: 'specis' },
    '~/label.csv: found no column "specis"; expected one of species, mass. Did you mean species?',
  ],
  [
    'columns.csv',
    'species,mass\nx,1\ny,2\n',
    { columns: { mess: 'numeric' } },
    '~/columns.csv: found no column "mess"; expected one of species, mass. Did you mean mass?',
  ],
  [
    'real.csv',
    `v,y\n${Array.from({ length: 40 }, (_, i) => `${i % 5},${i / 7}`).join('\n')}\n`,
    { label: 'y' },
    '~/real.csv: column "y": found 40 different values, e.g. 0.14285714285714285; expected classes, not quantities. Choose the column that holds the class, or leave data.label out.',
  ],
  [
    'constant.csv',
    'a,b\n1,x\n1,x\n',
    {},
    '~/constant.csv: found no column with information (column "a" is left out: it is always 1; column "b" is left out: it is always x); expected at least one numeric or categorical column beside the label. Name another table, or say in data.columns what a column is.',
  ],
  [
    'cut.json',
    '[{"a":1},{"a":',
    {},
    '~/cut.json: found JSON that cannot be parsed (Unexpected end of JSON input); expected a table: CSV, TSV, JSONL, Parquet or a JSON array of objects. Check the end of the file: it may be cut off.',
  ],
  [
    'cut.csv.gz',
    gzipSync(`a,b\n${Array.from({ length: 9000 }, (_, i) => `${(i * i) % 977},${i}`).join('\n')}`).subarray(
      0,
      9000,
    ),
    {},
    '~/cut.csv.gz: found a damaged compressed file (unexpected end of file); expected a complete one. Copy or download it again.',
  ],
];

for (const [name, content, data, message] of tables)
  test(`table: ${name}`, async (t) => {
    const folder = temporaryFolder(t);
    assert.equal(await messageOf(open({ table: put(folder, name, content), ...data }), folder), message);
  });

test('paths that lead nowhere', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, 'digits'));
  assert.equal(
    await messageOf(open({ images: path.join(folder, 'digist') }), folder),
    '~/digist: found nothing there; expected a file or a folder. Did you mean digits?',
  );
  assert.equal(
    await messageOf(open({ table: path.join(folder, 'a/b.csv') }), folder),
    '~/a/b.csv: found no folder ~/a; expected a file or a folder. Paths are relative to the config file: check it.',
  );
  assert.equal(
    await messageOf(open({ images: path.join(folder, 'digits') }), folder),
    '~/digits: found no pictures; expected PNG, JPEG, WebP, TIFF, GIF or AVIF files, in class subfolders or not. Put pictures there, or name the folder that holds them.',
  );
  assert.match(await messageOf(open({}), folder), /no path of data; expected exactly one of images, .*table/);
});

test('folders whose subfolders are splits, not classes', async (t) => {
  const folder = temporaryFolder(t);
  const dot = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
    'base64',
  );
  put(folder, 'train/a.png', dot);
  put(folder, 'test/b.png', dot);
  assert.equal(
    await messageOf(open({ images: folder }), folder),
    '~: found the subfolders test, train; expected class subfolders. Set data.images to ~/train and data.test.images to ~/test.',
  );
  put(folder, 'c.png', dot);
  assert.equal(
    await messageOf(open({ images: folder, labels: 'folders' }), folder),
    '~: found pictures outside of class folders, e.g. c.png; expected one subfolder per class. Move them, or set labels: none.',
  );
});

test('broken pictures are left out and named', async (t) => {
  const folder = temporaryFolder(t);
  const dot = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
    'base64',
  );
  put(folder, 'a.png', dot);
  put(folder, 'cut.png', dot.subarray(0, dot.length - 8));
  put(folder, 'empty.jpg', '');
  put(folder, 'old.bmp', 'BM');
  put(folder, 'text.png', 'this is no picture');
  const dataset = await open({ images: folder });
  assert.equal(dataset.count, 1);
  assert.deepEqual(dataset.skipped, [
    { name: 'cut.png', reason: 'cut off: a PNG without an end' },
    { name: 'empty.jpg', reason: 'empty file' },
    { name: 'old.bmp', reason: 'BMP cannot be read; convert it to PNG' },
    { name: 'text.png', reason: 'not a picture (unknown first bytes)' },
  ]);
  assert.match(dataset.summary, /^1 images 1x1x1 \(folder\), 4 skipped$/);
});

test('labels that do not belong', async (t) => {
  const folder = temporaryFolder(t);
  const images = put(folder, 'x.npy', npy('|u1', [4, 2, 3], new Uint8Array(24)));
  const labels = put(folder, 'y.npy', npy('<i8', [3], new BigInt64Array(3)));
  assert.equal(
    await messageOf(open({ images, labels }), folder),
    '~/y.npy: found 3 labels; expected 4, one per sample. Choose the label file that belongs to these samples.',
  );
  assert.equal(
    await messageOf(open({ images, labels: 'folders' }), folder),
    '~/x.npy: found labels: folders with NPY data; expected a folder with one subfolder per class. Name a label file, or leave data.labels out.',
  );
  const rows = put(folder, 'y2.npy', npy('<i8', [4, 2], new BigInt64Array(8)));
  assert.match(await messageOf(open({ images, labels: rows }), folder), /one label per image: one dimension/);
});

test('no permission', async (t) => {
  const folder = temporaryFolder(t);
  const locked = path.join(folder, 'locked');
  mkdirSync(locked);
  const file = put(folder, 'x.csv', 'a\n1\n');
  chmodSync(folder, 0o755);
  chmodSync(locked, 0);
  chmodSync(file, 0);
  if (process.platform === 'win32') return t.skip('Windows has no such permissions');
  const root = process.geteuid?.() === 0; // root may read everything: be somebody else for a moment
  if (root) process.seteuid?.(65534);
  try {
    assert.equal(
      await messageOf(open({ images: locked }), folder),
      '~/locked: found no access (no permission to read); expected a file or a folder with read permission. Change its permissions, or choose another one.',
    );
    assert.match(await messageOf(open({ table: file }), folder), /no permission to read/);
  } finally {
    if (root) process.seteuid?.(0);
    chmodSync(locked, 0o700);
  }
});

test('columns that cannot be told', async (t) => {
  const folder = temporaryFolder(t);
  const file = put(folder, 'a.csv', 'x,price,name,one,none\n1,10,ann,7,\n2,x,bob,7,\n3,12,cy,7,\n');
  const message = (column: string) =>
    messageOf(open({ table: file, targets: [{ column, key: ['downstream', 0, 'target'] }] }), folder);
  assert.equal(
    await message('prize'),
    '~/a.csv: found no column "prize"; expected one of x, price, name, one, none. Did you mean price?',
  );
  assert.equal(
    await message('name'),
    '~/a.csv: column "name": found 3 texts, e.g. "ann"; expected numbers to tell, at least two different ones. For classes use task: classification and data.label; for numbers choose another column.',
  );
  assert.match(await message('price'), /found the text "x".* leave these cells empty/);
  assert.match(await message('one'), /found 7 in every row/);
  assert.match(await message('none'), /found no value/);
});
