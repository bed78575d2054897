import type * as tf from '../../../../nn/tf.ts';
import type { Builder, Value } from '../builder.ts';
import { type KernelTable, kernel, typeOf } from '../kernel.ts';
import { dense, operand } from '../operand.ts';
import * as ops from '../ops.ts';

type Attributes = tf.ResizeBilinearAttrs;
/** Weight of each source position for each new one: rows of `from` numbers. */
type Weights = (from: number, to: number, attributes: Attributes) => Float32Array[];

function ratioOf(from: number, to: number, { alignCorners }: Attributes): number {
  return alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
}

const bilinear: Weights = (from, to, attributes) =>
  Array.from({ length: to }, (_, i) => {
    const ratio = ratioOf(from, to, attributes);
    const at = attributes.halfPixelCenters ? ratio * (i + 0.5) - 0.5 : ratio * i;
    const low = Math.max(0, Math.floor(at));
    const row = new Float32Array(from);
    row[low]! += 1 - (at - low);
    row[Math.min(from - 1, Math.ceil(at))]! += at - low;
    return row;
  });

const nearest: Weights = (from, to, attributes) =>
  Array.from({ length: to }, (_, i) => {
    const ratio = ratioOf(from, to, attributes);
    const at = attributes.halfPixelCenters ? ratio * (i + 0.5) : ratio * i;
    const row = new Float32Array(from);
    row[Math.max(0, Math.min(from - 1, attributes.alignCorners ? Math.round(at) : Math.floor(at)))] = 1;
    return row;
  });

/** One of the two matrices of a resize, constant in the graph; `turned` for the gradient. */
function matrix(b: Builder, rows: readonly Float32Array[], turned: boolean): Value {
  const [to, from] = [rows.length, rows[0]!.length];
  if (!turned)
    return b.floats(
      [to, from],
      rows.flatMap((row) => [...row]),
    );
  return b.floats([from, to], Array.from({ length: from }, (_, j) => rows.map((row) => row[j]!)).flat());
}

/** Multiplies the rows and the columns of every image with a matrix each. */
function apply(b: Builder, x: Value, vertical: Value, horizontal: Value): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [rows, columns] = [vertical.shape[0]!, horizontal.shape[0]!];
  const tall = ops.batchMatMul(
    b,
    vertical,
    ops.reshape(b, x, [batch, height, width * channels]),
    false,
    false,
  );
  const lines = ops.reshape(b, tall, [batch * rows, width, channels]);
  const wide = ops.batchMatMul(b, horizontal, lines, false, false);
  return ops.reshape(b, wide, [batch, rows, columns, channels]);
}

function resize(weights: Weights) {
  return kernel<Attributes>({
    infer: (inputs, { size }) => {
      const [batch, , , channels] = typeOf(inputs, 'images').shape;
      return { shape: [batch!, ...size, channels!], dtype: 'float32' };
    },
    lower: ({ b, input, attributes }) => {
      const x = ops.cast(b, dense(b, input('images')), 'float32');
      const [, height, width] = x.shape as [number, number, number, number];
      const vertical = matrix(b, weights(height, attributes.size[0], attributes), false);
      const horizontal = matrix(b, weights(width, attributes.size[1], attributes), false);
      return operand(apply(b, x, vertical, horizontal));
    },
  });
}

function gradient(weights: Weights) {
  return kernel<Attributes>({
    infer: (inputs) => typeOf(inputs, 'images'),
    lower: ({ b, input, attributes }) => {
      const [, height, width] = input('images').shape as [number, number, number, number];
      const dy = dense(b, input('dy'));
      const vertical = matrix(b, weights(height, dy.shape[1]!, attributes), true);
      const horizontal = matrix(b, weights(width, dy.shape[2]!, attributes), true);
      return operand(apply(b, dy, vertical, horizontal));
    },
  });
}

/**
 * Images [batch, h, w, c] in another size. Resizing is linear in rows and in columns, so it is two products with
 * constant matrices, and its gradient is two with their transposes.
 */
export const resizeKernels: KernelTable = {
  ResizeBilinear: resize(bilinear),
  ResizeBilinearGrad: gradient(bilinear),
  ResizeNearestNeighbor: resize(nearest),
  ResizeNearestNeighborGrad: gradient(nearest),
};
