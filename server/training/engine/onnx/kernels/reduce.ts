import * as tf from '../../../../nn/tf.ts';
import type { TensorType } from '../../trace/graph.ts';
import type { Builder, Value } from '../builder.ts';
import { type Kernel, type KernelTable, kernel, typeOf } from '../kernel.ts';
import { aligned, alignedShape, dense, type Operand, operand } from '../operand.ts';
import * as ops from '../ops.ts';
import { mapElements } from './unary.ts';

interface ReduceAttributes {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

function axesOf(attributes: ReduceAttributes, shape: readonly number[]): number[] {
  return tf.util.parseAxisParam((attributes.axis ?? attributes.reductionIndices ?? null) as number[], [
    ...shape,
  ]);
}

function reducedShape(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
  const sizes = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return keepDims ? sizes : sizes.filter((_, axis) => !axes.includes(axis));
}

/**
 * Reduces the stored part of an operand. `repeated` says what `count` equal elements give: the axes that are only
 * broadcast need no pass over memory.
 */
function reduction(
  op: string,
  repeated: (b: Builder, x: Value, count: number) => Value,
  dtype?: TensorType['dtype'],
  through: TensorType['dtype'] | undefined = dtype,
): Kernel {
  return kernel<ReduceAttributes>({
    infer: (inputs, attributes) => {
      const x = typeOf(inputs, 'x');
      const shape = reducedShape(x.shape, axesOf(attributes, x.shape), attributes.keepDims ?? false);
      return { shape, dtype: dtype ?? (x.dtype === 'bool' ? 'int32' : x.dtype) };
    },
    lower: ({ b, input, attributes, outputs }) => {
      const x = input('x');
      const axes = axesOf(attributes, x.shape);
      const type = through ?? (x.value.type === 'bool' ? 'int32' : x.value.type);
      return reduceOperand(
        b,
        mapElements(b, x, (c, v) => ops.cast(c, v, type)),
        op,
        axes,
        outputs[0]!.shape,
        repeated,
        outputs[0]!.dtype,
      );
    },
  });
}

function reduceOperand(
  b: Builder,
  x: Operand,
  op: string,
  axes: readonly number[],
  shape: readonly number[],
  repeated: (b: Builder, x: Value, count: number) => Value,
  type: TensorType['dtype'],
): Operand {
  const stored = alignedShape(x);
  const count = axes.reduce((product, axis) => product * (stored[axis] === 1 ? x.shape[axis]! : 1), 1);
  const kept = ops.reduce(b, op, aligned(b, x), axes, true);
  const result = count === 1 ? kept : repeated(b, kept, count);
  const small =
    shape.length === x.shape.length ? kept.shape : kept.shape.filter((_, axis) => !axes.includes(axis));
  return operand(ops.reshape(b, ops.cast(b, result, type), small), shape);
}

const same = (_: Builder, x: Value): Value => x;
const times = (b: Builder, x: Value, count: number): Value => ops.multiply(b, x, b.scalar(count, x.type));
const power = (b: Builder, x: Value, count: number): Value =>
  ops.binary(b, 'Pow', x, b.scalar(count, x.type));

/** Position of the largest or smallest element, the first one of several. */
function position(op: string): Kernel {
  return kernel<{ axis: number }>({
    infer: (inputs, { axis }) => {
      const { shape } = typeOf(inputs, 'x');
      return { shape: shape.filter((_, i) => i !== axisOf(axis, shape)), dtype: 'int32' };
    },
    lower: ({ b, input, attributes, outputs }) => {
      const x = dense(b, input('x'));
      const axis = axisOf(attributes.axis, x.shape);
      return operand(
        ops.cast(b, b.node(op, [x], 'int64', outputs[0]!.shape, { axis, keepdims: 0 }), 'int32'),
      );
    },
  });
}

function axisOf(axis: number | number[], shape: readonly number[]): number {
  return tf.util.parseAxisParam(axis, [...shape])[0]!;
}

function cumulative(write: (b: Builder, x: Value, attributes: tf.CumsumAttrs) => Value): Kernel {
  return kernel<tf.CumsumAttrs>({
    infer: (inputs) => typeOf(inputs, 'x'),
    lower: ({ b, input, attributes }) => operand(write(b, dense(b, input('x')), attributes)),
  });
}

function cumulativeSum(b: Builder, x: Value, { axis, exclusive, reverse }: tf.CumsumAttrs): Value {
  const attributes = { exclusive: Number(exclusive), reverse: Number(reverse) };
  return b.node(
    'CumSum',
    [x, b.constant('int32', [], Int32Array.of(axisOf(axis, x.shape)))],
    x.type,
    x.shape,
    attributes,
  );
}

/** ONNX has no running product: row i of a square holds the factors of output i and ones elsewhere. */
function cumulativeProduct(b: Builder, x: Value, { axis: given, exclusive, reverse }: tf.CumsumAttrs): Value {
  const axis = axisOf(given, x.shape);
  const length = x.shape[axis]!;
  const mask = new Uint8Array(length * length);
  for (let row = 0; row < length; row++) {
    for (let factor = 0; factor < length; factor++) {
      const before = reverse ? factor > row : factor < row;
      mask[row * length + factor] = Number(before || (!exclusive && factor === row));
    }
  }
  const after = x.shape.slice(axis + 1).map(() => 1);
  const rows = ops.reshape(b, x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);
  const chosen = b.constant('bool', [length, length, ...after], mask);
  return ops.reduce(b, 'ReduceProd', ops.where(b, chosen, rows, b.scalar(1, x.type)), [axis + 1], false);
}

const softmax = kernel<tf.SoftmaxAttrs>({
  infer: (inputs) => typeOf(inputs, 'logits'),
  lower: ({ b, input, attributes }) => {
    const x = dense(b, input('logits'));
    return operand(b.node('Softmax', [x], x.type, x.shape, { axis: axisOf(attributes.dim, x.shape) }));
  },
});

export const reduceKernels: KernelTable = {
  Sum: reduction('ReduceSum', times),
  Mean: reduction('ReduceMean', same, 'float32'),
  Max: reduction('ReduceMax', same),
  Min: reduction('ReduceMin', same),
  Prod: reduction('ReduceProd', power),
  All: reduction('ReduceMin', same, 'bool', 'int32'),
  Any: reduction('ReduceMax', same, 'bool', 'int32'),
  ArgMax: position('ArgMax'),
  ArgMin: position('ArgMin'),
  Cumsum: cumulative(cumulativeSum),
  Cumprod: cumulative(cumulativeProduct),
  Softmax: softmax,
};
