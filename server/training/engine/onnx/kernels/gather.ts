import * as tf from '../../../../nn/tf.ts';
import { elementCount } from '../../trace/graph.ts';
import { type KernelTable, kernel, typeOf } from '../kernel.ts';
import { dense, filled, operand } from '../operand.ts';
import * as ops from '../ops.ts';

/** Rows by number, and the sum of rows with the same number. */
export const gatherKernels: KernelTable = {
  GatherV2: kernel<tf.GatherV2Attrs>({
    infer: (inputs, { axis, batchDims }) => {
      const x = typeOf(inputs, 'x');
      const indices = typeOf(inputs, 'indices').shape;
      const along = tf.util.parseAxisParam(axis, [...x.shape])[0]!;
      return {
        shape: [...x.shape.slice(0, along), ...indices.slice(batchDims), ...x.shape.slice(along + 1)],
        dtype: x.dtype,
      };
    },
    lower: ({ b, input, attributes: { axis, batchDims } }) => {
      if (batchDims !== 0)
        throw new Error('Gathers with batchDims are not compiled: use flat row numbers (nn/rows.ts).');
      const x = dense(b, input('x'));
      const indices = ops.cast(b, dense(b, input('indices')), 'int32');
      return operand(ops.gather(b, x, indices, tf.util.parseAxisParam(axis, [...x.shape])[0]!));
    },
  }),
  UnsortedSegmentSum: kernel<tf.UnsortedSegmentSumAttrs>({
    infer: (inputs, { numSegments }) => {
      const { shape, dtype } = typeOf(inputs, 'x');
      return { shape: [numSegments, ...shape.slice(typeOf(inputs, 'segmentIds').shape.length)], dtype };
    },
    lower: ({ b, input, attributes: { numSegments } }) => {
      const ids = dense(b, input('segmentIds'));
      const x = dense(b, input('x'));
      const shape = [numSegments, ...x.shape.slice(ids.shape.length)];
      const count = elementCount(ids.shape);
      const zeros = dense(b, filled(b, shape, 0, x.type));
      const rows = ops.reshape(b, x, [count, ...x.shape.slice(ids.shape.length)]);
      const places = ops.cast(b, ops.reshape(b, ids, [count, 1]), 'int64');
      return operand(b.node('ScatterND', [zeros, places, rows], x.type, shape, { reduction: 'add' }));
    },
  }),
};
