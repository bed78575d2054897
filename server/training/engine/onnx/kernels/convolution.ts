import * as tf from '../../../../nn/tf.ts';
import { type KernelTable, kernel, typeOf } from '../kernel.ts';
import { dense, operand } from '../operand.ts';
import * as ops from '../ops.ts';
import { columnsOf, convolve, type Geometry, gradientOfInput } from './columns.ts';
import {
  hasLargeColumns,
  hasLargeGradient,
  nativeConvolution,
  nativeGradientOfInput,
  piecewiseGradientOfFilter,
} from './largeConvolution.ts';

type Quad = [number, number, number, number];

function geometryOf(
  xShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations, dimRoundingMode, dataFormat }: Partial<tf.Conv2DAttrs>,
): Geometry {
  if (dataFormat !== undefined && dataFormat !== 'NHWC')
    throw new Error(`Convolutions are compiled in NHWC, not ${dataFormat}.`);
  const info = tf.backend_util.computeConv2DInfo(
    xShape as Quad,
    filterShape as Quad,
    strides as [number, number],
    dilations ?? 1,
    pad as number,
    dimRoundingMode,
  );
  return {
    batch: info.batchSize,
    input: [info.inHeight, info.inWidth],
    output: [info.outHeight, info.outWidth],
    kernel: [info.filterHeight, info.filterWidth],
    stride: [info.strideHeight, info.strideWidth],
    dilation: [info.dilationHeight, info.dilationWidth],
    padding: [info.padInfo.top, info.padInfo.left],
    inputs: info.inChannels,
    outputs: info.outChannels,
  };
}

/** Convolution and its two gradients, images in NHWC, filters [kernel height, kernel width, inputs, outputs]. */
export const convolutionKernels: KernelTable = {
  Conv2D: kernel<tf.Conv2DAttrs>({
    infer: (inputs, attributes) => {
      const { batch, output, outputs } = geometryOf(
        typeOf(inputs, 'x').shape,
        typeOf(inputs, 'filter').shape,
        attributes,
      );
      return { shape: [batch, ...output, outputs], dtype: 'float32' };
    },
    lower: ({ b, input, attributes }) => {
      const [x, filter] = [dense(b, input('x')), dense(b, input('filter'))];
      const g = geometryOf(x.shape, filter.shape, attributes);
      // A portable graph is for other tools to read: there a convolution is a Conv.
      const native = b.target === 'portable' || hasLargeColumns(g);
      return operand((native ? nativeConvolution : convolve)(b, x, filter, g));
    },
  }),
  Conv2DBackpropInput: kernel<tf.Conv2DBackpropInputAttrs>({
    infer: (_inputs, { inputShape }) => ({ shape: inputShape, dtype: 'float32' }),
    lower: ({ b, input, attributes }) => {
      const [dy, filter] = [dense(b, input('dy')), dense(b, input('filter'))];
      const g = geometryOf(attributes.inputShape, filter.shape, attributes);
      return operand((hasLargeGradient(g) ? nativeGradientOfInput : gradientOfInput)(b, dy, filter, g));
    },
  }),
  Conv2DBackpropFilter: kernel<tf.Conv2DBackpropFilterAttrs>({
    infer: (_inputs, { filterShape }) => ({ shape: filterShape, dtype: 'float32' }),
    lower: ({ b, input, attributes }) => {
      const [x, dy] = [dense(b, input('x')), dense(b, input('dy'))];
      const g = geometryOf(x.shape, attributes.filterShape, attributes);
      if (hasLargeColumns(g))
        return operand(ops.reshape(b, piecewiseGradientOfFilter(b, x, dy, g), attributes.filterShape));
      const columns = columnsOf(b, x, g);
      const rows = ops.reshape(b, dy, [g.batch * g.output[0] * g.output[1], g.outputs]);
      const product = ops.gemm(b, columns.value, rows, !columns.transposed, false);
      return operand(ops.reshape(b, product, attributes.filterShape));
    },
  }),
};
