import * as z from 'zod';

/** What a key can say about itself beside its description; hover, `docs/config.md` and messages read it. */
declare module 'zod' {
  interface GlobalMeta {
    /** Unit of the value: epochs, seconds, pixels. */
    unit?: string;
    /** Where the key or its default comes from. */
    paper?: { readonly title: string; readonly url: string };
    /** The default in words, where it depends on something else. */
    defaultText?: string;
    /** What kind of value stands here, in words, where the type alone does not say it. */
    expected?: string;
    /** A path, resolved against the folder of the file that contains it. */
    isPath?: true;
  }
}

/** A path in the config file. */
export function path(description: string, expected = 'a path'): z.ZodString {
  return z.string().min(1).meta({ description, expected, isPath: true });
}

/** A whole number of at least `min`. */
export function count(min: number, description: string, unit?: string): z.ZodInt {
  return z
    .int()
    .min(min)
    .meta(unit === undefined ? { description } : { description, unit });
}

/** A finite number of at least 0. */
export function nonNegative(description: string, unit?: string): z.ZodNumber {
  return z
    .number()
    .min(0)
    .meta(unit === undefined ? { description } : { description, unit });
}

/** A finite number above 0. */
export function positive(description: string, unit?: string): z.ZodNumber {
  return z
    .number()
    .gt(0)
    .meta(unit === undefined ? { description } : { description, unit });
}
