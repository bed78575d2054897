import type { Encoder, SampleShape } from '../encoders/encoder.ts';
import type { ColumnGroup } from '../methods/method.ts';
import type { Parameter } from '../nn/parameters.ts';
import type { Values } from '../training/engine/engine.ts';

/** What the encoder expects of its input, so that a file says all that its user must know. */
export interface InputFacts {
  readonly sample: SampleShape;
  /**
   * Images and sounds: the encoder was trained on (value - mean) / std per channel, with pixels in 0..1. Undefined when
   * it was trained on the values as they are.
   */
  readonly normalization?: Normalization;
  /** How the input is made from what lies on the disk, for programs in other languages: short texts by key. */
  readonly recipe?: Readonly<Record<string, string>>;
  /** Tables: where each original column lies in the encoded row; whatever else is known about its encoding is kept. */
  readonly columns?: readonly ColumnGroup[];
  readonly classes?: readonly string[];
}

export interface Normalization {
  readonly mean: readonly number[];
  /** Never 0. */
  readonly std: readonly number[];
}

/** Type of the exported encoder's input: token numbers are whole. */
export function inputType({ sample }: InputFacts): 'float32' | 'int32' {
  return sample.modality === 'text' ? 'int32' : 'float32';
}

/** An encoder with its trained values, ready to be written to a file. */
export interface TrainedEncoder {
  readonly encoder: Encoder;
  /** The encoder's own parameters, weights and buffers. */
  readonly parameters: readonly Parameter[];
  /** Holds at least the values of `parameters`. */
  readonly values: Values;
  readonly facts: InputFacts;
  /** The `encoder` section of the config: type and options. */
  readonly config: Readonly<{ type: string; [option: string]: unknown }>;
  /** Of the run, for people. */
  readonly name: string;
  /** Of the pretraining: which config and data it comes from. */
  readonly hash: string;
  /** Version of Selfsup. */
  readonly version: string;
}

/**
 * What a file says about its encoder: short texts by key, lists as JSON.
 * @param normalizer who applies mean and std: the exported model itself, or whoever calls the encoder
 */
export function describeEncoder(
  trained: TrainedEncoder,
  normalizer: 'model' | 'caller',
): Record<string, string> {
  const { encoder, facts, config, name, hash, version } = trained;
  const { sample, normalization, recipe = {}, columns, classes } = facts;
  const image = sample.modality === 'image';
  return {
    'selfsup.version': version,
    'selfsup.run': name,
    'selfsup.configHash': hash,
    'encoder.config': JSON.stringify(config),
    'encoder.features': String(encoder.size),
    'input.modality': sample.modality,
    'input.shape': JSON.stringify(sample.shape),
    'input.layout': sample.shape.length === 3 ? 'NHWC' : sample.modality === 'text' ? 'NL' : 'NC',
    ...(image && { 'input.range': '[0, 1]' }),
    ...(normalization && {
      'input.normalization': `(x - mean) / std per channel, applied by the ${normalizer}`,
      'input.mean': JSON.stringify(normalization.mean),
      'input.std': JSON.stringify(normalization.std),
    }),
    ...Object.fromEntries(Object.entries(recipe).map(([key, text]) => [`input.${key}`, text])),
    ...(columns && { 'input.columns': JSON.stringify(columns) }),
    ...(classes && { 'data.classes': JSON.stringify(classes) }),
  };
}

/** @throws Error when the statistics do not fit the sample; a file with them would be wrong without a word. */
export function checkNormalization({ sample, normalization }: InputFacts): void {
  if (!normalization) return;
  const channels = sample.shape.at(-1)!;
  for (const [what, values] of Object.entries(normalization) as [string, readonly number[]][])
    if (values.length !== channels)
      throw new Error(`Normalization: ${values.length} values of ${what} for ${channels} channels.`);
  if (!normalization.std.every((value) => value > 0))
    throw new Error(`Normalization: every std must be above 0, found [${normalization.std.join(', ')}].`);
}
