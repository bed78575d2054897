import type { z } from 'zod';
import type { Random } from '../random.ts';

/** An image while it is augmented: height x width x channels, interleaved, values 0..1. */
export interface FloatImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** One augmentation. The file's name is its key below `pretext.views`; `registry.ts` lists them in the order they apply. */
export interface Transform<Options extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly summary: string;
  /** May accept a shorthand (`rotate: 15`); parses to the full options. */
  readonly options: Options;
  /** Returns a new or the same image of any size; the pipeline ends with the size that the config asks for. */
  apply(image: FloatImage, options: z.output<Options>, random: Random): FloatImage;
}

export function defineTransform<Options extends z.ZodType>(transform: Transform<Options>): Transform {
  return transform as unknown as Transform;
}
