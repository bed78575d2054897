import type { Random } from '../random.ts';
import { randomAt } from '../random.ts';
import type { Affine, PixelImage } from './affine.ts';
import { compose, copyPixels, identity, resample, stretch } from './affine.ts';
import type { Recipe } from './recipe.ts';
import { transforms } from './registry.ts';
import type { FloatImage, GeometryTransform, PixelTransform } from './transform.ts';

interface Step<Kind> {
  readonly transform: Kind;
  readonly options: unknown;
}

/**
 * Draws views of images, all with one recipe and one size. Holds its buffers, so that drawing allocates nothing.
 * Minification is not filtered: images are expected at about the size of the view.
 */
export class ViewRenderer {
  readonly #geometry: Step<GeometryTransform>[] = [];
  readonly #pixels: Step<PixelTransform>[] = [];
  readonly #view: FloatImage;
  readonly #scratch: Float32Array;
  readonly #fill: readonly number[];
  readonly #unit: number;

  /**
   * `size` is [height, width]; `fill` is the colour of erased pixels (default 0); `unit` is what noise is counted in: 1
   * for pixel values of 0..1, the standard deviation of other values.
   */
  constructor(
    recipe: Recipe,
    size: readonly [number, number],
    channels: number,
    fill: readonly number[] = [],
    unit = 1,
  ) {
    for (const transform of transforms) {
      const options = recipe[transform.name];
      if (options === undefined) continue;
      if (transform.kind === 'geometry') this.#geometry.push({ transform, options });
      else this.#pixels.push({ transform, options });
    }
    const [height, width] = size;
    const data = new Float32Array(height * width * channels);
    this.#view = { height, width, channels, data };
    this.#scratch = new Float32Array(data.length);
    this.#fill = fill;
    this.#unit = unit;
  }

  /** One view. The result is only valid until the next call. */
  render(image: PixelImage, random: Random): FloatImage {
    const view = this.#view;
    let map: Affine | undefined;
    if (image.height !== view.height || image.width !== view.width)
      map = stretch(image.width / view.width, image.height / view.height);
    const moved = drawGeometry(this.#geometry, image, random);
    if (moved !== undefined) map = map === undefined ? moved : compose(moved, map);
    if (map === undefined) copyPixels(image, view.data);
    else resample(image, map, view.data, view.height, view.width);
    const work = { scratch: this.#scratch, fill: this.#fill, unit: this.#unit };
    for (const { transform, options } of this.#pixels) transform.apply(view, options, random, work);
    return view;
  }
}

/** The product of all geometric transforms, drawn for one image; undefined where nothing moves. */
function drawGeometry(
  steps: readonly Step<GeometryTransform>[],
  size: { readonly height: number; readonly width: number },
  random: Random,
): Affine | undefined {
  let moved: Affine | undefined;
  for (const { transform, options } of steps) {
    const step = transform.matrix(options, size, random);
    if (step !== undefined && step !== identity) moved = moved === undefined ? step : compose(moved, step);
  }
  return moved;
}

/**
 * How the geometric transforms of a recipe move one image of this size: centred output coordinates to centred input
 * coordinates, as they would for a view of that size. For those who have to move boxes along.
 */
export function drawMovement(
  recipe: Recipe,
  size: { readonly height: number; readonly width: number },
  random: Random,
): Affine {
  const steps = transforms.flatMap((transform) => {
    const options = recipe[transform.name];
    return transform.kind === 'geometry' && options !== undefined ? [{ transform, options }] : [];
  });
  return drawGeometry(steps, size, random) ?? identity;
}

/** One view of one image, [height, width] as given by `size`. */
export function applyViews(
  image: PixelImage,
  recipe: Recipe,
  size: readonly [number, number],
  random: Random,
  fill?: readonly number[],
): FloatImage {
  return new ViewRenderer(recipe, size, image.channels, fill).render(image, random);
}

/** The generator of one view of one sample: the same for every order, worker and machine. */
export function viewRandom(seed: number, view: number, epoch: number, index: number): Random {
  return randomAt(seed, `view${view}`, epoch, index);
}

/** The views that training would draw of a sample in one epoch: what a preview shows. */
export function renderViews(
  image: PixelImage,
  recipe: Recipe,
  draw: { seed: number; epoch: number; index: number; views: number; fill?: readonly number[] },
): FloatImage[] {
  return Array.from({ length: draw.views }, (_, view) => {
    const random = viewRandom(draw.seed, view, draw.epoch, draw.index);
    return applyViews(image, recipe, [image.height, image.width], random, draw.fill);
  });
}
