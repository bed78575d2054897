import type { SkippedSample } from '../dataset.ts';
import type { Box, TrueBox } from './boxes.ts';

/** An object as an annotation file gives it: in pixels of the picture as it is stored. */
export interface WrittenBox extends Box, Pick<TrueBox, 'flag' | 'area'> {
  readonly category: string;
  /** What the box is called in messages: "annotation 17", "object 3". */
  readonly name: string;
}

export interface WrittenPicture {
  /** As the annotations call it: with or without folder and extension. */
  readonly file: string;
  /** Size of the picture, where the annotations tell it. */
  readonly size?: { readonly height: number; readonly width: number };
  readonly boxes: readonly WrittenBox[];
}

/** What annotation files say, before it is compared with the pictures. */
export interface WrittenBoxes {
  readonly format: 'COCO' | 'Pascal VOC';
  /** In the format's own order. */
  readonly categories: readonly string[];
  readonly pictures: readonly WrittenPicture[];
  readonly skipped: readonly SkippedSample[];
}

/** Four finite numbers that make a box with an area, or why they do not. */
export function boxFrom(values: readonly unknown[]): Box | string {
  const [x, y, width, height] = values;
  if (values.length !== 4 || ![x, y, width, height].every(Number.isFinite))
    return `its box is not four numbers: ${JSON.stringify(values).slice(0, 60)}`;
  const box = { x, y, width, height } as Box;
  if (box.width <= 0 || box.height <= 0) return `its box has no area: ${box.width} x ${box.height}`;
  return box;
}
