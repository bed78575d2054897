import type { z } from 'zod';
import type { Encoder, OptionProblem, SampleShape } from '../encoders/encoder.ts';
import type { Forward, Named, Scope } from '../nn/parameters.ts';
import type * as tf from '../nn/tf.ts';
import type { Modality } from '../protocol/data.ts';
import type { Random } from '../random.ts';
import type { CollapseSigns } from './collapse.ts';

/** Shape and type of one input of a step; the first dimension is usually the batch. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

export type InputArray = Float32Array | Int32Array;

/** How a method wants its samples prepared: each view is drawn independently for every sample and step. */
export type ViewRequest =
  | 'plain' // the normalised sample as it is
  | 'augmented' // through the transforms of `pretext.views`
  | CroppedView;

/** An augmented view of a size of its own; images only. */
export interface CroppedView {
  /** [height, width] in pixels. */
  readonly size: readonly [number, number];
  /** Part of the image that is kept, [least, most], in place of what the `crop` of `pretext.views` says. */
  readonly area: readonly [number, number];
}

/** What the data layer hands to a method for one batch. */
export interface PreparedBatch {
  /** One array per requested view: [batch, ...sample shape] or of the size that was asked for, normalised. */
  readonly views: readonly Float32Array[];
  /** Which samples these are (positions in the training split). */
  readonly indices: Int32Array;
  /** Epochs that are done, with fractions. */
  readonly epoch: number;
  /** Share of the planned training that is done, 0..1. */
  readonly progress: number;
}

/** What a method may know about the training data when it builds its pretext task. */
export interface PretextContext {
  readonly scope: Scope;
  readonly encoder: Encoder;
  readonly sample: SampleShape;
  readonly batchSize: number;
  /** Images: what was subtracted from each channel (values 0..1), and what they were then divided by. */
  readonly normalization?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Tables: which columns of the encoded row belong to one original column ([start, length], kind). */
  readonly columns?: readonly ColumnGroup[];
  /** Tables: the whole encoded training matrix [count, width], for corruption by the empirical marginals. */
  readonly rows?: { readonly count: number; readonly values: Float32Array };
}

/** Where an original table column lies in the encoded row. */
export interface ColumnGroup {
  readonly name: string;
  readonly kind: 'numeric' | 'categorical';
  readonly start: number;
  readonly length: number;
}

/** A pretext task ready to train: pure functions of parameters and inputs. */
export interface PretextTask {
  /** Which views the data layer prepares for each batch. */
  readonly views: readonly ViewRequest[];
  /** The inputs of `loss`; constant shapes for the batch size of the context. */
  readonly inputs: Named<TensorSpec>;
  /** Builds the inputs on the host: adds masks, noise, corruption. `random` is keyed by (seed, step). */
  prepare(batch: PreparedBatch, random: Random): Named<InputArray>;
  loss(forward: Forward, inputs: Named<tf.Tensor>): PretextLoss;
  /** Path prefixes (e.g. `encoder`, `projector`) that have an EMA copy, read through `forward.target`. */
  readonly targets?: readonly string[];
  /** EMA momentum at training progress 0..1. */
  momentum?(progress: number): number;
  /** Outputs beyond the encoder at which health is measured, on plain samples x: `projector`, `predictor`. */
  embeddings?(forward: Forward, x: tf.Tensor): Named<tf.Tensor2D>;
  /** What shows a collapse beside these outputs, and why it would come with these options. */
  readonly collapse?: CollapseSigns;
  /** What to draw: all are images/rows of the sample's shape. Undefined where the method reconstructs nothing. */
  reconstruct?(forward: Forward, inputs: Named<tf.Tensor>): Reconstruction;
  /** What the encoder sees of the samples where no input is a picture of it: [batch, ...sample shape], for previews. */
  seen?(inputs: Named<InputArray>): Float32Array;
  /** Text: which tokens the method would put where. Undefined where it predicts none. */
  guess?(forward: Forward, inputs: Named<tf.Tensor>): TokenGuesses;
}

export interface PretextLoss {
  readonly loss: tf.Scalar;
  /** Scalars worth a curve of their own (invariance, variance, accuracy ...). */
  readonly metrics?: Named<tf.Scalar>;
}

/** Three pictures per sample, each [batch, ...sample shape] and normalised like the data. */
export interface Reconstruction {
  readonly original: tf.Tensor;
  readonly corrupted: tf.Tensor;
  readonly restored: tf.Tensor;
}

/** What a method says about the tokens of a batch of texts. */
export interface TokenGuesses {
  /** The texts, and what the encoder sees of them: ids int32 [batch, length]. */
  readonly original: tf.Tensor;
  readonly shown: tf.Tensor;
  /** 1 at the places of the original that are asked for, float32 [batch, length]. */
  readonly asked: tf.Tensor;
  /** The most probable tokens of each place, best first, int32 [batch, length, guesses]. */
  readonly tokens: tf.Tensor;
  /** Their probabilities, float32 [batch, length, guesses]. */
  readonly probabilities: tf.Tensor;
}

/** What `pretext.views` is where a config says nothing, by kind of data. */
export type ViewDefaults = Readonly<Partial<Record<Modality, Readonly<Record<string, unknown>>>>>;

/** One file in this folder defines one of these; `registry.ts` lists them. */
export interface Method<Options extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** One line: what it does and when to choose it. */
  readonly summary: string;
  readonly paper: { readonly title: string; readonly url: string };
  readonly family:
    | 'reconstruction'
    | 'masking'
    | 'geometric'
    | 'contrastive'
    | 'negative-free'
    | 'redundancy'
    | 'distillation'
    | 'autoregressive';
  readonly modalities: readonly Modality[];
  /** The method's own keys below `pretext:`, with the paper's defaults. Never contains `method` or `views`. */
  readonly options: Options;
  /** Default augmentations below `pretext.views`; undefined for methods that take none. */
  readonly views?: ViewDefaults;
  /** Problems that depend on sample, encoder type or batch size, e.g. MAE without tokens. */
  check?(
    context: {
      readonly sample: SampleShape;
      readonly encoderType: string;
      readonly encoderOptions?: Readonly<Record<string, unknown>>;
      /** The encoder as it would be built; undefined where its own options are wrong. */
      readonly encoder?: Encoder | undefined;
      readonly batchSize: number;
    },
    options: z.infer<Options>,
  ): OptionProblem[];
  build(context: PretextContext, options: z.infer<Options>): PretextTask;
}

/** Keeps the option types of one method checked while the registry sees them all alike. */
export function defineMethod<Options extends z.ZodObject>(method: Method<Options>): Method {
  return method as unknown as Method;
}
