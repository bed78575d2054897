import * as z from 'zod';
import type { EncoderDefinition } from '../encoders/encoder.ts';
import type { Method } from '../methods/method.ts';
import type { Modality } from '../protocol/data.ts';
import { type Recipe, switchedOn } from '../views/recipe.ts';

/**
 * The choices that other rooms define, one file each: encoders, methods and views. The schema is made from them,
 * so adding one changes nothing here.
 */
export interface Parts {
  readonly encoders: Readonly<Record<string, EncoderDefinition>>;
  readonly methods: Readonly<Record<string, Method>>;
  readonly views: z.ZodType;
}

/** `encoder:` as written in the file: its type and that encoder's own keys, all filled in. */
export interface EncoderConfig {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** `pretext:` as written in the file: its method, that method's own keys and the views, all filled in. */
export interface PretextConfig {
  readonly method: string;
  readonly views?: unknown;
  readonly [option: string]: unknown;
}

type Choice = z.ZodObject;

function union<Output>(key: string, choices: readonly Choice[], description: string): z.ZodType<Output> {
  const [first, ...rest] = choices;
  if (first === undefined) throw new Error(`No choices are registered for ${key}.`);
  return z
    .discriminatedUnion(key, [first, ...rest] as never)
    .describe(description) as unknown as z.ZodType<Output>;
}

export function encoderSchema(parts: Parts): z.ZodType<EncoderConfig> {
  const choices = Object.values(parts.encoders).map((encoder) =>
    encoder.options
      .safeExtend({ type: z.literal(encoder.type) })
      .strict()
      .meta({
        title: encoder.type,
        description: encoder.summary,
        ...(encoder.paper && { paper: encoder.paper }),
      }),
  );
  return union('type', choices, 'The network that turns a sample into a feature vector.');
}

export function pretextSchema(parts: Parts): z.ZodType<PretextConfig> {
  const choices = Object.values(parts.methods).map((method) =>
    method.options
      .safeExtend({
        method: z.literal(method.name),
        ...(method.views !== undefined && {
          views: parts.views
            .transform((views) => switchedOn(views as Recipe))
            .meta({ defaultText: 'those of the method for this kind of data' })
            .optional(),
        }),
      })
      .strict()
      .meta({ title: method.title, description: method.summary, paper: method.paper }),
  );
  return union('method', choices, 'The task that is learnt without labels.');
}

/** The views that a method applies to a kind of data where a config says nothing, with all their options. */
export function defaultViewsOf(parts: Parts, method: string, modality: Modality): unknown {
  const views = parts.methods[method]?.views?.[modality];
  return views === undefined ? undefined : parts.views.parse(views);
}
