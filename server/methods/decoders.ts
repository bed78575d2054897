import * as z from 'zod';
import { activation, activationNames } from '../nn/activation.ts';
import { conv2d } from '../nn/convolution.ts';
import { dense } from '../nn/dense.ts';
import type { Layer, Scope } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import type { PretextContext } from './method.ts';

/** `decoder:` of the methods that restore the sample from its feature vector. */
export const decoderOptions = z
  .strictObject({
    type: z
      .enum(['auto', 'dense', 'convolutional'])
      .describe(
        'dense: fully connected layers; convolutional (images): a small upsampling network; auto: convolutional for a convolutional encoder, else dense.',
      )
      .default('auto'),
    hidden: z
      .array(z.int().min(1).max(16384))
      .max(16)
      .describe(
        'dense: widths of the hidden layers from the features to the output; [] decodes in one layer. Without it the hidden layers of an mlp encoder are mirrored, and other encoders get one layer twice as wide as their features.',
      )
      .optional(),
    activation: z
      .enum(activationNames)
      .describe('Function after each hidden layer; identity makes the decoder linear.')
      .default('relu'),
    width: z
      .int()
      .min(1)
      .max(1024)
      .describe(
        'convolutional: channels at the largest hidden resolution; each smaller one has twice as many.',
      )
      .default(32),
    output: z
      .enum(['linear', 'sigmoid'])
      .describe(
        'Function of the output. sigmoid keeps it between 0 and 1 and fits data with `normalize: minmax` or `none`; linear fits everything.',
      )
      .default('linear'),
  })
  .describe('The network that restores the sample; thrown away after pretraining.')
  .prefault({});

export type DecoderOptions = z.output<typeof decoderOptions>;

/**
 * Features [batch, size] -> [batch, ...shape], before the output function; by default the logits of the restored
 * sample.
 */
export function decoder(
  context: PretextContext,
  options: DecoderOptions,
  shape: readonly number[] = context.sample.shape,
): Layer {
  const scope = context.scope.child('decoder');
  const { encoder } = context;
  const type =
    options.type !== 'auto' ? options.type : encoder.featureMap === undefined ? 'dense' : 'convolutional';
  if (type === 'dense') {
    const hidden = options.hidden ?? mirroredWidths(context);
    return denseDecoder(scope, encoder.size, hidden, shape, options.activation);
  }
  const [height, width, channels] = shape;
  if (height === undefined || width === undefined || channels === undefined)
    throw new Error('A convolutional decoder restores images only.');
  return convolutionalDecoder(scope, encoder.size, [height, width, channels], options);
}

/** Features [batch, inputs] -> [batch, ...shape] through fully connected layers. */
function denseDecoder(
  scope: Scope,
  inputs: number,
  hidden: readonly number[],
  shape: readonly number[],
  name: DecoderOptions['activation'],
): Layer {
  const act = activation(name);
  const rectifies = name === 'relu' || name === 'leakyRelu';
  const layers: Layer[] = [];
  let width = inputs;
  hidden.forEach((outputs, i) => {
    const init = rectifies ? { init: { kind: 'heNormal', fanIn: width } as const } : {};
    layers.push(dense(scope.child(`dense${i + 1}`), width, outputs, init), (_, x) => act(x));
    width = outputs;
  });
  const size = shape.reduce((product, side) => product * side, 1);
  layers.push(dense(scope.child('output'), width, size));
  return (forward, x) => {
    const y = layers.reduce((y, layer) => layer(forward, y), x);
    return shape.length === 1 ? y : tf.reshape(y, [y.shape[0] ?? 1, ...shape]);
  };
}

/**
 * Hidden widths of an mlp encoder in reverse, without its last (the code). Encoders of other kinds have no such
 * mirror image in fully connected layers: one hidden layer for them.
 */
function mirroredWidths({ encoder, scope }: PretextContext): number[] {
  if (encoder.featureMap ?? encoder.tokens ?? encoder.sequence) return [2 * encoder.size];
  const matrices = scope.parameters.filter(({ kind, shape }) => kind === 'weight' && shape.length === 2);
  return matrices
    .flatMap(({ shape }) => shape[1] ?? [])
    .reverse()
    .slice(1);
}

/** Sides are halved while they are longer than this: the decoder starts from the smallest map. */
const longestStart = 7;

/**
 * Features [batch, inputs] -> [batch, height, width, channels]: a dense layer makes a small map, then each stage
 * doubles its sides by a sub-pixel convolution (https://arxiv.org/abs/1609.05158): a convolution to 4 times the
 * channels whose groups of 4 become 2 x 2 pixels. Sides that do not halve evenly are cropped at the end.
 */
function convolutionalDecoder(
  scope: Scope,
  inputs: number,
  [height, width, channels]: readonly [number, number, number],
  options: DecoderOptions,
): Layer {
  let stages = 0;
  while (Math.max(height, width) / 2 ** stages > longestStart) stages++;
  const scale = 2 ** stages;
  const [rows, columns] = [Math.ceil(height / scale), Math.ceil(width / scale)];
  const channelsAt = (stage: number): number => options.width * 2 ** (stages - stage - 1);
  const act = activation(options.activation);

  const start = stages === 0 ? options.width : channelsAt(0);
  const spread = dense(scope.child('spread'), inputs, rows * columns * start, {
    init: { kind: 'heNormal', fanIn: inputs },
  });
  const convolutions = Array.from({ length: Math.max(stages, 1) }, (_, stage) => {
    const last = stage === Math.max(stages, 1) - 1;
    const outputs = last ? channels : channelsAt(stage + 1);
    const factor = stages === 0 ? 1 : 4;
    return conv2d(scope.child(`stage${stage + 1}`), {
      inputs: stage === 0 ? start : channelsAt(stage),
      outputs: factor * outputs,
    });
  });
  return (forward, x) => {
    let y = tf.reshape(spread(forward, x), [-1, rows, columns, start]);
    for (const convolution of convolutions) {
      y = convolution(forward, act(y));
      if (stages > 0) y = pixelShuffle(y);
    }
    return rows * scale === height && columns * scale === width
      ? y
      : tf.slice(y, [0, 0, 0, 0], [-1, height, width, channels]);
  };
}

/** [batch, h, w, 4 c] -> [batch, 2h, 2w, c]: the four groups of channels become 2 x 2 pixels. */
export function pixelShuffle(x: tf.Tensor): tf.Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const c = channels / 4;
  // Rows first, then columns: transposes of rank 4 and 5 only, which every device has.
  const split = tf.reshape(x, [batch * height, width, 2, 2 * c]);
  const tall = tf.transpose(split, [0, 2, 1, 3]); // [batch * h, 2, w, 2 c]
  return tf.reshape(tall, [batch, 2 * height, 2 * width, c]);
}
