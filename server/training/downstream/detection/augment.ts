import type { Random } from '../../../random.ts';
import { type Affine, identity, invert, resample } from '../../../views/affine.ts';
import { drawMovement } from '../../../views/pipeline.ts';
import type { Recipe } from '../../../views/recipe.ts';
import type { Box, TrueBox } from '../../data/boxes/boxes.ts';
import { cutToImage, type PictureSize } from '../../data/boxes/place.ts';

/**
 * Moves an image (normalised values, interleaved) and the boxes on it alike, by the geometric transforms of the
 * recipe. Boxes are cut at the edge; see {@link cutToImage} for those of which little is left. What the image shows
 * beyond its old edge repeats it.
 */
export function moveScene(
  image: Float32Array,
  boxes: readonly TrueBox[],
  size: PictureSize & { readonly channels: number },
  recipe: Recipe,
  random: Random,
): { image: Float32Array; boxes: TrueBox[] } {
  const map = drawMovement(recipe, size, random);
  if (map === identity) return { image, boxes: [...boxes] };
  const moved = new Float32Array(image.length);
  resample({ ...size, data: image }, map, moved, size.height, size.width);
  return { image: moved, boxes: boxes.flatMap((box) => cutToImage(moveBox(box, map, size), size) ?? []) };
}

/** The box around what a box becomes in an image that shows `map`: centred output to centred input coordinates. */
export function moveBox<B extends Box & { readonly area?: number }>(
  box: B,
  map: Affine,
  { height, width }: PictureSize,
): B {
  const back = invert(map);
  const corners = [0, 1, 2, 3].map((corner) => {
    const x = box.x + (corner & 1) * box.width - width / 2;
    const y = box.y + (corner >> 1) * box.height - height / 2;
    return {
      x: back.a * x + back.b * y + back.tx + width / 2,
      y: back.c * x + back.d * y + back.ty + height / 2,
    };
  });
  const left = Math.min(...corners.map(({ x }) => x));
  const top = Math.min(...corners.map(({ y }) => y));
  return {
    ...box,
    x: left,
    y: top,
    width: Math.max(...corners.map(({ x }) => x)) - left,
    height: Math.max(...corners.map(({ y }) => y)) - top,
    ...(box.area !== undefined && { area: box.area * Math.abs(back.a * back.d - back.b * back.c) }),
  };
}
