import { DataError } from '../errors.ts';
import { fileFingerprint } from '../fingerprint.ts';
import { openStorage, StorageReader, storageSize } from '../storage.ts';
import { ArraySource, findRange, recordSize } from './arraySource.ts';
import { elementSize, toNumbers } from './elements.ts';
import type { ArraySpec, ElementType, ImageShape, OpenedImages, Storage } from './source.ts';

const types: Readonly<Record<number, ElementType>> = {
  8: 'uint8',
  9: 'int8',
  11: 'int16',
  12: 'int32',
  13: 'float32',
  14: 'float64',
};

interface IdxHeader {
  readonly type: ElementType;
  readonly dimensions: readonly number[];
  readonly start: number;
}

/** Whether (unpacked) bytes begin an IDX file: two zeros, a type, a number of dimensions. */
export function isIdx(head: Uint8Array): boolean {
  return (
    head.length >= 4 &&
    head[0] === 0 &&
    head[1] === 0 &&
    types[head[2]!] !== undefined &&
    head[3]! >= 1 &&
    head[3]! <= 4
  );
}

/** Opens the images of an IDX file (the format of MNIST, http://yann.lecun.com/exdb/mnist/). */
export async function openIdxImages(file: string): Promise<OpenedImages> {
  const storage = await openStorage(file);
  const { type, dimensions, start } = readHeader(file, storage);
  if (dimensions.length < 3)
    throw new DataError({
      key: ['data', 'images'],
      where: file,
      found: `an IDX file with ${dimensions.length} dimension(s): ${dimensions.join(' x ')}`,
      expected: 'images: count x height x width (x channels)',
      fix:
        dimensions.length === 1
          ? 'It looks like a label file: name it in data.labels.'
          : 'Choose the file of the images.',
    });
  const [count, height, width, channels = 1] = dimensions as [number, number, number, number?];
  const shape: ImageShape = [height, width, channels];
  const stride = recordSize({ shape, type });
  checkSize(file, storage, start + count * stride, `${count} images of ${shape.join(' x ')}`);
  const raw: ArraySpec = {
    kind: 'array',
    format: 'IDX',
    type,
    littleEndian: false,
    shape,
    layout: 'HWC',
    scale: 1,
    offset: 0,
    segments: [{ storage, start, stride, count }],
  };
  return {
    source: new ArraySource({ ...raw, ...findRange(raw) }),
    skipped: [],
    fingerprint: fileFingerprint(file),
  };
}

/** The labels of an IDX file with one dimension. */
export async function readIdxLabels(file: string): Promise<string[]> {
  const storage = await openStorage(file);
  const { type, dimensions, start } = readHeader(file, storage);
  if (dimensions.length !== 1)
    throw new DataError({
      key: ['data', 'labels'],
      where: file,
      found: `an IDX file with ${dimensions.length} dimensions: ${dimensions.join(' x ')}`,
      expected: 'one label per image: one dimension',
      fix: 'Choose the file of the labels.',
    });
  const length = dimensions[0]! * elementSize[type];
  checkSize(file, storage, start + length, `${dimensions[0]} labels`);
  const bytes = new Uint8Array(length);
  const reader = new StorageReader(storage);
  reader.read(bytes, start);
  reader.close();
  return Array.from(toNumbers(type, bytes, false), String);
}

function readHeader(file: string, storage: Storage): IdxHeader {
  const size = storageSize(storage);
  const head = new Uint8Array(Math.min(20, size));
  const reader = new StorageReader(storage);
  reader.read(head, 0);
  reader.close();
  const type = types[head[2] ?? 0];
  const rank = head[3] ?? 0;
  if (!isIdx(head) || type === undefined || head.length < 4 + 4 * rank)
    throw new DataError({
      key: ['data'],
      where: file,
      found: size === 0 ? 'an empty file' : 'a file without an IDX header',
      expected: 'an IDX file',
      fix: 'Check the path, or copy the file again.',
    });
  const view = new DataView(head.buffer);
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  return { type, dimensions, start: 4 + 4 * rank };
}

function checkSize(file: string, storage: Storage, expected: number, content: string): void {
  const size = storageSize(storage);
  if (size < expected)
    throw new DataError({
      key: ['data'],
      where: file,
      found: `${size.toLocaleString('en')} bytes`,
      expected: `${expected.toLocaleString('en')} bytes for ${content}`,
      fix: 'The file is cut off: copy or download it again.',
    });
}
