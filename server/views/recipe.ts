import * as z from 'zod';
import type { Modality } from '../protocol/data.ts';
import { crop } from './crop.ts';
import { transforms } from './registry.ts';

/** Parsed `pretext.views`: the full options of every transform that is on. Plain data. */
export type Recipe = Readonly<Record<string, unknown>>;

/** The recipe with another part of the image kept, [least, most], always; aspects stay as they are. */
export function withArea(recipe: Recipe, area: readonly [number, number]): Recipe {
  const given = recipe.crop as object | undefined;
  return { ...recipe, crop: crop.options.parse({ ...given, area, probability: 1 }) };
}

/** Schema of the whole `pretext.views` object; `false` switches off a transform that the method has by default. */
export const viewsSchema = z
  .strictObject(
    Object.fromEntries(
      transforms.map((transform) => [
        transform.name,
        z
          .union([transform.options, z.literal(false)], {
            // A union in a union would only say "Invalid input".
            error: ({ input }) => transform.options.safeParse(input).error?.issues[0]?.message,
          })
          .optional()
          .describe(`${transform.summary} For ${dataOf(transform.modalities)}.`),
      ]),
    ),
  )
  .describe(
    'Augmentations of a view, in this order: '.concat(transforms.map(({ name }) => name).join(', '), '.'),
  );

function dataOf(modalities: readonly Modality[]): string {
  const words: Partial<Record<Modality, string>> = { image: 'images', audio: 'sounds' };
  return modalities.map((modality) => words[modality] ?? modality).join(' and ');
}

/** Checks `pretext.views` and fills in the defaults. Throws a ZodError for a wrong value or an unknown transform. */
export function parseViews(views: unknown): Recipe {
  return switchedOn(viewsSchema.parse(views));
}

/** `flip: false` says that a view is off, like leaving it out; both are one recipe. */
export function switchedOn(views: Readonly<Record<string, unknown>>): Recipe {
  return Object.fromEntries(
    Object.entries(views).filter(([, options]) => options !== false && options !== undefined),
  );
}
