import type { Initializer, Layer, Scope } from './parameters.ts';
import { toRows } from './shapes.ts';
import * as tf from './tf.ts';

export interface ConvolutionOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** Side of the square kernel; default 3. */
  readonly kernel?: number;
  /** Default 1. */
  readonly stride?: number;
  /** Zeros added on every side; default floor(kernel / 2), which keeps the size at stride 1. */
  readonly padding?: number;
  /** Default true; pass false in front of a normalization, which would undo it. */
  readonly bias?: boolean;
  /** Default He normal. */
  readonly init?: Initializer;
}

/** A 2-D convolution: [batch, h, w, inputs] -> [batch, h', w', outputs]; `weight` is [kernel, kernel, inputs, outputs]. */
export function conv2d(scope: Scope, options: ConvolutionOptions): Layer {
  const { inputs, outputs, kernel = 3, stride = 1 } = options;
  const padding = options.padding ?? Math.floor(kernel / 2);
  const init = options.init ?? { kind: 'heNormal', fanIn: kernel * kernel * inputs };
  const weight = scope.weight('weight', [kernel, kernel, inputs, outputs], init);
  const bias =
    (options.bias ?? true)
      ? scope.weight('bias', [outputs], { kind: 'constant', value: 0 }, { decay: false })
      : undefined;
  const pointwise = kernel === 1 && stride === 1 && padding === 0;
  return (forward, x) => {
    if (x.rank !== 4 || x.shape[3] !== inputs)
      throw new Error(`${weight.name}: expected [batch, h, w, ${inputs}], found [${x.shape.join(', ')}].`);
    const filter = forward.read(weight) as tf.Tensor4D;
    const y = pointwise
      ? tf.reshape(tf.matMul(toRows(x), tf.reshape(filter, [inputs, outputs])), [
          ...x.shape.slice(0, 3),
          outputs,
        ])
      : tf.conv2d(x as tf.Tensor4D, filter, stride, padding);
    return bias === undefined ? y : tf.add(y, forward.read(bias));
  };
}

/** Length of one side after a convolution or pooling. */
export function convolvedSize(
  size: number,
  kernel: number,
  stride: number,
  padding = Math.floor(kernel / 2),
): number {
  return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}

/**
 * Nearest-neighbour upsampling by 2: [batch, h, w, c] -> [batch, 2h, 2w, c]. Made of concatenations because the
 * gradient of tfjs's resize is wrong on its CPU backend for batches (its batch stride is the image's, not dy's).
 */
export function upsample2x(x: tf.Tensor): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const pixels = tf.reshape(x, [batch * height * width, 1, channels]);
  const wide = tf.reshape(tf.concat([pixels, pixels], 1), [batch * height, 1, 2 * width * channels]);
  return tf.reshape(tf.concat([wide, wide], 1), [batch, 2 * height, 2 * width, channels]);
}
