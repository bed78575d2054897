import type * as tf from '../../../../nn/tf.ts';
import type { ElementType } from '../../trace/graph.ts';
import { elementCount } from '../../trace/graph.ts';
import { type KernelTable, kernel, typeOf } from '../kernel.ts';
import { dense, filled, operand } from '../operand.ts';
import * as ops from '../ops.ts';

/** Elements by their coordinates or rank, and the other way round. */
export const pickKernels: KernelTable = {
  OneHot: kernel<tf.OneHotAttrs>({
    infer: (inputs, { depth, dtype }) => ({
      shape: [...typeOf(inputs, 'indices').shape, depth],
      dtype: dtype as ElementType,
    }),
    lower: ({ b, input, attributes: { depth, onValue, offValue, dtype } }) => {
      const indices = dense(b, input('indices'));
      const places = b.int32s(Array.from({ length: depth }, (_, i) => i));
      const column = ops.reshape(b, ops.cast(b, indices, 'int32'), [...indices.shape, 1]);
      const hit = ops.binary(b, 'Equal', column, places, 'bool');
      const type = dtype as ElementType;
      return operand(ops.where(b, hit, b.scalar(onValue, type), b.scalar(offValue, type)));
    },
  }),
  TopK: kernel<tf.TopKAttrs>({
    infer: (inputs, { k }) => {
      const { shape, dtype } = typeOf(inputs, 'x');
      const kept = shape.with(-1, k);
      return [
        { shape: kept, dtype },
        { shape: kept, dtype: 'int32' },
      ];
    },
    lower: ({ b, input, attributes: { k, sorted }, outputs }) => {
      const x = dense(b, input('x'));
      const { shape } = outputs[0]!;
      const [values, indices] = b.multi(
        'TopK',
        [x, b.int64s([k])],
        [
          { type: x.type, shape },
          { type: 'int64', shape },
        ],
        { axis: x.shape.length - 1, sorted: Number(sorted) },
      );
      return [operand(values!), operand(ops.cast(b, indices!, 'int32'))];
    },
    returnsList: true,
  }),
  GatherNd: kernel({
    infer: (inputs) => {
      const { shape, dtype } = typeOf(inputs, 'params');
      const indices = typeOf(inputs, 'indices').shape;
      return { shape: [...indices.slice(0, -1), ...shape.slice(indices.at(-1))], dtype };
    },
    lower: ({ b, input, outputs }) => {
      const indices = ops.cast(b, dense(b, input('indices')), 'int64');
      const x = dense(b, input('params'));
      return operand(b.node('GatherND', [x, indices], x.type, outputs[0]!.shape));
    },
  }),
  ScatterNd: kernel<tf.ScatterNdAttrs>({
    infer: (inputs, { shape }) => ({ shape, dtype: typeOf(inputs, 'updates').dtype }),
    lower: ({ b, input, attributes: { shape } }) => {
      const updates = dense(b, input('updates'));
      const zeros = dense(b, filled(b, shape, 0, updates.type));
      const indices = ops.cast(b, dense(b, input('indices')), 'int64');
      return operand(
        b.node('ScatterND', [zeros, indices, updates], updates.type, shape, { reduction: 'add' }),
      );
    },
  }),
  Diag: kernel({
    infer: (inputs) => {
      const { shape, dtype } = typeOf(inputs, 'x');
      return { shape: [...shape, ...shape], dtype };
    },
    lower: ({ b, input, outputs }) => {
      const x = dense(b, input('x'));
      const count = elementCount(x.shape);
      const eye = Uint8Array.from({ length: count * count }, (_, i) => Number(i % (count + 1) === 0));
      const row = ops.reshape(b, x, [count]);
      const square = ops.where(b, b.constant('bool', [count, count], eye), row, b.scalar(0, x.type));
      return operand(ops.reshape(b, square, outputs[0]!.shape));
    },
  }),
};
