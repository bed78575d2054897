import * as tf from '../../../../nn/tf.ts';
import { type KernelTable, kernel, listOf, typeOf } from '../kernel.ts';
import { dense, operand } from '../operand.ts';
import * as ops from '../ops.ts';

function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function splitSizes(
  { numOrSizeSplits, axis }: tf.SplitVAttrs,
  shape: readonly number[],
): { sizes: number[]; axis: number } {
  const along = tf.util.parseAxisParam(axis, [...shape])[0]!;
  if (typeof numOrSizeSplits === 'number') {
    return { sizes: Array<number>(numOrSizeSplits).fill(shape[along]! / numOrSizeSplits), axis: along };
  }
  const known = numOrSizeSplits.filter((size) => size !== -1).reduce((sum, size) => sum + size, 0);
  return { sizes: numOrSizeSplits.map((size) => (size === -1 ? shape[along]! - known : size)), axis: along };
}

/** Kernels that join tensors and take them apart. */
export const joinKernels: KernelTable = {
  Concat: kernel<tf.ConcatAttrs>({
    infer: (inputs, attributes) => {
      const parts = listOf(inputs);
      const { shape, dtype } = parts[0]!;
      const axis = axisOf(attributes.axis, shape.length);
      return {
        shape: shape.with(
          axis,
          parts.reduce((sum, part) => sum + part.shape[axis]!, 0),
        ),
        dtype,
      };
    },
    lower: ({ b, list, attributes }) => {
      const parts = list.map((part) => dense(b, part));
      return operand(ops.concat(b, parts, axisOf(attributes.axis, parts[0]!.shape.length)));
    },
  }),
  Pack: kernel<tf.PackAttrs>({
    infer: (inputs, attributes) => {
      const parts = listOf(inputs);
      const { shape, dtype } = parts[0]!;
      return { shape: shape.toSpliced(axisOf(attributes.axis, shape.length + 1), 0, parts.length), dtype };
    },
    lower: ({ b, list, attributes }) => {
      const axis = axisOf(attributes.axis, list[0]!.shape.length + 1);
      const parts = list.map((part) => ops.reshape(b, dense(b, part), part.shape.toSpliced(axis, 0, 1)));
      return operand(ops.concat(b, parts, axis));
    },
  }),
  Unpack: kernel<tf.UnpackAttrs>({
    infer: (inputs, attributes) => {
      const { shape, dtype } = typeOf(inputs, 'value');
      const axis = axisOf(attributes.axis, shape.length);
      return Array.from({ length: shape[axis]! }, () => ({ shape: shape.toSpliced(axis, 1), dtype }));
    },
    lower: ({ b, input, attributes }) => {
      const x = dense(b, input('value'));
      const axis = axisOf(attributes.axis, x.shape.length);
      const parts = ops.split(b, x, Array<number>(x.shape[axis]!).fill(1), axis);
      return parts.map((part) => operand(ops.reshape(b, part, x.shape.toSpliced(axis, 1))));
    },
    returnsList: true,
  }),
  SplitV: kernel<tf.SplitVAttrs>({
    infer: (inputs, attributes) => {
      const { shape, dtype } = typeOf(inputs, 'x');
      const { sizes, axis } = splitSizes(attributes, shape);
      return sizes.map((size) => ({ shape: shape.with(axis, size), dtype }));
    },
    lower: ({ b, input, attributes }) => {
      const x = dense(b, input('x'));
      const { sizes, axis } = splitSizes(attributes, x.shape);
      return ops.split(b, x, sizes, axis).map((part) => operand(part));
    },
    returnsList: true,
  }),
};
