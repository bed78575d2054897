import type { z } from 'zod';
import type { Modality } from '../protocol/data.ts';
import type { Random } from '../random.ts';
import type { Affine } from './affine.ts';

/**
 * A sample while it is augmented: height x width x channels, interleaved. Images have values 0..1; spectrograms natural
 * logarithms of power, a row for each band from the lowest on and a column for each frame.
 */
export interface FloatImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** What a pixel transform may use beside the image. */
export interface Workspace {
  /** At least as long as the image's data; contents are undefined. */
  readonly scratch: Float32Array;
  /** The colour of erased pixels, per channel: the data's mean, so that it is 0 after normalisation. */
  readonly fill: readonly number[];
  /** What noise is counted in: 1 for pixel values, the standard deviation of the data for spectrograms. */
  readonly unit: number;
}

interface Described<Options extends z.ZodType> {
  /** The file's name and the key below `pretext.views`. */
  readonly name: string;
  readonly summary: string;
  /** Kinds of data that it makes sense for. */
  readonly modalities: readonly Modality[];
  /** May accept a shorthand (`rotate: 15`); parses to the full options. */
  readonly options: Options;
}

/** Moves pixels. All geometric transforms of a recipe are multiplied into one matrix and one resampling. */
export interface GeometryTransform<Options extends z.ZodType = z.ZodType> extends Described<Options> {
  readonly kind: 'geometry';
  /** Maps centred output coordinates to centred input coordinates, in pixels of the given size; undefined: no change. */
  matrix(
    options: z.output<Options>,
    size: { readonly height: number; readonly width: number },
    random: Random,
  ): Affine | undefined;
}

/** Changes the values of pixels, in place. */
export interface PixelTransform<Options extends z.ZodType = z.ZodType> extends Described<Options> {
  readonly kind: 'pixels';
  apply(image: FloatImage, options: z.output<Options>, random: Random, work: Workspace): void;
}

/** One augmentation: one file in this folder; `registry.ts` lists them in the order they apply. */
export type Transform = GeometryTransform | PixelTransform;

/** Keeps the option types of one transform checked while the registry sees them all alike. */
export function defineGeometry<Options extends z.ZodType>(
  transform: Omit<GeometryTransform<Options>, 'kind'>,
): GeometryTransform {
  return { ...transform, kind: 'geometry' } as unknown as GeometryTransform;
}

/** Like {@link defineGeometry}, for transforms of pixel values. */
export function definePixels<Options extends z.ZodType>(
  transform: Omit<PixelTransform<Options>, 'kind'>,
): PixelTransform {
  return { ...transform, kind: 'pixels' } as unknown as PixelTransform;
}
