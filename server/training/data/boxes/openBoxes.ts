import { statSync } from 'node:fs';
import type { SkippedSample } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { fileFingerprint, hashOf } from '../fingerprint.ts';
import { clip, type TrueBox } from './boxes.ts';
import { readCoco } from './coco.ts';
import { matchPictures } from './match.ts';
import type { PictureSize } from './place.ts';
import { sizesOf } from './sizes.ts';
import { readVoc } from './voc.ts';
import type { WrittenBox, WrittenBoxes } from './written.ts';

/** The pictures that annotations are about. */
export interface Pictures {
  readonly count: number;
  name(index: number): string;
  /** Height and width as stored, by its header. */
  size(index: number): Promise<PictureSize>;
}

/** The boxes of pictures, in pixels of each picture as it is stored. */
export interface PictureBoxes {
  readonly categories: readonly string[];
  /** By the picture's position. */
  readonly pictures: ReadonlyMap<number, { readonly size: PictureSize; readonly boxes: readonly TrueBox[] }>;
  readonly skipped: readonly SkippedSample[];
  readonly notes: readonly string[];
  readonly fingerprint: string;
}

/** Rounding may put the edge of a box this far outside of its picture, in pixels. */
const tolerance = 2;

/**
 * Reads the boxes of `pictures` from a COCO file or a folder of Pascal VOC files. What does not fit is skipped with
 * its reason.
 * @throws DataError where nothing fits.
 */
export async function openBoxes(
  where: string,
  pictures: Pictures,
  key: readonly string[],
): Promise<PictureBoxes> {
  const isFolder = statSync(where).isDirectory();
  const written = isFolder ? readVoc(where, key) : await readCoco(where, key);
  const skipped = [...written.skipped];
  const notes: string[] = [];
  const found = matchPictures(written, pictures, where, key, notes);
  const sizes = await sizesOf(found, pictures);
  const numbers = new Map(written.categories.map((name, i) => [name, i]));
  const placed = new Map<number, { size: PictureSize; boxes: TrueBox[] }>();
  let beyond = 0;
  for (const [index, { size: said, boxes }] of found) {
    const size = sizes.get(index);
    if (size instanceof Error) {
      skipped.push({ name: pictures.name(index), reason: size.message });
      continue;
    }
    const own = size ?? said!;
    if (said !== undefined && (said.height !== own.height || said.width !== own.width)) {
      const reason = `its boxes are for ${said.width} x ${said.height} pixels, the picture has ${own.width} x ${own.height}`;
      skipped.push({ name: pictures.name(index), reason });
      continue;
    }
    const inside: TrueBox[] = [];
    for (const { category, name, ...box } of boxes) {
      const cut = clip(box, own.height, own.width);
      if (cut === undefined) {
        skipped.push({ name: `${pictures.name(index)}, ${name}`, reason: outside(box, own) });
        continue;
      }
      if (box.width - cut.width > tolerance || box.height - cut.height > tolerance) beyond++;
      inside.push({ ...cut, category: numbers.get(category)! });
    }
    placed.set(index, { size: own, boxes: inside });
  }
  if (beyond > 0)
    notes.push(`${beyond.toLocaleString('en')} boxes reach beyond their picture: they are cut at its edge`);
  requireObjects(placed, written, where, key, skipped);
  return {
    categories: written.categories,
    pictures: placed,
    skipped,
    notes,
    fingerprint: isFolder ? hashOf([written.categories, [...placed]]) : fileFingerprint(where),
  };
}

function outside(box: Omit<WrittenBox, 'category' | 'name'>, { width, height }: PictureSize): string {
  return `its box (x ${box.x}, y ${box.y}, ${box.width} x ${box.height}) lies outside of the picture of ${width} x ${height}`;
}

function requireObjects(
  placed: PictureBoxes['pictures'],
  { format }: WrittenBoxes,
  where: string,
  key: readonly string[],
  skipped: readonly SkippedSample[],
): void {
  if ([...placed.values()].some(({ boxes }) => boxes.length > 0)) return;
  const first = skipped[0];
  throw new DataError({
    key,
    where,
    found: first === undefined ? 'no box' : `no box that can be used (${first.name}: ${first.reason})`,
    expected: `boxes around objects on the pictures (${format})`,
    fix: 'Correct the annotations, or leave data.boxes out.',
  });
}
