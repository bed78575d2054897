import type { z } from 'zod';
import type { Forward, Scope } from '../nn/parameters.ts';
import type * as tf from '../nn/tf.ts';
import type { Modality } from '../protocol/data.ts';

/** The shape of one sample as the encoder sees it: image [height, width, channels], table [columns], text [tokens]. */
export interface SampleShape {
  readonly modality: Modality;
  readonly shape: readonly number[];
  /** Text: how many different tokens there are. */
  readonly vocabulary?: number;
}

/** A built encoder. */
export interface Encoder {
  /** Length of the feature vector. */
  readonly size: number;
  /**
   * Images: `features` and `tokens` also take images of other sizes, if their height and width are multiples of this;
   * undefined where they only take the sample's.
   */
  readonly sizeStep?: number;
  /** Number of blocks, for "fine-tune the last k blocks" and layer-wise decay; parameter depths are 0..blocks. */
  readonly blocks: number;
  /** x: [batch, ...sample shape] -> [batch, size]. */
  features(forward: Forward, x: tf.Tensor): tf.Tensor2D;
  /** Convolutional encoders: the last feature map [batch, h, w, c], before pooling. */
  featureMap?(forward: Forward, x: tf.Tensor): tf.Tensor4D;
  /** Convolutional encoders: the feature map after every stage, the finest first; the last is `featureMap`. */
  readonly stages?: StageMaps;
  /** Transformer encoders: what masked methods need. */
  readonly tokens?: TokenEncoder;
  /** Transformers over numbered tokens: what language models need. */
  readonly sequence?: SequenceEncoder;
}

/**
 * A transformer over numbered tokens. A sample is one row of ids, filled up at the end with 0, the padding; which
 * places are padding is told from the ids in the graph.
 */
export interface SequenceEncoder {
  /** Tokens per sample, and the length of their vectors. */
  readonly length: number;
  readonly width: number;
  readonly vocabulary: number;
  /** Number of blocks. */
  readonly depth: number;
  /** Whether a token sees only itself and those before it. */
  readonly causal: boolean;
  /** x [batch, length], float32 or int32 -> int32. */
  ids(x: tf.Tensor): tf.Tensor2D;
  /** ids int32 [batch, length] -> float32 [batch, length]: 1 for a token, 0 for padding. */
  present(ids: tf.Tensor2D): tf.Tensor2D;
  /** ids int32 [batch, length] -> vectors [batch, length, width], positions added where they are learned. */
  embed(forward: Forward, ids: tf.Tensor2D): tf.Tensor3D;
  /** Vectors [batch, length, width] -> what each block makes of them. */
  encode(forward: Forward, embedded: tf.Tensor3D, context: SequenceContext): EncodedSequence;
  /** Encoded tokens and which of them are present -> the feature vector [batch, width]. */
  pool(tokens: tf.Tensor3D, present: tf.Tensor2D): tf.Tensor2D;
  /** How well each token of the vocabulary fits vectors [n, width]: [n, vocabulary], by the embedding's own table. */
  scores(forward: Forward, rows: tf.Tensor2D): tf.Tensor2D;
}

export interface SequenceContext {
  /** As `present` gives it: nobody looks at padding. */
  readonly present: tf.Tensor2D;
  /**
   * Dropout [batch, 1 + 2 depth, width], of 0 and 1 / (1 - rate): for the embedded tokens, then for what attention
   * and MLP of each block add. All tokens of a sample share it.
   */
  readonly dropout?: tf.Tensor3D | undefined;
}

export interface EncodedSequence {
  /** [batch, length, width], final norm applied. */
  readonly tokens: tf.Tensor3D;
  /** The output of each block, first to last, before the final norm; `depth` times [batch, length, width]. */
  readonly layers: readonly tf.Tensor3D[];
}

/** The feature maps of a convolutional encoder. */
export interface StageMaps {
  /** [height, width, channels] of each. */
  readonly shapes: readonly (readonly [number, number, number])[];
  /** x: [batch, ...sample shape] -> one [batch, height, width, channels] a stage. */
  maps(forward: Forward, x: tf.Tensor): tf.Tensor4D[];
}

/** The transformer side of an encoder: tokens in, tokens out. */
export interface TokenEncoder {
  /** Tokens per sample (without class token) and their raw length (patch * patch * channels). */
  readonly count: number;
  readonly rawSize: number;
  readonly width: number;
  /** Grid of the tokens: [rows, columns]. */
  readonly grid: readonly [number, number];
  readonly classToken: boolean;
  /** x [batch, ...sample] -> raw tokens [batch, count, rawSize], more or fewer for another size; no parameters. */
  patchify(x: tf.Tensor): tf.Tensor3D;
  /** Inverse of patchify. */
  unpatchify(tokens: tf.Tensor3D): tf.Tensor;
  /** Raw tokens -> embedded with positions added [batch, count, width]. */
  embed(forward: Forward, raw: tf.Tensor3D, options?: EmbedOptions): tf.Tensor3D;
  /** Embedded tokens (any number kept) -> [batch, kept (+1 with class token), width], class token first, final norm applied. */
  encode(forward: Forward, embedded: tf.Tensor3D): tf.Tensor3D;
  /** Like `encode`, with the output of every block. */
  outputs(forward: Forward, embedded: tf.Tensor3D): EncodedSequence;
}

export interface EmbedOptions {
  /** [rows, columns] of the tokens, for those of an image of another size: their positions are interpolated. */
  readonly grid?: readonly [number, number];
  /** Tokens that one learned token stands in for: mask [batch, count], 1 for hidden; token [width]. Positions stay. */
  readonly hidden?: { readonly mask: tf.Tensor2D; readonly token: tf.Tensor1D } | undefined;
}

/** One file in this folder defines one of these; `registry.ts` lists them. */
export interface EncoderDefinition<Options extends z.ZodObject = z.ZodObject> {
  readonly type: string;
  readonly summary: string;
  readonly paper?: { readonly title: string; readonly url: string };
  readonly modalities: readonly Modality[];
  readonly options: Options;
  /** Problems that depend on the sample's shape, e.g. a patch that does not divide the image. */
  check?(sample: SampleShape, options: z.infer<Options>): OptionProblem[];
  build(scope: Scope, sample: SampleShape, options: z.infer<Options>): Encoder;
}

/** A problem with one option: which key (relative to the part), what was found, what was expected, the fix. */
export interface OptionProblem {
  readonly path: readonly (string | number)[];
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
  /** Settings of the whole config, each of which solves it: for editors. */
  readonly set?: readonly { readonly path: readonly string[]; readonly value: unknown }[];
}

/** Keeps the option types of one encoder checked while the registry sees them all alike. */
export function defineEncoder<Options extends z.ZodObject>(
  definition: EncoderDefinition<Options>,
): EncoderDefinition {
  return definition as unknown as EncoderDefinition;
}
