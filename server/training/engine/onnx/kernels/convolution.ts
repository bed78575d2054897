import type * as tf from '../../../../nn/tf.ts';
import { type KernelTable, kernel, typeOf } from '../kernel.ts';
import { dense, operand } from '../operand.ts';
import * as ops from '../ops.ts';
import { columnsOf, convolve, gradientOfInput } from './columns.ts';
import { geometryOf } from './geometry.ts';
import {
  hasLargeColumns,
  hasLargeGradient,
  nativeConvolution,
  nativeGradientOfInput,
  piecewiseGradientOfFilter,
} from './largeConvolution.ts';

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
