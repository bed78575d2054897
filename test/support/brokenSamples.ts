import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { put } from '../unit/data/fixtures.ts';
import { type BrokenData, bytes, picture } from './brokenImages.ts';

const sound = (name: string) => readFileSync(path.resolve('test/fixtures/audio', name));
const half = (content: Buffer) => content.subarray(0, content.length >> 1);
const small = 'train: { batchSize: 4 }\nevaluate: { knn: false, linearProbe: false }\n';
const forSounds = `encoder: { type: convnet }\npretext: { method: autoencoder }\n${small}`;
const forTexts = `encoder: { type: transformer }\npretext: { method: mlm }\n${small}`;
const lines = (count: number) => Array.from({ length: count }, (_, i) => `text number ${i * i}`);

/** One of each format, a whole recording each. */
const soundFiles = ['s16.wav', 's16.flac', 'vorbis.ogg', 'opus.ogg', 'layer3.mp3'] as const;

/** Recordings of all formats. */
export const brokenSounds: readonly BrokenData[] = [
  {
    name: 'sounds-some-broken',
    data: '{ audio: sounds, testFraction: 0 }',
    more: forSounds,
    write(folder) {
      for (const name of soundFiles) {
        put(folder, `sounds/whole-${name}`, sound(name));
        put(folder, `sounds/cut-${name}`, half(sound(name)));
        put(folder, `sounds/empty-${name}`, '');
        put(folder, `sounds/wrong-${name}`, 'These are words, and no sound at all.');
      }
      put(folder, 'sounds/other.m4a', bytes(100));
    },
  },
  {
    name: 'sounds-all-broken',
    data: '{ audio: sounds }',
    more: forSounds,
    write(folder) {
      for (const name of soundFiles) put(folder, `sounds/${name}`, sound(name).subarray(0, 30));
    },
  },
  {
    name: 'sounds-cannot-be-decoded',
    data: '{ audio: sounds }',
    more: forSounds,
    write(folder) {
      for (const i of [1, 2, 3]) put(folder, `sounds/${i}.flac`, half(sound('s16.flac')));
    },
  },
  {
    name: 'sounds-impossible-rate',
    data: '{ audio: sounds }',
    more: forSounds,
    write(folder) {
      const wav = Buffer.from(sound('s16.wav'));
      wav.writeUInt32LE(4_000_000_000, 24);
      put(folder, 'sounds/a.wav', wav);
    },
  },
  {
    name: 'sounds-none',
    data: '{ audio: sounds }',
    more: forSounds,
    write: (f) => void put(f, 'sounds/a.txt', 'a'),
  },
];

const text = (name: string, file: string, content: string | Buffer, options = ''): BrokenData => ({
  name,
  data: `{ text: ${file}${options} }`,
  more: forTexts,
  write: (folder) => void put(folder, file, content),
});

/** Texts of all kinds, and tokenizers for them. */
export const brokenTexts: readonly BrokenData[] = [
  text('text-empty', 't.txt', ''),
  text('text-binary', 't.txt', bytes(500)),
  text(
    'text-not-utf8',
    't.txt',
    Buffer.concat([Buffer.from(`${lines(20).join('\n')}\ncaf`), Buffer.from([0xe9])]),
  ),
  text('text-gzip-cut', 't.txt.gz', half(gzipSync(lines(500).join('\n')))),
  text('text-gzip-of-nothing', 't.txt.gz', gzipSync('')),
  text(
    'text-csv-cut',
    't.csv',
    `text,class\n${lines(20)
      .map((line, i) => `"${line}",${i % 2}\n`)
      .join('')}"text num`,
    ', label: class',
  ),
  text('text-csv-column-unknown', 't.csv', 'gloss,class\na,b\n', ', column: glos'),
  text(
    'text-tsv-ragged',
    't.tsv',
    `text\tclass\n${lines(20)
      .map((line, i) => `${line}\t${i % 2}\n`)
      .join('')}text num`,
    ', label: class',
  ),
  text(
    'text-jsonl-cut',
    't.jsonl',
    `${lines(20)
      .map((line) => `${JSON.stringify({ text: line })}\n`)
      .join('')}{"text": "text nu`,
  ),
  text('text-jsonl-wrong', 't.jsonl', 'these are\nplain lines\n'),
  {
    name: 'text-folder-some-broken',
    data: '{ text: texts }',
    more: forTexts,
    write(folder) {
      for (const i of lines(8).keys()) put(folder, `texts/${i}.txt`, `text number ${i}`);
      put(folder, 'texts/empty.txt', '');
      put(folder, 'texts/binary.txt', bytes(300));
      put(folder, 'texts/latin.txt', Buffer.from('caf\xe9', 'latin1'));
      put(folder, 'texts/cut.txt.gz', half(gzipSync(lines(100).join('\n'))));
    },
  },
  {
    name: 'text-folder-empty',
    data: '{ text: texts }',
    more: forTexts,
    write: (f) => void mkdirSync(path.join(f, 'texts')),
  },
  ...(['empty', 'cut', 'other'] as const).map(
    (what): BrokenData => ({
      name: `tokenizer-${what}`,
      data: '{ text: t.txt, tokenizer: tokenizer.json }',
      more: forTexts,
      write(folder) {
        put(folder, 't.txt', lines(20).join('\n'));
        put(
          folder,
          'tokenizer.json',
          { empty: '', cut: '{"model": {"type": "BPE", "voc', other: '{"name": "x"}' }[what],
        );
      },
    }),
  ),
];

const coco = JSON.stringify({
  images: [0, 1, 2, 3, 4, 5, 6, 7].map((id) => ({ id, file_name: `${id}.png`, width: 8, height: 8 })),
  annotations: [0, 1, 2, 3].map((id) => ({ id, image_id: id, category_id: 1, bbox: [0, 0, 4, 4] })),
  categories: [{ id: 1, name: 'cat' }],
});
const voc = (i: number) =>
  `<annotation><filename>${i}.png</filename><object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>4</ymax></bndbox></object></annotation>`;

const boxed = (name: string, boxes: string, write: (folder: string) => void): BrokenData => ({
  name,
  data: `{ images: pictures, boxes: ${boxes} }`,
  more: small,
  async write(folder) {
    for (let i = 0; i < 8; i++) put(folder, `pictures/${i}.png`, await picture());
    write(folder);
  },
});

/** Boxes around objects, and picture files other than PNG. */
export const brokenPictures: readonly BrokenData[] = [
  boxed('boxes-coco-empty', 'b.json', (folder) => void put(folder, 'b.json', '')),
  boxed('boxes-coco-cut', 'b.json', (folder) => void put(folder, 'b.json', coco.slice(0, -30))),
  boxed(
    'boxes-coco-wrong',
    'b.json',
    (folder) => void put(folder, 'b.json', '[{"image_id": 1, "bbox": [1, 2, 3, 4]}]'),
  ),
  boxed('boxes-voc-some-broken', 'boxes', (folder) => {
    for (let i = 0; i < 4; i++) put(folder, `boxes/${i}.xml`, voc(i));
    put(folder, 'boxes/4.xml', '');
    put(folder, 'boxes/5.xml', voc(5).slice(0, 90));
    put(folder, 'boxes/6.xml', '<html></html>');
  }),
  boxed('boxes-voc-none', 'boxes', (folder) => void mkdirSync(path.join(folder, 'boxes'))),
  {
    name: 'folder-other-formats-broken',
    data: '{ images: pictures, testFraction: 0 }',
    more: small,
    async write(folder) {
      for (const format of ['jpeg', 'webp', 'tiff'] as const) {
        const whole = await sharp(bytes(48 * 48 * 3), { raw: { width: 48, height: 48, channels: 3 } })
          .toFormat(format)
          .toBuffer();
        for (const i of [1, 2, 3]) put(folder, `pictures/${i}.${format}`, whole);
        put(folder, `pictures/cut.${format}`, half(whole));
        put(folder, `pictures/empty.${format}`, '');
        put(folder, `pictures/wrong.${format}`, 'words');
      }
    },
  },
];

const parquet = () => readFileSync(path.resolve('test/fixtures/tables/codecs/snappy.parquet'));
const table = (name: string, file: string, content: () => string | Buffer): BrokenData => ({
  name,
  data: `{ table: ${file} }`,
  more: 'train: { batchSize: 4 }\n',
  write: (folder) => void put(folder, file, content()),
});

/** Tables in formats other than CSV. */
export const brokenFormats: readonly BrokenData[] = [
  table('parquet-cut', 't.parquet', () => half(parquet())),
  table('parquet-empty', 't.parquet', () => ''),
  table('parquet-wrong', 't.parquet', () => 'a,b\n1,2\n'),
  table(
    'tsv-cut',
    't.tsv',
    () =>
      `a\tb\n${lines(20)
        .map((_, i) => `${(i * i) % 7}\t${i % 5}\n`)
        .join('')}3`,
  ),
  table('tsv-binary', 't.tsv', () => bytes(300)),
  table('jsonl-empty', 't.jsonl', () => ''),
  table('json-empty-list', 't.json', () => '[]'),
  table('json-gzip-cut', 't.json.gz', () =>
    half(gzipSync(JSON.stringify(lines(300).map((a, b) => ({ a, b }))))),
  ),
  table('table-row-without-end', 't.csv', () => `a,b\n1,2\n"3,4\n${'5,6\n'.repeat(5_000_000)}`),
  table('jsonl-row-without-end', 't.jsonl', () => `{"a":1}\n{"a":"${'x'.repeat(17 * 2 ** 20)}`),
];
