import type { EncoderDefinition } from '../encoders/encoder.ts';
import type { Method } from '../methods/method.ts';
import { type Config, parts } from './schema.ts';

/** The encoder that a config names, and that encoder's options without `type`. */
export function encoderOf(config: Config): {
  definition: EncoderDefinition;
  options: Record<string, unknown>;
} {
  const { type, ...options } = config.encoder;
  const definition = parts.encoders[type];
  if (definition === undefined) throw new Error(`No encoder is called ${type}.`);
  return { definition, options };
}

/** The method that a config names, that method's own options, and the views it applies (where it takes any). */
export function methodOf(config: Config): {
  method: Method;
  options: Record<string, unknown>;
  views: unknown;
} {
  const { method: name, views, ...options } = config.pretext;
  const method = parts.methods[name];
  if (method === undefined) throw new Error(`No method is called ${name}.`);
  return { method, options, views };
}
