import * as tf from '../../../../nn/tf.ts';
import { type ElementType, elementCount, type TensorType } from '../../trace/graph.ts';
import type { Builder } from '../builder.ts';
import { type KernelTable, kernel, typeOf } from '../kernel.ts';
import { aligned, dense, filled, type Operand, operand } from '../operand.ts';
import * as ops from '../ops.ts';

function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Reshapes the stored part where the new shape keeps the broadcast axes apart, else the whole tensor. */
export function reshapeOperand(b: Builder, x: Operand, shape: readonly number[]): Operand {
  if (elementCount(x.value.shape) === 1) return operand(ops.reshape(b, x.value, []), shape);
  const significant = (sizes: readonly number[]): string => sizes.filter((size) => size !== 1).join();
  if (significant(shape) !== significant(x.shape)) return operand(ops.reshape(b, dense(b, x), shape));
  // Only axes of size 1 come or go: carry the stored sizes over in order.
  const stored = aligned(b, x).shape.filter((_, axis) => x.shape[axis] !== 1);
  let next = 0;
  const small = shape.map((size) => (size === 1 ? 1 : stored[next++]!));
  return operand(ops.reshape(b, x.value, small), shape);
}

function slicing(x: TensorType, { begin, size }: tf.SliceAttrs): { begin: number[]; size: number[] } {
  const rank = x.shape.length;
  const starts = typeof begin === 'number' ? [begin] : begin;
  const sizes = typeof size === 'number' ? [size] : size;
  const full = Array.from({ length: rank }, (_, axis) => starts[axis] ?? 0);
  return {
    begin: full,
    size: full.map((start, axis) => {
      const wanted = sizes[axis] ?? -1;
      return wanted === -1 ? x.shape[axis]! - start : wanted;
    }),
  };
}

function strided(x: TensorType, a: tf.StridedSliceAttrs): ReturnType<typeof tf.slice_util.sliceInfo> {
  const masks = [a.beginMask, a.endMask, a.ellipsisMask, a.newAxisMask, a.shrinkAxisMask] as const;
  return tf.slice_util.sliceInfo([...x.shape], a.begin, a.end, a.strides, ...masks);
}

function stridedSize(begin: readonly number[], end: readonly number[], strides: readonly number[]): number[] {
  return begin.map((start, axis) => Math.max(0, Math.ceil((end[axis]! - start) / strides[axis]!)));
}

export const shapeKernels: KernelTable = {
  Reshape: kernel<tf.ReshapeAttrs>({
    infer: (inputs, { shape }) => {
      const x = typeOf(inputs, 'x');
      return { shape: tf.util.inferFromImplicitShape(shape, elementCount(x.shape)), dtype: x.dtype };
    },
    lower: ({ b, input, outputs }) => reshapeOperand(b, input('x'), outputs[0]!.shape),
  }),
  ExpandDims: kernel<tf.ExpandDimsAttrs>({
    infer: (inputs, { dim }) => {
      const x = typeOf(inputs, 'input');
      return { shape: x.shape.toSpliced(axisOf(dim, x.shape.length + 1), 0, 1), dtype: x.dtype };
    },
    lower: ({ b, input, outputs }) => reshapeOperand(b, input('input'), outputs[0]!.shape),
  }),
  Transpose: kernel<tf.TransposeAttrs>({
    infer: (inputs, { perm }) => {
      const x = typeOf(inputs, 'x');
      return { shape: perm.map((axis) => x.shape[axis]!), dtype: x.dtype };
    },
    lower: ({ b, input, attributes, outputs }) =>
      operand(ops.transpose(b, aligned(b, input('x')), attributes.perm), outputs[0]!.shape),
  }),
  Slice: kernel<tf.SliceAttrs>({
    infer: (inputs, attributes) => {
      const x = typeOf(inputs, 'x');
      return { shape: slicing(x, attributes).size, dtype: x.dtype };
    },
    lower: ({ b, input, attributes }) => {
      const x = input('x');
      const { begin, size } = slicing({ shape: x.shape, dtype: 'float32' }, attributes);
      if (elementCount(x.value.shape) === 1) return operand(x.value, size);
      return operand(ops.slice(b, dense(b, x), begin, size));
    },
  }),
  StridedSlice: kernel<tf.StridedSliceAttrs>({
    infer: (inputs, attributes) => {
      const x = typeOf(inputs, 'x');
      return { shape: strided(x, attributes).finalShape, dtype: x.dtype };
    },
    lower: ({ b, input, attributes, outputs }) => {
      const x = dense(b, input('x'));
      const info = strided({ shape: x.shape, dtype: 'float32' }, attributes);
      const size = stridedSize(info.begin, info.end, info.strides);
      return operand(ops.reshape(b, ops.slice(b, x, info.begin, size, info.strides), outputs[0]!.shape));
    },
  }),
  Reverse: kernel<tf.ReverseAttrs>({
    infer: (inputs) => typeOf(inputs, 'x'),
    lower: ({ b, input, attributes }) => {
      const x = dense(b, input('x'));
      const axes = tf.util.parseAxisParam(attributes.dims, [...x.shape]);
      const flipped = x.shape.map((_, axis) => axes.includes(axis));
      const begin = x.shape.map((size, axis) => (flipped[axis] ? size - 1 : 0));
      const strides = flipped.map((flip) => (flip ? -1 : 1));
      return operand(ops.slice(b, x, begin, x.shape, strides));
    },
  }),
  PadV2: kernel<tf.PadV2Attrs>({
    infer: (inputs, { paddings }) => {
      const x = typeOf(inputs, 'x');
      return {
        shape: x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]),
        dtype: x.dtype,
      };
    },
    lower: ({ b, input, attributes: { paddings, constantValue } }) => {
      const [before, after] = [paddings.map((pair) => pair[0]), paddings.map((pair) => pair[1])];
      return operand(ops.pad(b, dense(b, input('x')), before, after, constantValue));
    },
  }),
  MirrorPad: kernel<tf.MirrorPadAttrs>({
    infer: (inputs, { paddings }) => {
      const x = typeOf(inputs, 'x');
      return {
        shape: x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]),
        dtype: x.dtype,
      };
    },
    lower: ({ b, input, attributes: { paddings, mode } }) => {
      // 'reflect' does not repeat the border, 'symmetric' does: one gather per padded axis serves both.
      let x = dense(b, input('x'));
      for (const [axis, [before, after]] of paddings.entries()) {
        if (before === 0 && after === 0) continue;
        const size = x.shape[axis]!;
        const edge = mode === 'reflect' ? 0 : 1;
        const indices = Array.from({ length: before + size + after }, (_, i) => {
          const at = i - before;
          return at < 0 ? -at - edge : at < size ? at : 2 * (size - 1) - at + edge;
        });
        x = ops.gather(b, x, b.int32s(indices), axis);
      }
      return operand(x);
    },
  }),
  Tile: kernel<tf.TileAttrs>({
    infer: (inputs, { reps }) => {
      const x = typeOf(inputs, 'x');
      return { shape: x.shape.map((size, axis) => size * reps[axis]!), dtype: x.dtype };
    },
    lower: ({ b, input, attributes: { reps }, outputs }) => {
      const x = input('x');
      const { shape } = outputs[0]!;
      if (x.shape.every((size, axis) => size === 1 || reps[axis] === 1)) return operand(aligned(b, x), shape);
      return operand(b.node('Tile', [dense(b, x), b.int64s(reps)], x.value.type, shape));
    },
  }),
  Fill: kernel<tf.FillAttrs>({
    infer: (_, { shape, dtype }) => ({ shape, dtype: (dtype ?? 'float32') as ElementType }),
    lower: ({ b, attributes, outputs: [type] }) =>
      filled(b, type!.shape, Number(attributes.value), type!.dtype),
  }),
  ZerosLike: kernel({
    infer: (inputs) => typeOf(inputs, 'x'),
    lower: ({ b, outputs: [type] }) => filled(b, type!.shape, 0, type!.dtype),
  }),
  OnesLike: kernel({
    infer: (inputs) => typeOf(inputs, 'x'),
    lower: ({ b, outputs: [type] }) => filled(b, type!.shape, 1, type!.dtype),
  }),
  Range: kernel<tf.RangeAttrs>({
    infer: (_, { start, stop, step, dtype }) => ({
      shape: [Math.max(0, Math.ceil((stop - start) / step))],
      dtype,
    }),
    lower: ({ b, attributes: { start, step, dtype }, outputs: [type] }) => {
      const values = Array.from({ length: type!.shape[0]! }, (_, i) => start + i * step);
      return operand(dtype === 'int32' ? b.int32s(values) : b.floats(type!.shape, values));
    },
  }),
  LinSpace: kernel<tf.LinSpaceAttrs>({
    infer: (_, { num }) => ({ shape: [num], dtype: 'float32' }),
    lower: ({ b, attributes: { start, stop, num } }) => {
      const values = Array.from({ length: num }, (_, i) =>
        num === 1 ? start : start + (i * (stop - start)) / (num - 1),
      );
      return operand(b.floats([num], values));
    },
  }),
};
