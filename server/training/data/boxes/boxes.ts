/** A rectangle in pixels, from its upper left corner; x runs to the right, y downwards, and the image starts at 0. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An object that a person has marked. */
export interface TrueBox extends Box {
  /** Position in the list of categories. */
  readonly category: number;
  /**
   * What is not counted, neither as found nor as missed: a `crowd` of objects (COCO) takes up any number of
   * detections that lie inside of it; a `difficult` object (Pascal VOC) any number that fit it.
   */
  readonly flag?: 'crowd' | 'difficult';
  /** Area of the object in square pixels where it is not that of its box (COCO's segmentations). */
  readonly area?: number;
}

/** An object that a detector has found. */
export interface Detection extends Box {
  readonly category: number;
  /** 0..1 */
  readonly score: number;
}

/** What is known of the objects on a set of images. */
export interface BoxAnnotations {
  readonly categories: readonly string[];
  /** The objects on an image; empty where there are none, undefined where nobody has looked. */
  of(index: number): readonly TrueBox[] | undefined;
}

/** Area that two boxes share. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width <= 0 || height <= 0 ? 0 : width * height;
}

/** Shared area by joint area, 0..1. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = overlap(a, b);
  return shared === 0 ? 0 : shared / (a.width * a.height + b.width * b.height - shared);
}

/** The part of a box that lies in an image of this size; undefined where none does. */
export function clip<B extends Box>(box: B, height: number, width: number): B | undefined {
  const left = Math.max(0, box.x);
  const top = Math.max(0, box.y);
  const right = Math.min(width, box.x + box.width);
  const bottom = Math.min(height, box.y + box.height);
  if (right <= left || bottom <= top) return undefined;
  return { ...box, x: left, y: top, width: right - left, height: bottom - top };
}
