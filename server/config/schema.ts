import * as z from 'zod';
import { encoders } from '../encoders/registry.ts';
import { methods } from '../methods/registry.ts';
import { viewsSchema } from '../views/recipe.ts';
import { type DataConfig, dataSchema, kindOf } from './data/registry.ts';
import { type DownstreamConfig, downstreamSchema } from './downstream/tasks.ts';
import { type EvaluateConfig, evaluateSchema } from './evaluate.ts';
import { type ExportConfig, exportSchema } from './export.ts';
import {
  defaultViewsOf,
  type EncoderConfig,
  encoderSchema,
  type Parts,
  type PretextConfig,
  pretextSchema,
} from './parts.ts';
import { type TrainConfig, trainSchema } from './train.ts';

/** A checked config with every default filled in and every path absolute. */
export interface Config {
  readonly name: string;
  readonly seed: number;
  readonly data: DataConfig;
  readonly encoder: EncoderConfig;
  readonly pretext: PretextConfig;
  readonly train: TrainConfig;
  readonly evaluate: EvaluateConfig;
  readonly downstream: readonly DownstreamConfig[];
  readonly export: ExportConfig;
}

/** What a file may say: `Config` with everything optional that has a default. */
export interface ConfigInput {
  readonly name?: string;
  readonly seed?: number;
  readonly data: z.input<typeof dataSchema>;
  readonly encoder: EncoderConfig;
  readonly pretext: PretextConfig;
  readonly train?: z.input<typeof trainSchema>;
  readonly evaluate?: z.input<typeof evaluateSchema>;
  readonly downstream?: z.input<typeof downstreamSchema>;
  readonly export?: z.input<typeof exportSchema>;
}

/** The whole language for the given parts. `extends` and `sweep` are gone before a config meets this schema. */
export function makeConfigSchema(parts: Parts): z.ZodType<Config, ConfigInput> {
  const schema = z
    .strictObject({
      name: z
        .string()
        .min(1)
        .max(100)
        .meta({ description: 'What the run is called.', defaultText: 'the file name' })
        .optional(),
      seed: z
        .int()
        .min(0)
        .max(0xffffffff)
        .describe('Everything random is drawn from this: equal seeds give equal runs.')
        .default(0),
      data: dataSchema,
      encoder: encoderSchema(parts),
      pretext: pretextSchema(parts),
      train: trainSchema.prefault({}),
      evaluate: evaluateSchema.prefault({}),
      downstream: downstreamSchema,
      export: exportSchema.prefault({}),
    })
    .describe('A Selfsup config: one pretraining with everything around it.')
    .transform((config) => ({ ...config, pretext: withViews(config, parts) }));
  return schema as unknown as z.ZodType<Config, ConfigInput>;
}

/** Which views a method applies by default depends on the kind of data. */
function withViews({ data, pretext }: Pick<Config, 'data' | 'pretext'>, parts: Parts): PretextConfig {
  if (pretext.views !== undefined) return pretext;
  const views = defaultViewsOf(parts, pretext.method, kindOf(data).modality);
  return views === undefined ? pretext : { ...pretext, views };
}

export const parts: Parts = { encoders, methods, views: viewsSchema };

export const configSchema = makeConfigSchema(parts);
