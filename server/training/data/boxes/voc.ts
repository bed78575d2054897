import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { SkippedSample } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { boxFrom, type WrittenBox, type WrittenBoxes, type WrittenPicture } from './written.ts';

/** The annotations of one picture are never this long. */
const largestFile = 16 * 2 ** 20;

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  isArray: (name) => name === 'object',
});

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads boxes from a folder of Pascal VOC files, one XML for each picture: `object` with `name`, `difficult` and
 * `bndbox`. Its corners count pixels from 1 and belong to the box (Everingham et al., VOC development kit). Files
 * and objects that cannot be used are skipped.
 * @throws DataError where the folder has no such file.
 */
export function readVoc(folder: string, key: readonly string[]): WrittenBoxes {
  const pictures: WrittenPicture[] = [];
  const skipped: SkippedSample[] = [];
  for (const name of xmlFiles(folder)) {
    const read = readFile(path.join(folder, name), name, skipped);
    if (typeof read === 'string') skipped.push({ name, reason: read });
    else pictures.push(read);
  }
  if (pictures.length === 0) {
    const first = skipped[0];
    throw new DataError({
      key,
      where: folder,
      found:
        first === undefined ? 'no XML file' : `no XML file that can be read (${first.name}: ${first.reason})`,
      expected: 'a folder of Pascal VOC annotations, one XML file for each picture',
      fix: 'Name the folder with the annotations (Annotations in Pascal VOC), or a COCO JSON file.',
    });
  }
  const categories = new Set(pictures.flatMap(({ boxes }) => boxes.map(({ category }) => category)));
  return { format: 'Pascal VOC', categories: [...categories].sort(), pictures, skipped };
}

function xmlFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.toLowerCase().endsWith('.xml'))
    .sort();
}

/** One file, or why it cannot be used. */
function readFile(file: string, name: string, skipped: SkippedSample[]): WrittenPicture | string {
  const { size } = statSync(file);
  if (size === 0) return 'empty file';
  if (size > largestFile) return `${Math.round(size / 2 ** 20)} MB are too much for the boxes of one picture`;
  const text = readFileSync(file, 'utf8');
  const valid = XMLValidator.validate(text);
  if (valid !== true) return `no whole XML file, line ${valid.err.line}: ${valid.err.msg.replace(/\.$/, '')}`;
  const { annotation } = parser.parse(text) as Fields;
  if (!isFields(annotation)) return 'no Pascal VOC file: it has no <annotation>';
  const boxes: WrittenBox[] = [];
  for (const [i, object] of (Array.isArray(annotation.object) ? annotation.object : []).entries()) {
    const box = readObject(object, `object ${i + 1}`);
    if (typeof box === 'string') skipped.push({ name: `${name}, object ${i + 1}`, reason: box });
    else boxes.push(box);
  }
  const own = typeof annotation.filename === 'string' ? annotation.filename.trim() : '';
  const length = isFields(annotation.size)
    ? { height: Number(annotation.size.height), width: Number(annotation.size.width) }
    : { height: 0, width: 0 };
  return {
    file: own === '' ? name.replace(/\.xml$/i, '') : own,
    ...(length.height > 0 && length.width > 0 && { size: length }),
    boxes,
  };
}

function readObject(object: unknown, name: string): WrittenBox | string {
  if (!isFields(object) || !isFields(object.bndbox)) return 'it has no <bndbox>';
  if (typeof object.name !== 'string' || object.name.trim() === '') return 'it has no <name>';
  const { xmin, ymin, xmax, ymax } = object.bndbox;
  const [left, top, right, bottom] = [xmin, ymin, xmax, ymax].map(numberOf) as [
    number,
    number,
    number,
    number,
  ];
  const box = boxFrom([left - 1, top - 1, right - left + 1, bottom - top + 1]);
  if (typeof box === 'string') return box;
  return {
    ...box,
    category: object.name.trim(),
    name,
    ...(object.difficult === '1' && { flag: 'difficult' }),
  };
}

function numberOf(text: unknown): number {
  return typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
