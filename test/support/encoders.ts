import type { Encoder, EncoderDefinition, SampleShape } from '../../server/encoders/encoder.ts';
import { encoders } from '../../server/encoders/registry.ts';
import { type Parameter, Scope } from '../../server/nn/parameters.ts';

export interface BuiltEncoder {
  readonly definition: EncoderDefinition;
  readonly encoder: Encoder;
  readonly parameters: readonly Parameter[];
  /** Number of trained values. */
  readonly size: number;
}

export function image(height: number, width = height, channels = 1): SampleShape {
  return { modality: 'image', shape: [height, width, channels] };
}

export function table(columns: number): SampleShape {
  return { modality: 'table', shape: [columns] };
}

export function text(length: number, vocabulary: number): SampleShape {
  return { modality: 'text', shape: [length], vocabulary };
}

/** Builds an encoder by name, with the defaults of whatever `options` leaves out. */
export function buildEncoder(
  type: string,
  sample: SampleShape,
  options: Record<string, unknown> = {},
): BuiltEncoder {
  const definition = encoders[type]!;
  const scope = new Scope();
  const encoder = definition.build(scope.child('encoder'), sample, definition.options.parse(options));
  const weights = scope.parameters.filter((p) => p.kind === 'weight');
  const size = weights.reduce((sum, p) => sum + p.shape.reduce((a, b) => a * b, 1), 0);
  return { definition, encoder, parameters: scope.parameters, size };
}
