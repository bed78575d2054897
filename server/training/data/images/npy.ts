import { DataError } from '../errors.ts';
import { fileFingerprint } from '../fingerprint.ts';
import { openStorage, StorageReader, storageSize } from '../storage.ts';
import { ArraySource, findRange, recordSize } from './arraySource.ts';
import { elementSize, toNumbers } from './elements.ts';
import type { ArraySpec, ElementType, ImageShape, OpenedImages, Storage } from './source.ts';
import { listZip, openMember } from './zip.ts';

const types: Readonly<Record<string, ElementType>> = {
  b1: 'uint8',
  u1: 'uint8',
  i1: 'int8',
  u2: 'uint16',
  i2: 'int16',
  u4: 'uint32',
  i4: 'int32',
  u8: 'uint64',
  i8: 'int64',
  f4: 'float32',
  f8: 'float64',
};

/** One array of an NPY file or of a member of an NPZ file. */
interface NpyArray {
  readonly where: string;
  readonly storage: Storage;
  readonly start: number;
  readonly type: ElementType;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
}

export function isNpy(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 6)).equals(Buffer.from('\x93NUMPY', 'latin1'));
}

/** Images of an NPY file: count x height x width, or with channels last or first. */
export async function openNpyImages(file: string): Promise<OpenedImages> {
  const source = imagesOf(readArray(file, await openStorage(file), 0), 'NPY');
  return { source, skipped: [], fingerprint: fileFingerprint(file) };
}

const imageNames = ['images', 'x', 'x_train', 'data', 'arr_0'];
const labelNames = ['labels', 'label', 'y', 'y_train', 'targets', 'arr_1'];

/** Images, and labels if there are any, of an NPZ file. */
export async function openNpzImages(file: string): Promise<OpenedImages> {
  const members = listZip(file).filter(({ name }) => name.endsWith('.npy'));
  const find = (names: readonly string[]) =>
    names
      .map((wanted) => members.find(({ name }) => name.toLowerCase() === `${wanted}.npy`))
      .find((member) => member !== undefined);
  const member = find(imageNames);
  if (member === undefined)
    throw new DataError({
      key: ['data', 'images'],
      where: file,
      found: `an NPZ file with ${members.map(({ name }) => name.replace(/\.npy$/, '')).join(', ') || 'no arrays'}`,
      expected: `an array named ${imageNames.slice(0, 3).join(', ')} or ${imageNames[3]}`,
      fix: 'Save it with numpy.savez(file, images=..., labels=...).',
    });
  const opened = await openMember(file, member);
  const source = imagesOf(readArray(`${file}: ${member.name}`, opened.storage, opened.start), 'NPZ');
  const labelMember = find(labelNames);
  if (labelMember === undefined) return { source, skipped: [], fingerprint: fileFingerprint(file) };
  const labels = await openMember(file, labelMember);
  return {
    source,
    labels: labelsOf(readArray(`${file}: ${labelMember.name}`, labels.storage, labels.start)),
    skipped: [],
    fingerprint: fileFingerprint(file),
  };
}

export async function readNpyLabels(file: string): Promise<string[]> {
  return labelsOf(readArray(file, await openStorage(file), 0));
}

function imagesOf(array: NpyArray, format: string): ArraySource {
  const { shape, layout } = imageShape(array);
  const stride = recordSize({ shape, type: array.type });
  const count = array.shape[0]!;
  const raw: ArraySpec = {
    kind: 'array',
    format,
    type: array.type,
    littleEndian: array.littleEndian,
    shape,
    layout,
    scale: 1,
    offset: 0,
    segments: [{ storage: array.storage, start: array.start, stride, count }],
  };
  return new ArraySource({ ...raw, ...findRange(raw) });
}

function imageShape({ shape, where }: NpyArray): { shape: ImageShape; layout: 'HWC' | 'CHW' } {
  const [, a, b, c] = shape;
  if (shape.length === 3) return { shape: [a!, b!, 1], layout: 'HWC' };
  if (shape.length === 4 && (c === 1 || c === 3)) return { shape: [a!, b!, c], layout: 'HWC' };
  if (shape.length === 4 && (a === 1 || a === 3)) return { shape: [b!, c!, a], layout: 'CHW' };
  throw new DataError({
    key: ['data', 'images'],
    where,
    found: `an array of shape ${shape.join(' x ') || '()'}`,
    expected: 'count x height x width, with 1 or 3 channels last or first',
    fix:
      shape.length === 2
        ? 'Reshape flat rows to images before saving.'
        : 'Transpose or select the channels before saving.',
  });
}

function labelsOf(array: NpyArray): string[] {
  const column = array.shape.length === 2 && array.shape[1] === 1;
  if (array.shape.length !== 1 && !column)
    throw new DataError({
      key: ['data', 'labels'],
      where: array.where,
      found: `an array of shape ${array.shape.join(' x ')}`,
      expected: 'one label per image: one dimension',
      fix: 'Save class numbers, not one-hot rows.',
    });
  const bytes = new Uint8Array(array.shape[0]! * elementSize[array.type]);
  const reader = new StorageReader(array.storage);
  reader.read(bytes, array.start);
  reader.close();
  return Array.from(toNumbers(array.type, bytes, array.littleEndian), String);
}

/** Reads the header (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
function readArray(where: string, storage: Storage, at: number): NpyArray {
  const available = storageSize(storage) - at;
  const reader = new StorageReader(storage);
  const read = (position: number, length: number) => {
    if (position + length > available)
      throw wrong(where, 'a file that is cut off', 'a complete NPY file', 'Copy it again.');
    const bytes = Buffer.alloc(length);
    reader.read(bytes, at + position);
    return bytes;
  };
  try {
    const magic = read(0, 10);
    if (!isNpy(magic)) throw wrong(where, 'a file without an NPY header', 'an NPY file', 'Check the path.');
    const long = magic[6]! >= 2;
    const length = long ? read(8, 4).readUInt32LE(0) : magic.readUInt16LE(8);
    const start = (long ? 12 : 10) + length;
    const header = read(start - length, length).toString('latin1');
    const code = /'descr':\s*'([<>|=])([a-zA-Z]\d*)'/.exec(header);
    const shape =
      /'shape':\s*\(([^)]*)\)/
        .exec(header)?.[1]
        ?.split(',')
        .map((part) => part.trim()) ?? [];
    const type = types[code?.[2] ?? ''];
    if (code === null || type === undefined) {
      const found = /'descr':\s*('[^']*'|\[.*?\])/.exec(header)?.[1] ?? 'an unknown header';
      throw wrong(
        where,
        `elements of type ${found}`,
        'integers, float32 or float64',
        'Convert with array.astype(...).',
      );
    }
    if (/'fortran_order':\s*True/.test(header))
      throw wrong(where, 'an array in Fortran order', 'C order', 'Save numpy.ascontiguousarray(array).');
    const dimensions = shape.filter((part) => part !== '').map(Number);
    const size = dimensions.reduce((product, n) => product * n, elementSize[type]);
    if (start + size > available)
      throw wrong(
        where,
        `${(available - start).toLocaleString('en')} bytes of data`,
        `${size.toLocaleString('en')} for shape ${dimensions.join(' x ')}`,
        'The file is cut off: copy it again.',
      );
    return { where, storage, start: at + start, type, littleEndian: code[1] !== '>', shape: dimensions };
  } finally {
    reader.close();
  }
}

function wrong(where: string, found: string, expected: string, fix: string): DataError {
  return new DataError({ key: ['data'], where, found, expected, fix });
}
