import * as z from 'zod';
import type { OptionProblem } from '../encoders/encoder.ts';
import { mse } from '../nn/losses.ts';
import type { Forward, Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import { binaryCrossEntropy } from './binaryCrossEntropy.ts';
import { type DecoderOptions, decoder, decoderOptions } from './decoders.ts';
import {
  defineMethod,
  type InputArray,
  type Method,
  type PretextContext,
  type PretextTask,
  type TensorSpec,
} from './method.ts';
import { restoreTexts } from './restoreTexts.ts';
import { needsSequence } from './sequences.ts';

export const reconstructionLosses = ['mse', 'crossEntropy'] as const;

/** Keys that autoencoder and denoising share. */
export const autoencoderKeys = {
  loss: z
    .enum(reconstructionLosses)
    .describe(
      'mse: mean squared error; crossEntropy: binary cross-entropy of each value, for data between 0 and 1 (`normalize: minmax` or `none`) and `decoder.output: sigmoid`. Texts have a loss of their own, the cross-entropy of the right token.',
    )
    .default('mse'),
  decoder: decoderOptions,
};

export interface AutoencoderOptions {
  readonly loss: (typeof reconstructionLosses)[number];
  readonly decoder: DecoderOptions;
}

/**
 * How far a restored sample is from the original, averaged over all values: logits and original
 * [batch, ...sample shape]. With output sigmoid the logits pass through it first; crossEntropy expects originals in
 * [0, 1].
 */
export function reconstructionLoss(
  logits: tf.Tensor,
  original: tf.Tensor,
  { loss, output }: { loss: AutoencoderOptions['loss']; output: DecoderOptions['output'] },
): tf.Scalar {
  if (loss === 'crossEntropy') return binaryCrossEntropy(logits, original);
  return mse(output === 'sigmoid' ? tf.sigmoid(logits) : logits, original);
}

type CheckContext = Parameters<NonNullable<Method['check']>>[0];

/** Problems of the keys that autoencoder and denoising share. */
export function checkAutoencoder(
  method: string,
  context: CheckContext,
  options: AutoencoderOptions,
): OptionProblem[] {
  const { sample } = context;
  const problems: OptionProblem[] = [];
  if (sample.modality === 'text') problems.push(...needsSequence(method, context), ...checkTexts(options));
  if (options.decoder.type === 'convolutional' && sample.shape.length !== 3)
    problems.push({
      path: ['decoder', 'type'],
      found: `a convolutional decoder for ${sample.modality} data`,
      expected: 'a dense decoder: convolutions need images',
      fix: 'Set decoder.type to dense, or leave it out.',
      set: [{ path: ['pretext', 'decoder', 'type'], value: 'dense' }],
    });
  if (sample.modality !== 'text' && options.loss === 'crossEntropy' && options.decoder.output !== 'sigmoid')
    problems.push({
      path: ['loss'],
      found: `loss crossEntropy with decoder.output ${options.decoder.output}`,
      expected: 'decoder.output sigmoid, whose values lie between 0 and 1',
      fix: 'Set decoder.output to sigmoid (and data.normalize to minmax or none), or loss to mse.',
      set: [
        { path: ['pretext', 'decoder', 'output'], value: 'sigmoid' },
        { path: ['pretext', 'loss'], value: 'mse' },
      ],
    });
  return problems;
}

/** The values of a text are tokens: there is nothing to choose about their loss. */
function checkTexts({ loss, decoder: { output } }: AutoencoderOptions): OptionProblem[] {
  const chosen = [
    { path: ['loss'], value: loss, usual: 'mse' },
    { path: ['decoder', 'output'], value: output, usual: 'linear' },
  ].filter(({ value, usual }) => value !== usual);
  return chosen.map(({ path, value, usual }) => ({
    path,
    found: `${path.join('.')} ${value} for text data`,
    expected: 'nothing: the loss of a text is always the cross-entropy of the right token',
    fix: `Remove ${path.join('.')}.`,
    set: [{ path: ['pretext', ...path], value: usual }],
  }));
}

/**
 * Encoder, decoder and the loss against `original`, for inputs `original` and, where the encoder sees something
 * else, `corrupted`.
 */
export function restore(
  context: PretextContext,
  options: AutoencoderOptions,
  method: string,
): Pick<PretextTask, 'loss' | 'reconstruct' | 'guess'> {
  if (context.sample.modality === 'text') return restoreTexts(context, options.decoder, method);
  const decode = decoder(context, options.decoder);
  const { output } = options.decoder;
  const logits = (forward: Forward, inputs: Named<tf.Tensor>): tf.Tensor =>
    decode(forward, context.encoder.features(forward, seen(inputs)));
  return {
    loss: (forward, inputs) => ({
      loss: reconstructionLoss(logits(forward, inputs), originalOf(inputs), { loss: options.loss, output }),
    }),
    reconstruct(forward, inputs) {
      const y = logits(forward, inputs);
      const restored = output === 'sigmoid' ? tf.sigmoid(y) : y;
      return { original: originalOf(inputs), corrupted: seen(inputs), restored };
    },
  };
}

function originalOf(inputs: Named<tf.Tensor>): tf.Tensor {
  return inputs.original as tf.Tensor;
}

/** What the encoder sees. */
function seen(inputs: Named<tf.Tensor>): tf.Tensor {
  return inputs.corrupted ?? originalOf(inputs);
}

/** A batch of samples as an input: values, or ids of tokens. */
export function wholeBatch({ batchSize, sample }: PretextContext): TensorSpec {
  return { shape: [batchSize, ...sample.shape], dtype: sample.modality === 'text' ? 'int32' : 'float32' };
}

/** Samples as the data layer gives them, as such an input. */
export function asInput({ sample }: PretextContext, values: Float32Array): InputArray {
  return sample.modality === 'text' ? Int32Array.from(values) : values;
}

export const autoencoder = defineMethod({
  name: 'autoencoder',
  title: 'Autoencoder',
  summary:
    'Squeezes a sample through the encoder and restores it. The simplest start, for all kinds of data.',
  paper: {
    title: 'Reducing the Dimensionality of Data with Neural Networks',
    url: 'https://doi.org/10.1126/science.1127647',
  },
  family: 'reconstruction',
  modalities: ['image', 'audio', 'table', 'text'],
  options: z.strictObject(autoencoderKeys),
  check: (context, options) => checkAutoencoder('autoencoder', context, options),

  build(context, options) {
    return {
      views: ['plain'],
      inputs: { original: wholeBatch(context) },
      prepare: ({ views: [view] }) => ({ original: asInput(context, view as Float32Array) }),
      ...restore(context, options, 'autoencoder'),
    };
  },
});
