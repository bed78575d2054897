import {
  closeSync,
  createReadStream,
  createWriteStream,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { soundOf } from '../../server/training/data/audio/recording.ts';
import { jsonElements } from '../../server/training/data/boxes/jsonElements.ts';
import { openDataset } from '../../server/training/data/open.ts';
import { readTable } from '../../server/training/data/tables/read.ts';
import { idx, npy } from '../unit/data/fixtures.ts';
import { repeatedOgg } from './repeatedOgg.ts';

/** A format: writes a file of about so many bytes, and reads all of it as the product does. */
export interface HugeFormat {
  readonly extension: string;
  write(file: string, bytes: number): void | Promise<void>;
  /** @returns how many samples, rows or values came out */
  read(file: string): Promise<number>;
}

/** Writes `piece(0)`, `piece(1)` and so on until the file has `bytes`. */
function writePieces(file: string, bytes: number, piece: (index: number) => string | Buffer, end = ''): void {
  const handle = openSync(file, 'w');
  for (let index = 0, written = 0; written < bytes; index++) {
    const next = piece(index);
    written += typeof next === 'string' ? writeSync(handle, next) : writeSync(handle, next);
  }
  writeSync(handle, end);
  closeSync(handle);
}

/** A head, and behind it zeros that take no place on the disk. */
function writeHole(file: string, head: Buffer, bytes: number): void {
  const handle = openSync(file, 'w');
  writeSync(handle, head);
  ftruncateSync(handle, head.length + bytes);
  closeSync(handle);
}

const fixture = (name: string): Buffer => readFileSync(path.resolve('test/fixtures/audio', name));
const thousand = (row: (index: number) => string) => (piece: number) =>
  Array.from({ length: 1000 }, (_, i) => row(piece * 1000 + i)).join('');

/** Text lines of 300 bytes. */
const line = (index: number): string => `line ${index} ${'é '.repeat(97)}`;
const numbers = (index: number, between: string): string =>
  Array.from({ length: 20 }, (_, i) => ((index * 31 + i * 17) % 1009) / 8).join(between);
const names = Array.from({ length: 20 }, (_, i) => `c${i}`);

const sound = (extension: string, write: HugeFormat['write']): HugeFormat => ({
  extension,
  write,
  async read(file) {
    let count = 0;
    for await (const piece of soundOf(file, 16_000)) count += piece.length;
    return count;
  },
});

const texts = (extension: string, write: HugeFormat['write'], options = {}): HugeFormat => ({
  extension,
  write,
  async read(file) {
    const opened = await openDataset({ text: file, length: 32, testFraction: 0, ...options }, { seed: 0 });
    const loader = opened.loader({ seed: 0 });
    for (let at = 0; at < opened.count; at += 10_000)
      await loader.load(Int32Array.of(at), [{ view: 0, augmented: false }], 0);
    opened.close();
    return opened.count;
  },
});

const images = (extension: string, write: HugeFormat['write']): HugeFormat => ({
  extension,
  write,
  async read(file) {
    const opened = await openDataset({ images: file, testFraction: 0 }, { seed: 0 });
    const loader = opened.loader({ seed: 0, workers: 0 });
    for (let at = 0; at + 256 < opened.count; at += Math.ceil(opened.count / 50))
      await loader.load(
        Int32Array.from({ length: 256 }, (_, i) => at + i),
        [{ view: 0, augmented: false }],
        0,
      );
    await loader.dispose();
    opened.close();
    return opened.count;
  },
});

const table = (extension: string, write: HugeFormat['write']): HugeFormat => ({
  extension,
  write,
  read: async (file) => (await readTable(file, ['data', 'table'])).rowNumbers.length,
});

/** Every format that is read piece by piece, and the tables, which are kept. */
export const hugeFormats: Readonly<Record<string, HugeFormat>> = {
  wav: sound('.wav', (file, bytes) => {
    const head = Buffer.from(fixture('s16.wav')).subarray(0, 44);
    head.write('data', 36, 'latin1');
    head.writeUInt32LE(bytes - (bytes % 4), 40);
    head.writeUInt32LE(16, 16);
    head.writeUInt16LE(1, 20);
    writeHole(file, head, bytes - (bytes % 4));
  }),
  flac: sound('.flac', (file, bytes) => {
    const whole = Buffer.from(fixture('s16.flac'));
    const start = whole.indexOf(Buffer.from([0xff, 0xf8]));
    const head = Buffer.from(whole.subarray(0, start));
    head.fill(0, 22, 42); // neither the length nor the checksum of the whole is known
    head[21] = head[21]! & 0xf0;
    writePieces(file, bytes, (i) => (i === 0 ? head : whole.subarray(start)));
  }),
  vorbis: sound('.ogg', (file, bytes) => repeatedOgg(fixture('vorbis.ogg'), file, bytes)),
  opus: sound('.opus', (file, bytes) => repeatedOgg(fixture('opus.ogg'), file, bytes)),
  mp3: sound('.mp3', (file, bytes) => {
    const whole = fixture('layer3.mp3');
    const frames = whole.subarray(whole.indexOf(Buffer.from([0xff, 0xfb])));
    const second = frames.indexOf(Buffer.from([0xff, 0xfb]), 4); // the first one tells the length of the fixture
    writePieces(file, bytes, () => frames.subarray(second));
  }),
  lines: texts('.txt', (file, bytes) =>
    writePieces(
      file,
      bytes,
      thousand((i) => `${line(i)}\n`),
    ),
  ),
  textCsv: texts('.csv', (file, bytes) =>
    writePieces(
      file,
      bytes,
      thousand((i) => `${i === 0 ? 'text,y\n' : ''}"${line(i)}",${i % 3}\n`),
    ),
  ),
  textTsv: texts('.tsv', (file, bytes) =>
    writePieces(
      file,
      bytes,
      thousand((i) => `${i === 0 ? 'text\ty\n' : ''}${line(i)}\t${i % 3}\n`),
    ),
  ),
  textJsonl: texts('.jsonl', (file, bytes) =>
    writePieces(
      file,
      bytes,
      thousand((i) => `{"text":"${line(i)}"}\n`),
    ),
  ),
  textGzip: texts('.txt.gz', async (file, bytes) => {
    writePieces(
      `${file}.plain`,
      bytes,
      thousand((i) => `${line(i)}\n`),
    );
    await pipeline(createReadStream(`${file}.plain`), createGzip({ level: 1 }), createWriteStream(file));
  }),
  idx: images('.idx', (file, bytes) =>
    writeHole(file, idx(8, [Math.floor(bytes / 784), 28, 28], Buffer.alloc(0)), bytes),
  ),
  npy: images('.npy', (file, bytes) =>
    writeHole(file, npy('|u1', [Math.floor(bytes / 784), 28, 28], Buffer.alloc(0)), bytes),
  ),
  cifar: images('.bin', (file, bytes) => writeHole(file, Buffer.alloc(0), bytes - (bytes % 3073))),
  coco: {
    extension: '.json',
    write: (file, bytes) => {
      const shape = `[[${Array.from({ length: 400 }, (_, i) => i).join()}]]`;
      const entry = (i: number) => `${i === 0 ? '{"annotations":[' : ','}{"id":${i},"segmentation":${shape}}`;
      writePieces(file, bytes, entry, ']}');
    },
    async read(file) {
      let count = 0;
      for await (const _ of jsonElements(file)) count++;
      return count;
    },
  },
  csv: table('.csv', (file, bytes) =>
    writePieces(
      file,
      bytes,
      thousand((i) => `${i === 0 ? `${names.join()}\n` : ''}${numbers(i, ',')}\n`),
    ),
  ),
  tsv: table('.tsv', (file, bytes) =>
    writePieces(
      file,
      bytes,
      thousand((i) => `${i === 0 ? `${names.join('\t')}\n` : ''}${numbers(i, '\t')}\n`),
    ),
  ),
  jsonl: table('.jsonl', (file, bytes) =>
    writePieces(
      file,
      bytes,
      thousand((i) => `{${names.map((name, c) => `"${name}":${(i * 31 + c) % 1009}`).join()}}\n`),
    ),
  ),
};
