import * as tf from '../../../../nn/tf.ts';
import type { Builder, Value } from '../builder.ts';
import { type KernelTable, kernel, typeOf } from '../kernel.ts';
import { dense, operand } from '../operand.ts';
import * as ops from '../ops.ts';
import { fieldIndices } from './columns.ts';
import type { Geometry } from './geometry.ts';
import { sumOfWindows, windowsOf } from './windows.ts';

type Attributes = Pick<tf.MaxPoolAttrs, 'filterSize' | 'strides' | 'pad' | 'dimRoundingMode'>;

function geometryOf(shape: readonly number[], attributes: Attributes): Geometry {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const size = shape as [number, number, number, number];
  const info = tf.backend_util.computePool2DInfo(size, filterSize, strides, 1, pad, dimRoundingMode);
  return {
    batch: info.batchSize,
    input: [info.inHeight, info.inWidth],
    output: [info.outHeight, info.outWidth],
    kernel: [info.filterHeight, info.filterWidth],
    stride: [info.strideHeight, info.strideWidth],
    dilation: [1, 1],
    padding: [info.padInfo.top, info.padInfo.left],
    inputs: info.inChannels,
    outputs: info.inChannels,
  };
}

function pooling(pool: (b: Builder, x: Value, g: Geometry) => Value) {
  return kernel<Attributes>({
    infer: (inputs, attributes) => {
      const { batch, output, inputs: channels } = geometryOf(typeOf(inputs, 'x').shape, attributes);
      return { shape: [batch, ...output, channels], dtype: 'float32' };
    },
    lower: ({ b, input, attributes, outputs }) => {
      const x = dense(b, input('x'));
      return operand(ops.reshape(b, pool(b, x, geometryOf(x.shape, attributes)), outputs[0]!.shape));
    },
  });
}

/** `spread` gives every element of the windows its share of dy [batch, positions, 1, channels]. */
function gradient(spread: (b: Builder, dy: Value, x: Value, g: Geometry) => Value) {
  return kernel<Attributes>({
    infer: (inputs) => typeOf(inputs, 'input'),
    lower: ({ b, input, attributes }) => {
      const x = dense(b, input('input'));
      const g = geometryOf(x.shape, attributes);
      const dy = ops.reshape(b, dense(b, input('dy')), [g.batch, g.output[0] * g.output[1], 1, g.inputs]);
      return operand(sumOfWindows(b, spread(b, dy, x, g), g));
    },
  });
}

const maximum = (b: Builder, x: Value, g: Geometry): { windows: Value; largest: Value } => {
  const windows = windowsOf(b, x, g, -3.4e38);
  return { windows, largest: ops.reduce(b, 'ReduceMax', windows, [2], true) };
};

/** 1 where a window has its largest element, the first one of several. */
function firstLargest(b: Builder, x: Value, g: Geometry): Value {
  const { windows, largest } = maximum(b, x, g);
  const count = g.kernel[0] * g.kernel[1];
  const places = b.floats(
    [count, 1],
    Array.from({ length: count }, (_, i) => i),
  );
  const isLargest = ops.binary(b, 'Equal', windows, largest, 'bool');
  const candidates = ops.where(b, isLargest, places, b.scalar(count));
  const first = ops.reduce(b, 'ReduceMin', candidates, [2], true);
  return ops.cast(b, ops.binary(b, 'Equal', candidates, first, 'bool'), 'float32');
}

/** 1 / number of pixels of the image in each window: padding does not count. [positions, 1, 1] */
function shares(b: Builder, g: Geometry): Value {
  const size = g.kernel[0] * g.kernel[1];
  const width = Math.max(g.input[1] + g.padding[1], (g.output[1] - 1) * g.stride[1] + g.kernel[1]);
  const counts = Array<number>(g.output[0] * g.output[1]).fill(0);
  fieldIndices(g, width).forEach((index, element) => {
    const y = Math.floor(index / width) - g.padding[0];
    const x = (index % width) - g.padding[1];
    const inside = y >= 0 && y < g.input[0] && x >= 0 && x < g.input[1];
    counts[Math.floor(element / size)]! += Number(inside);
  });
  return b.floats(
    [counts.length, 1, 1],
    counts.map((count) => 1 / count),
  );
}

/** Pooling of [batch, h, w, c] and its gradients. */
export const poolingKernels: KernelTable = {
  MaxPool: pooling((b, x, g) => maximum(b, x, g).largest),
  MaxPoolGrad: gradient((b, dy, x, g) => ops.multiply(b, firstLargest(b, x, g), dy)),
  AvgPool: pooling((b, x, g) => {
    const sums = ops.reduce(b, 'ReduceSum', windowsOf(b, x, g), [2], true);
    return ops.multiply(b, sums, shares(b, g));
  }),
  // tfjs's CPU backend divides by the whole window here, padding included, which is not its forward's gradient.
  AvgPoolGrad: gradient((b, dy, _x, g) => {
    const share = ops.multiply(b, dy, shares(b, g));
    const shape = [g.batch, g.output[0] * g.output[1], g.kernel[0] * g.kernel[1], g.inputs];
    return dense(b, operand(share, shape));
  }),
};
