import * as tf from '../../../../nn/tf.ts';
import { elementCount } from '../../trace/graph.ts';
import type { Builder, Value } from '../builder.ts';
import { type KernelTable, kernel, typeOf } from '../kernel.ts';
import { dense, filled, operand } from '../operand.ts';
import * as ops from '../ops.ts';

/** Each element of the batch has indices of its own: counted through the whole batch, they are one gather's. */
function gatherInBatches(b: Builder, x: Value, indices: Value, axis: number, batchDims: number): Value {
  const batch = elementCount(x.shape.slice(0, batchDims));
  const outer = elementCount(x.shape.slice(batchDims, axis));
  const size = x.shape[axis]!;
  const inner = elementCount(x.shape.slice(axis + 1));
  const each = elementCount(indices.shape) / batch;
  const starts = Int32Array.from({ length: batch * outer }, (_, row) => row * size);
  const rows = ops.add(
    b,
    b.constant('int32', [batch, outer, 1], starts),
    ops.reshape(b, indices, [batch, 1, each]),
  );
  return ops.gather(b, ops.reshape(b, x, [batch * outer * size, inner]), rows, 0);
}

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
    lower: ({ b, input, attributes: { axis, batchDims }, outputs }) => {
      const x = dense(b, input('x'));
      const indices = ops.cast(b, dense(b, input('indices')), 'int32');
      const along = tf.util.parseAxisParam(axis, [...x.shape])[0]!;
      if (batchDims === 0) return operand(ops.gather(b, x, indices, along));
      return operand(ops.reshape(b, gatherInBatches(b, x, indices, along, batchDims), outputs[0]!.shape));
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
