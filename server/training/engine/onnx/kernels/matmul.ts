import type * as tf from '../../../../nn/tf.ts';
import type { TensorType } from '../../trace/graph.ts';
import { type KernelTable, kernel, listOf, typeOf } from '../kernel.ts';
import { broadcastShape, dense, operand } from '../operand.ts';
import * as ops from '../ops.ts';

/** Shape of an Einstein sum: the size of each letter after the arrow. */
function einsumShape(equation: string, inputs: readonly TensorType[]): number[] {
  const [left = '', right = ''] = equation.replaceAll(' ', '').split('->');
  const sizes = new Map<string, number>();
  left.split(',').forEach((letters, i) => {
    for (const [axis, letter] of [...letters].entries()) sizes.set(letter, inputs[i]!.shape[axis]!);
  });
  return [...right].map((letter) => sizes.get(letter)!);
}

export const matmulKernels: KernelTable = {
  BatchMatMul: kernel<tf.BatchMatMulAttrs>({
    infer: (inputs, { transposeA, transposeB }) => {
      const a = typeOf(inputs, 'a').shape;
      const b = typeOf(inputs, 'b').shape;
      const rows = a.at(transposeA ? -1 : -2)!;
      const columns = b.at(transposeB ? -2 : -1)!;
      return { shape: [...broadcastShape(a.slice(0, -2), b.slice(0, -2)), rows, columns], dtype: 'float32' };
    },
    lower: ({ b, input, attributes: { transposeA, transposeB } }) => {
      const [x, y] = [dense(b, input('a')), dense(b, input('b'))];
      return operand(ops.batchMatMul(b, x, y, transposeA, transposeB));
    },
  }),
  Einsum: kernel<tf.EinsumAttrs>({
    infer: (inputs, { equation }) => ({ shape: einsumShape(equation, listOf(inputs)), dtype: 'float32' }),
    lower: ({ b, list, attributes: { equation }, outputs }) => {
      const values = list.map((x) => dense(b, x));
      return operand(
        b.node('Einsum', values, 'float32', outputs[0]!.shape, { equation: equation.replaceAll(' ', '') }),
      );
    },
  }),
};
