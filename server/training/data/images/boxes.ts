import type { BoxAnnotations, TrueBox } from '../boxes/boxes.ts';
import { openBoxes, type PictureBoxes } from '../boxes/openBoxes.ts';
import { type PictureSize, placeBoxes } from '../boxes/place.ts';
import type { SkippedSample } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { requireReadable } from './detect.ts';
import { FolderSource } from './folderSource.ts';
import type { ImageShape, ImageSource } from './source.ts';

/** A set of images, where its boxes are, and the config key that says so. */
export interface BoxedImages {
  readonly source: ImageSource;
  readonly boxes: string | undefined;
  readonly key: readonly string[];
}

export interface OpenedBoxes {
  readonly boxes: BoxAnnotations;
  readonly skipped: readonly SkippedSample[];
  readonly notes: readonly string[];
  readonly fingerprint: string;
}

/**
 * Boxes of the images and of their separate test set, whose positions follow, in pixels of `shape`; undefined without
 * any. Both share the categories of the first.
 */
export async function openImageBoxes(
  parts: readonly BoxedImages[],
  shape: ImageShape,
): Promise<OpenedBoxes | undefined> {
  const [height, width] = shape;
  const all = new Map<number, readonly TrueBox[]>();
  const opened: PictureBoxes[] = [];
  const categories: string[] = [];
  let lost = 0;
  let start = 0;
  for (const { source, boxes: where, key } of parts) {
    if (where !== undefined) {
      const found = await openPart(source, where, key);
      const numbers = numbersIn(categories, found.categories, opened.length > 0, where, key);
      opened.push(found);
      for (const [index, { size, boxes }] of found.pictures) {
        const placed = placeBoxes(boxes, size, { height, width });
        lost += boxes.length - placed.length;
        all.set(
          start + index,
          placed.map((box) => ({ ...box, category: numbers[box.category]! })),
        );
      }
    }
    start += source.count;
  }
  if (opened.length === 0) return undefined;
  const notes = opened.flatMap((part) => part.notes);
  if (lost > 0)
    notes.push(`${lost.toLocaleString('en')} boxes lie outside of the middle of the images that is used`);
  return {
    boxes: { categories, of: (index) => all.get(index) },
    skipped: opened.flatMap((part) => part.skipped),
    notes,
    fingerprint: opened.map((part) => part.fingerprint).join(),
  };
}

async function openPart(source: ImageSource, where: string, key: readonly string[]): Promise<PictureBoxes> {
  requireReadable(where, key);
  if (!(source instanceof FolderSource))
    throw new DataError({
      key,
      where,
      found: `boxes for ${source.format} data`,
      expected: 'boxes for a folder of pictures, which have names',
      fix: 'Save the images as picture files, or leave the boxes out.',
    });
  const size = async (index: number): Promise<PictureSize> => {
    const [height, width] = await source.probe(index);
    return { height, width };
  };
  return openBoxes(where, { count: source.count, name: (index) => source.name(index), size }, key);
}

/** The numbers of a part's categories in the common list, which the first part makes. */
function numbersIn(
  categories: string[],
  own: readonly string[],
  isFixed: boolean,
  where: string,
  key: readonly string[],
): number[] {
  return own.map((name) => {
    const known = categories.indexOf(name);
    if (known !== -1) return known;
    if (isFixed)
      throw new DataError({
        key,
        where,
        found: `the category "${name}"`,
        expected: `only categories of the training set: ${categories.slice(0, 12).join(', ')}`,
        fix: 'Check that both sets are annotated alike.',
      });
    return categories.push(name) - 1;
  });
}
