import { type Box, clip, type TrueBox } from './boxes.ts';

/** Below this visible share of its area an object is not to be found, but no mistake either. */
export const leastVisible = 0.25;

export interface PictureSize {
  readonly height: number;
  readonly width: number;
}

/** How a picture that was scaled until it covers `to` and cut in the middle lies in it: out = in * scale - cut. */
function coverOf(from: PictureSize, to: PictureSize): { scale: number; left: number; top: number } {
  const scale = Math.max(to.height / from.height, to.width / from.width);
  return { scale, left: (from.width * scale - to.width) / 2, top: (from.height * scale - to.height) / 2 };
}

/**
 * Moves boxes with their picture when it is scaled to cover another size and its middle is used (resize.ts). What
 * was cut away of a box is cut off it; see {@link cutToImage}.
 */
export function placeBoxes(boxes: readonly TrueBox[], from: PictureSize, to: PictureSize): TrueBox[] {
  const { scale, left, top } = coverOf(from, to);
  return boxes.flatMap(({ area, ...box }) => {
    const moved: TrueBox = {
      ...box,
      x: box.x * scale - left,
      y: box.y * scale - top,
      width: box.width * scale,
      height: box.height * scale,
      ...(area !== undefined && { area: area * scale * scale }),
    };
    return cutToImage(moved, to) ?? [];
  });
}

/**
 * The part of a box that lies in the image. Too little of an object to tell what it is ({@link leastVisible}) makes
 * it `difficult`; undefined where nothing is left.
 */
export function cutToImage(box: TrueBox, { height, width }: PictureSize): TrueBox | undefined {
  const cut = clip(box, height, width);
  if (cut === undefined) return undefined;
  const share = areaOf(cut) / areaOf(box);
  const { area, ...rest } = cut;
  const placed: TrueBox = area === undefined ? rest : { ...rest, area: area * share };
  return share < leastVisible && box.flag === undefined ? { ...placed, flag: 'difficult' } : placed;
}

function areaOf({ width, height }: Box): number {
  return width * height;
}
