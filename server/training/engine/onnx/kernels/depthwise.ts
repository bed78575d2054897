import type * as tf from '../../../../nn/tf.ts';
import type { Builder, Value } from '../builder.ts';
import { type KernelTable, kernel, typeOf } from '../kernel.ts';
import { dense, operand } from '../operand.ts';
import * as ops from '../ops.ts';
import { type ConvolutionAttributes, geometryOf as convolutionGeometry, type Geometry } from './geometry.ts';
import { sumOfWindows, windowsOf } from './windows.ts';

type Quad = [number, number, number, number];
const geometryOf = (
  x: readonly number[],
  filter: readonly number[],
  attributes: ConvolutionAttributes,
): Geometry => convolutionGeometry(x, filter, attributes, { depthwise: true });

/** Windows with an axis for the outputs of each channel: [batch, positions, kernel, channels, 1]. */
function windows(b: Builder, x: Value, g: Geometry): Value {
  const fields = windowsOf(b, x, g);
  return ops.reshape(b, fields, [...fields.shape, 1]);
}

function outputGradient(b: Builder, dy: Value, g: Geometry): Value {
  return ops.reshape(b, dy, [g.batch, g.output[0] * g.output[1], 1, g.inputs, g.outputs / g.inputs]);
}

/** The filter [kernel, kernel, channels, outputs per channel] with its positions in one axis. */
function weights(b: Builder, filter: Value): Value {
  const [height, width, channels, each] = filter.shape as Quad;
  return ops.reshape(b, filter, [height * width, channels, each]);
}

/** Convolutions of every channel for itself, and their gradients. */
export const depthwiseKernels: KernelTable = {
  DepthwiseConv2dNative: kernel<tf.DepthwiseConv2dNativeAttrs>({
    infer: (inputs, attributes) => {
      const [x, filter] = [typeOf(inputs, 'x'), typeOf(inputs, 'filter')];
      const { batch, output, outputs } = geometryOf(x.shape, filter.shape, attributes);
      return { shape: [batch, ...output, outputs], dtype: 'float32' };
    },
    lower: ({ b, input, attributes, outputs }) => {
      const [x, filter] = [dense(b, input('x')), dense(b, input('filter'))];
      const g = geometryOf(x.shape, filter.shape, attributes);
      const products = ops.multiply(b, windows(b, x, g), weights(b, filter));
      return operand(ops.reshape(b, ops.reduce(b, 'ReduceSum', products, [2], false), outputs[0]!.shape));
    },
  }),
  DepthwiseConv2dNativeBackpropInput: kernel<tf.DepthwiseConv2dNativeBackpropInputAttrs>({
    infer: (_inputs, { inputShape }) => ({ shape: inputShape, dtype: 'float32' }),
    lower: ({ b, input, attributes }) => {
      const [dy, filter] = [dense(b, input('dy')), dense(b, input('filter'))];
      const g = geometryOf(attributes.inputShape, filter.shape, attributes);
      const products = ops.multiply(b, outputGradient(b, dy, g), weights(b, filter));
      return operand(sumOfWindows(b, ops.reduce(b, 'ReduceSum', products, [4], false), g));
    },
  }),
  DepthwiseConv2dNativeBackpropFilter: kernel<tf.DepthwiseConv2dNativeBackpropFilterAttrs>({
    infer: (_inputs, { filterShape }) => ({ shape: filterShape, dtype: 'float32' }),
    lower: ({ b, input, attributes }) => {
      const [x, dy] = [dense(b, input('x')), dense(b, input('dy'))];
      const g = geometryOf(x.shape, attributes.filterShape, attributes);
      const products = ops.multiply(b, windows(b, x, g), outputGradient(b, dy, g));
      const sums = ops.reduce(b, 'ReduceSum', products, [0, 1], false);
      return operand(ops.reshape(b, sums, attributes.filterShape));
    },
  }),
};
