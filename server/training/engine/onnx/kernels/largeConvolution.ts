import type { Builder, Value } from '../builder.ts';
import * as ops from '../ops.ts';
import { columnsOf, trailing } from './columns.ts';
import type { Geometry } from './geometry.ts';

/**
 * Convolutions without the matrix of receptive fields, for images where it would be too big: ONNX's own operators,
 * and for the filter's gradient, which has none, one piece of the batch after the other.
 */

/** Matrices of fields up to this size are made whole. */
const largeBytes = 64 << 20;

/** Bytes of the fields of one piece. */
const pieceBytes = 16 << 20;

const positive = (count: number): number => Math.max(0, count);

/** x [batch, h, w, inputs] and filter [kernel, kernel, inputs, outputs] -> [batch, h', w', outputs]. */
export function nativeConvolution(b: Builder, x: Value, filter: Value, g: Geometry): Value {
  const [bottom, right] = trailing(g).map(positive) as [number, number];
  const weights = ops.transpose(b, filter, [3, 2, 0, 1]);
  return conv(b, x, weights, [g.batch, g.outputs, ...g.output], {
    kernel_shape: g.kernel,
    strides: g.stride,
    dilations: g.dilation,
    pads: [...g.padding, bottom, right],
  });
}

/** Gradient for the input: at stride 1 a convolution with the filter turned around, else ONNX's transposed one. */
export function nativeGradientOfInput(b: Builder, dy: Value, filter: Value, g: Geometry): Value {
  const shape = [g.batch, g.inputs, ...g.input];
  const span = [(g.kernel[0] - 1) * g.dilation[0], (g.kernel[1] - 1) * g.dilation[1]] as const;
  const before = [span[0] - g.padding[0], span[1] - g.padding[1]] as const;
  const after = [0, 1].map((i) => g.input[i]! - g.output[i]! + span[i]! - before[i]!);
  const once = g.stride[0] === 1 && g.stride[1] === 1;
  if (once && [...before, ...after].every((count) => count >= 0)) {
    const [height, width, inputs, outputs] = filter.shape as [number, number, number, number];
    const size = [height, width, inputs, outputs];
    const turned = ops.slice(b, filter, [height - 1, width - 1, 0, 0], size, [-1, -1, 1, 1]);
    const weights = ops.transpose(b, turned, [2, 3, 0, 1]);
    return conv(b, dy, weights, shape, {
      kernel_shape: g.kernel,
      strides: [1, 1],
      dilations: g.dilation,
      pads: [...before, ...after],
    });
  }
  const [bottom, right] = trailing(g);
  const image = ops.transpose(b, dy, [0, 3, 1, 2]);
  const weights = ops.transpose(b, filter, [3, 2, 0, 1]);
  const dx = b.node('ConvTranspose', [image, weights], 'float32', shape, {
    kernel_shape: g.kernel,
    strides: g.stride,
    dilations: g.dilation,
    pads: [...g.padding, positive(bottom), positive(right)],
    output_padding: [positive(-bottom), positive(-right)],
  });
  return ops.transpose(b, dx, [0, 2, 3, 1]);
}

/**
 * Gradient for the filter: [kernel * kernel * inputs, outputs].
 * @param bytes what the fields of one piece of the batch may take
 */
export function piecewiseGradientOfFilter(
  b: Builder,
  x: Value,
  dy: Value,
  g: Geometry,
  bytes = pieceBytes,
): Value {
  const perImage = columnBytes({ ...g, batch: 1 });
  const count = Math.max(1, Math.floor(bytes / perImage));
  const shape = [g.kernel[0] * g.kernel[1] * g.inputs, g.outputs];
  let total: Value | undefined;
  for (let first = 0; first < g.batch; first += count) {
    const piece = { ...g, batch: Math.min(count, g.batch - first) };
    const part = (v: Value): Value => ops.slice(b, v, [first, 0, 0, 0], [piece.batch, ...v.shape.slice(1)]);
    const columns = columnsOf(b, part(x), piece);
    const rows = ops.reshape(b, part(dy), [piece.batch * g.output[0] * g.output[1], g.outputs]);
    const factors = [columns.value, rows, ...(total === undefined ? [] : [total])];
    total = b.node('Gemm', factors, 'float32', shape, { transA: columns.transposed ? 0 : 1 });
  }
  return total!;
}

function columnBytes({ batch, output, kernel, inputs }: Geometry): number {
  return 4 * batch * output[0] * output[1] * kernel[0] * kernel[1] * inputs;
}

/** Whether the fields that a convolution and the gradient of its filter share would be too big. */
export function hasLargeColumns(g: Geometry): boolean {
  return columnBytes(g) > largeBytes;
}

/** The same for the gradient of the input, whose fields are those of one phase in dy. */
export function hasLargeGradient({ batch, input, kernel, stride, outputs }: Geometry): boolean {
  const side = (i: 0 | 1): number => Math.ceil(input[i] / stride[i]) * Math.ceil(kernel[i] / stride[i]);
  return 4 * batch * side(0) * side(1) * outputs > largeBytes;
}

function conv(
  b: Builder,
  x: Value,
  weights: Value,
  shape: readonly number[],
  attributes: Readonly<Record<string, readonly number[]>>,
): Value {
  const image = ops.transpose(b, x, [0, 3, 1, 2]);
  return ops.transpose(b, b.node('Conv', [image, weights], 'float32', shape, attributes), [0, 2, 3, 1]);
}
