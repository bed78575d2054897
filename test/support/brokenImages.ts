import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { idx, npy, npz, put } from '../unit/data/fixtures.ts';

/** Data with something wrong, and the config that points at them. */
export interface BrokenData {
  /** What is wrong; also the name of the golden file. */
  readonly name: string;
  /** The `data` section of the config, in YAML. */
  readonly data: string;
  /** Other sections; the defaults are an mlp that is an autoencoder. */
  readonly more?: string;
  write(folder: string): void | Promise<void>;
}

/** Bytes that differ, the same in every run. */
export const bytes = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 37 + (i >> 3) * 11) & 255));

export const picture = (side = 8, channels: 1 | 3 = 3): Promise<Buffer> =>
  sharp(bytes(side * side * channels), { raw: { width: side, height: side, channels } })
    .png()
    .toBuffer();

const images = (count: number, side = 8) => idx(8, [count, side, side], bytes(count * side * side));
const labels = (...values: number[]) => idx(8, [values.length], Uint8Array.from(values));
const alternating = (count: number) => labels(...Array.from({ length: count }, (_, i) => i % 2));

/** Folders `a` and `b` of good pictures. */
async function classes(folder: string, names: readonly string[], each = 4): Promise<void> {
  for (const name of names) for (let i = 0; i < each; i++) put(folder, `${name}/${i}.png`, await picture());
}

const small = 'train: { batchSize: 4 }\nevaluate: { knn: false, linearProbe: false }\n';
const withDownstream =
  'train: { batchSize: 4 }\nevaluate: { knn: { k: 2 } }\ndownstream: [{ task: classification, mode: linear, labelsPerClass: [all] }]\n';

export const brokenFolders: readonly BrokenData[] = [
  {
    name: 'folder-empty',
    data: '{ images: pictures }',
    write: (folder) => void mkdirSync(path.join(folder, 'pictures')),
  },
  {
    name: 'folder-without-pictures',
    data: '{ images: pictures }',
    write: (folder) => void put(folder, 'pictures/notes.txt', 'hello'),
  },
  {
    name: 'folder-some-pictures-broken',
    data: '{ images: pictures }',
    more: small,
    async write(folder) {
      await classes(folder, ['pictures/a', 'pictures/b']);
      const good = await picture();
      put(folder, 'pictures/a/cut.png', good.subarray(0, good.length - 20));
      put(folder, 'pictures/b/empty.jpg', '');
      put(folder, 'pictures/b/text.png', 'this is no picture');
      put(folder, 'pictures/b/old.bmp', 'BM');
    },
  },
  {
    name: 'folder-all-pictures-broken',
    data: '{ images: pictures }',
    async write(folder) {
      const good = await picture();
      for (const name of ['a.png', 'b.png']) put(folder, `pictures/${name}`, good.subarray(0, 40));
    },
  },
  {
    name: 'folder-cannot-be-decoded',
    data: '{ images: pictures }',
    write(folder) {
      const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
      put(folder, 'pictures/a.png', Buffer.concat([start, bytes(200), Buffer.from('IEND')]));
    },
  },
  {
    name: 'folder-one-class',
    data: '{ images: pictures, labels: folders }',
    more: withDownstream,
    write: (folder) => classes(folder, ['pictures/cat'], 12),
  },
  {
    name: 'folder-splits-as-classes',
    data: '{ images: pictures }',
    write: (folder) => classes(folder, ['pictures/train', 'pictures/test']),
  },
  {
    name: 'folder-loose-pictures',
    data: '{ images: pictures, labels: folders }',
    async write(folder) {
      await classes(folder, ['pictures/a', 'pictures/b']);
      put(folder, 'pictures/loose.png', await picture());
    },
  },
  {
    name: 'folder-mixed-sizes',
    data: '{ images: pictures }',
    more: small,
    async write(folder) {
      for (const [i, side] of [8, 8, 12, 16, 8, 8].entries())
        put(folder, `pictures/${i}.png`, await picture(side));
    },
  },
  {
    name: 'folder-one-picture',
    data: '{ images: pictures }',
    more: small,
    write: async (folder) => void put(folder, 'pictures/only.png', await picture()),
  },
  {
    name: 'folder-labels-needed',
    data: '{ images: pictures }',
    more: withDownstream,
    async write(folder) {
      for (let i = 0; i < 10; i++) put(folder, `pictures/${i}.png`, await picture());
    },
  },
  {
    name: 'folder-label-file-names-others',
    data: '{ images: pictures, labels: labels.csv }',
    async write(folder) {
      put(folder, 'pictures/1.png', await picture());
      put(folder, 'labels.csv', 'file,label\ncat-1.png,cat\ndog-1.png,dog\n');
    },
  },
  {
    name: 'folder-label-file-names-some-missing',
    data: '{ images: pictures, labels: labels.csv }',
    more: small,
    async write(folder) {
      const rows = Array.from({ length: 10 }, (_, i) => `${i}.png,${i % 2 ? 'cat' : 'dog'}`);
      for (let i = 0; i < 8; i++) put(folder, `pictures/${i}.png`, await picture());
      put(folder, 'labels.csv', `file,label\n${rows.join('\n')}\n`);
    },
  },
  {
    name: 'folder-label-file-without-columns',
    data: '{ images: pictures, labels: labels.csv }',
    async write(folder) {
      put(folder, 'pictures/1.png', await picture());
      put(folder, 'labels.csv', 'when,who,what\n1,2,3\n');
    },
  },
];

export const brokenArrays: readonly BrokenData[] = [
  {
    name: 'idx-cut',
    data: '{ images: x.idx }',
    write: (folder) => void put(folder, 'x.idx', images(20).subarray(0, 800)),
  },
  {
    name: 'idx-wrong-magic',
    data: '{ images: train-images-idx3-ubyte }',
    write(folder) {
      const file = images(20);
      file[2] = 7;
      put(folder, 'train-images-idx3-ubyte', file);
    },
  },
  {
    name: 'idx-without-images',
    data: '{ images: x.idx }',
    write: (folder) => void put(folder, 'x.idx', images(0)),
  },
  {
    name: 'idx-gzip-cut',
    data: '{ images: x.idx.gz }',
    write: (folder) => void put(folder, 'x.idx.gz', gzipSync(images(50)).subarray(0, 60)),
  },
  {
    name: 'idx-gzip-damaged',
    data: '{ images: x.idx.gz }',
    write(folder) {
      const packed = gzipSync(images(50));
      packed.fill(255, 40, 60);
      put(folder, 'x.idx.gz', packed);
    },
  },
  {
    name: 'idx-labels-as-images',
    data: '{ images: labels.idx }',
    write: (folder) => void put(folder, 'labels.idx', alternating(20)),
  },
  {
    name: 'idx-labels-count',
    data: '{ images: x.idx, labels: y.idx }',
    write(folder) {
      put(folder, 'x.idx', images(20));
      put(folder, 'y.idx', alternating(19));
    },
  },
  {
    name: 'idx-images-as-labels',
    data: '{ images: x.idx, labels: x.idx }',
    write: (folder) => void put(folder, 'x.idx', images(20)),
  },
  {
    name: 'idx-labels-folders',
    data: '{ images: x.idx, labels: folders }',
    write: (folder) => void put(folder, 'x.idx', images(20)),
  },
  {
    name: 'idx-one-class',
    data: '{ images: x.idx, labels: y.idx }',
    more: withDownstream,
    write(folder) {
      put(folder, 'x.idx', images(20));
      put(folder, 'y.idx', labels(...new Array<number>(20).fill(3)));
    },
  },
  {
    name: 'idx-test-of-another-size',
    data: '{ images: x.idx, test: { images: t.idx } }',
    more: small,
    write(folder) {
      put(folder, 'x.idx', images(20));
      put(folder, 't.idx', images(6, 12));
    },
  },
  {
    name: 'idx-test-has-another-class',
    data: '{ images: x.idx, labels: y.idx, test: { images: t.idx, labels: u.idx } }',
    write(folder) {
      put(folder, 'x.idx', images(20));
      put(folder, 'y.idx', alternating(20));
      put(folder, 't.idx', images(3));
      put(folder, 'u.idx', labels(0, 1, 7));
    },
  },
  {
    name: 'idx-batch-larger-than-data',
    data: '{ images: x.idx }',
    more: 'train: { batchSize: 64 }\nevaluate: { knn: false, linearProbe: false }\n',
    write: (folder) => void put(folder, 'x.idx', images(20)),
  },
  {
    name: 'idx-patch-does-not-divide',
    data: '{ images: x.idx }',
    more: `encoder: { type: vit, patch: 3 }\npretext: { method: mae }\n${small}`,
    write: (folder) => void put(folder, 'x.idx', images(20)),
  },
  {
    name: 'idx-budget-too-large',
    data: '{ images: x.idx, labels: y.idx }',
    more: 'train: { batchSize: 4 }\nevaluate: { knn: { k: 2 } }\ndownstream: [{ task: classification, mode: linear, labelsPerClass: [10] }]\n',
    write(folder) {
      put(folder, 'x.idx', images(20));
      put(folder, 'y.idx', alternating(20));
    },
  },
  {
    name: 'npy-cut',
    data: '{ images: x.npy }',
    write: (folder) => void put(folder, 'x.npy', npy('|u1', [20, 8, 8], bytes(1000))),
  },
  {
    name: 'npy-complex',
    data: '{ images: x.npy }',
    write: (folder) => void put(folder, 'x.npy', npy('<c8', [2, 8, 8], bytes(1024))),
  },
  {
    name: 'npy-fortran-order',
    data: '{ images: x.npy }',
    write: (folder) => void put(folder, 'x.npy', npy('|u1', [20, 8, 8], bytes(1280), 'True')),
  },
  {
    name: 'npy-flat-rows',
    data: '{ images: x.npy }',
    write: (folder) => void put(folder, 'x.npy', npy('|u1', [20, 64], bytes(1280))),
  },
  {
    name: 'npy-five-channels',
    data: '{ images: x.npy }',
    write: (folder) => void put(folder, 'x.npy', npy('|u1', [20, 8, 8, 5], bytes(6400))),
  },
  {
    name: 'npy-not-a-number',
    data: '{ images: x.npy }',
    write(folder) {
      const values = Float32Array.from(bytes(1280), (byte) => byte / 255);
      values[700] = Number.NaN;
      put(folder, 'x.npy', npy('<f4', [20, 8, 8], values));
    },
  },
  {
    name: 'npz-no-zip',
    data: '{ images: x.npz }',
    write: (folder) => void put(folder, 'x.npz', 'not a zip file at all'),
  },
  {
    name: 'npz-cut',
    data: '{ images: x.npz }',
    write(folder) {
      put(folder, 'x.npz', npz({ 'images.npy': npy('|u1', [20, 8, 8], bytes(1280)) }, true).subarray(0, 500));
    },
  },
  {
    name: 'npz-without-images',
    data: '{ images: x.npz }',
    write: (folder) => void put(folder, 'x.npz', npz({ 'foo.npy': npy('|u1', [1], bytes(1)) }, false)),
  },
  {
    name: 'cifar-odd-size',
    data: '{ images: data_batch_1.bin }',
    write: (folder) => void put(folder, 'data_batch_1.bin', bytes(4000)),
  },
  {
    name: 'cifar-wrong-label',
    data: '{ images: data_batch_1.bin }',
    write: (folder) => void put(folder, 'data_batch_1.bin', Buffer.alloc(3073, 200)),
  },
];

export const brokenPaths: readonly BrokenData[] = [
  {
    name: 'path-missing',
    data: '{ images: picturs }',
    write: (folder) => void mkdirSync(path.join(folder, 'pictures')),
  },
  { name: 'path-missing-folder', data: '{ images: somewhere/else }', write: () => undefined },
  {
    name: 'path-one-picture',
    data: '{ images: pictures/1.png }',
    write: async (folder) => void put(folder, 'pictures/1.png', await picture()),
  },
  {
    name: 'path-table-as-images',
    data: '{ images: x.csv }',
    write: (folder) => void put(folder, 'x.csv', 'a,b\n1,2\n'),
  },
  {
    name: 'path-folder-as-table',
    data: '{ table: tables }',
    write: (folder) => void put(folder, 'tables/flowers.csv', 'a,b\n1,2\n'),
  },
  {
    name: 'path-below-a-file',
    data: '{ images: notes.txt/pictures }',
    write: (folder) => void put(folder, 'notes.txt', 'x'),
  },
  {
    name: 'path-labels-missing',
    data: '{ images: x.idx, labels: y.ixd }',
    write(folder) {
      put(folder, 'x.idx', images(20));
      put(folder, 'y.idx', alternating(20));
    },
  },
  {
    name: 'path-labels-garbage',
    data: '{ images: x.idx, labels: y.dat }',
    write(folder) {
      put(folder, 'x.idx', images(20));
      put(folder, 'y.dat', 'a');
      appendFileSync(path.join(folder, 'y.dat'), Buffer.alloc(20));
    },
  },
];
