import * as tf from '../../../../server/nn/tf.ts';
import { type Case, floats, forwardOnly, given, ints, repeated, type Sample, truth, use } from './table.ts';

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

function reductions(op: Reduce, kind = use, sample: (...shape: number[]) => Sample = floats): Case[] {
  return [
    kind('a scalar', [sample()], (x) => op(x)),
    kind('everything', [sample(3, 5)], (x) => op(x)),
    kind('the first axis', [sample(7, 3)], (x) => op(x, 0)),
    kind('the last axis, kept', [sample(2, 3, 5)], (x) => op(x, -1, true)),
    kind('two axes', [sample(2, 3, 5)], (x) => op(x, [0, 2])),
    kind('two axes, kept', [sample(2, 3, 4, 5)], (x) => op(x, [1, 2], true)),
    kind('an axis of one', [sample(3, 1, 5)], (x) => op(x, 1)),
    kind('a broadcast row, along it', [sample(1, 5)], (x) => op(repeated(x, 4, 5), 1)),
    kind('a broadcast row, across it', [sample(1, 5)], (x) => op(repeated(x, 4, 5), 0, true)),
    kind('a broadcast row, all', [sample(1, 5)], (x) => op(repeated(x, 4, 5))),
  ];
}

/** Tall enough to be summed in pieces on the CPU: rows that can be cut, rows of a prime number, one column. */
const tall = (op: Reduce): Case[] => [
  use('a tall matrix', [floats(4096, 9)], (x) => op(x, 0)),
  use('a tall matrix, kept', [floats(4096, 9)], (x) => op(x, 0, true)),
  use('the positions of maps', [floats(16, 14, 14, 12)], (x) => op(x, [0, 1, 2])),
  use('the positions of maps, kept', [floats(16, 14, 14, 12)], (x) => op(x, [2, 0, 1], true)),
  use('rows of a prime number', [floats(4099, 9)], (x) => op(x, 0)),
  use('axes of one among the rows', [floats(1, 4096, 1, 9)], (x) => op(x, [1, 2])),
  use('one tall column', [floats(40_000, 1)], (x) => op(x, 0)),
  use('the batch of maps', [floats(64, 7, 7, 12)], (x) => op(x, 0)),
];

const bit = (...shape: number[]): Sample => ints(0, 2, ...shape);
const whole = (...shape: number[]): Sample => ints(-4, 5, ...shape);
const running = (
  op: (x: tf.Tensor, axis?: number, exclusive?: boolean, reverse?: boolean) => tf.Tensor,
  kind = use,
) => [
  kind('a row', [floats(5)], (x) => op(x, 0)),
  kind('one element', [floats(1)], (x) => op(x, 0)),
  forwardOnly('the middle axis', [floats(2, 4, 3)], (x) => op(x, 1)),
  kind('without itself', [floats(2, 5)], (x) => op(x, 1, true)),
  kind('from the end', [floats(2, 5)], (x) => op(x, 1, false, true)),
  forwardOnly('from the end without itself', [floats(5, 2)], (x) => op(x, 0, true, true)),
];

export const shapeCases: Readonly<Record<string, Case[]>> = {
  Sum: [
    ...reductions(tf.sum),
    ...tall(tf.sum),
    forwardOnly('whole numbers', [whole(3, 5)], (x) => tf.sum(x, 0)),
    forwardOnly('bools', [bit(3, 5)], (x) => tf.sum(truth(x), 1)),
    use('many rows', [floats(1000, 3)], (x) => tf.sum(x, 0)),
  ],
  Mean: [
    ...reductions(tf.mean),
    ...tall(tf.mean),
    forwardOnly('whole numbers', [whole(3, 5)], (x) => tf.mean(x, 0)),
  ],
  Max: [...reductions(tf.max), forwardOnly('whole numbers', [whole(3, 5)], (x) => tf.max(x, 0))],
  Min: [...reductions(tf.min), forwardOnly('whole numbers', [whole(3, 5)], (x) => tf.min(x, 0))],
  Prod: reductions(tf.prod, forwardOnly), // its gradient calls methods that tensors only have in the whole tfjs
  All: reductions((x, ...rest) => tf.all(truth(x), ...rest), forwardOnly, bit).slice(0, 7),
  Any: reductions((x, ...rest) => tf.any(truth(x), ...rest), forwardOnly, bit).slice(0, 7),
  ArgMax: [
    forwardOnly('each axis', [floats(3, 5)], (x) => [tf.argMax(x, 0), tf.argMax(x, 1), tf.argMax(x, -1)]),
    forwardOnly('the first of several', [given([2, 3], [1, 2, 2, 3, 3, 0])], (x) => tf.argMax(x, 1)),
    forwardOnly('one element', [floats(1)], (x) => tf.argMax(x, 0)),
  ],
  ArgMin: [
    forwardOnly('each axis', [floats(3, 5)], (x) => [tf.argMin(x, 0), tf.argMin(x, 1)]),
    forwardOnly('the first of several', [given([2, 3], [1, 0, 0, 3, 0, 0])], (x) => tf.argMin(x, 1)),
  ],
  Cumsum: running(tf.cumsum),
  Cumprod: running(tf.cumprod, forwardOnly),
  Softmax: [
    use('a row', [floats(5)], (x) => tf.softmax(x)),
    use('rows', [floats(2, 3, 5)], (x) => tf.softmax(x)),
    use('one class', [floats(4, 1)], (x) => tf.softmax(x)),
    forwardOnly('large numbers', [given([2, 3], [900, 901, 899, -900, 0, 900])], (x) => tf.softmax(x)),
  ],
  BatchMatMul: [
    ...[false, true].flatMap((a) =>
      [false, true].flatMap((b) => [
        use(`2-D ${a} ${b}`, [floats(...(a ? [5, 3] : [3, 5])), floats(...(b ? [7, 5] : [5, 7]))], (x, y) =>
          tf.matMul(x, y, a, b),
        ),
        use(
          `3-D ${a} ${b}`,
          [floats(2, ...(a ? [5, 3] : [3, 5])), floats(2, ...(b ? [7, 5] : [5, 7]))],
          (x, y) => tf.matMul(x, y, a, b),
        ),
        use(`4-D ${a} ${b}`, [floats(2, 3, 4, 4), floats(2, 3, 4, 4)], (x, y) => tf.matMul(x, y, a, b)),
      ]),
    ),
    use('size one', [floats(1, 1), floats(1, 1)], (x, y) => tf.matMul(x, y)),
    use('a vector', [floats(1, 5), floats(5, 1)], (x, y) => tf.matMul(x, y)),
    forwardOnly('a shared right side', [floats(4, 3, 5), floats(1, 5, 2)], (x, y) => tf.matMul(x, y)),
    use('with its own transpose', [floats(4, 3)], (x) => tf.matMul(x, x, false, true)),
    use('a transposed stack', [floats(2, 3, 5), floats(2, 3, 7)], (x, y) =>
      tf.matMul(tf.transpose(x, [0, 2, 1]), y),
    ),
    use('a broadcast row', [floats(1, 5), floats(5, 2)], (x, y) => tf.matMul(repeated(x, 3, 5), y)),
  ],
  Einsum: [
    forwardOnly('matrix product', [floats(3, 5), floats(5, 2)], (x, y) => tf.einsum('ij, jk -> ik', x, y)),
    forwardOnly('stacks', [floats(2, 3, 5), floats(2, 4, 5)], (x, y) => tf.einsum('bij,bkj->bik', x, y)),
  ],
  Reshape: [
    use('flatten', [floats(2, 3, 4)], (x) => tf.reshape(x, [-1])),
    use('a scalar', [floats(1, 1)], (x) => tf.reshape(x, [])),
    use('from a scalar', [floats()], (x) => tf.reshape(x, [1, 1, 1])),
    use('twice', [floats(2, 6)], (x) => tf.reshape(tf.reshape(x, [3, 4]), [4, 3])),
    use('a broadcast row, whole', [floats(1, 4)], (x) => tf.reshape(repeated(x, 3, 4), [2, 6])),
    use('a broadcast row, axes of one', [floats(1, 4)], (x) => tf.reshape(repeated(x, 3, 4), [3, 1, 4, 1])),
    use('a constant', [floats(6)], (x) => tf.mul(tf.reshape(tf.fill([2, 3], 4), [6]), x)),
  ],
  ExpandDims: [
    use('front', [floats(3)], (x) => tf.expandDims(x, 0)),
    use('end', [floats(2, 3)], (x) => tf.expandDims(x, -1)),
    use('a scalar', [floats()], (x) => tf.expandDims(x, 0)),
  ],
  Transpose: [
    use('a matrix', [floats(3, 5)], (x) => tf.transpose(x)),
    use('four axes', [floats(2, 3, 4, 5)], (x) => tf.transpose(x, [0, 3, 1, 2])),
    use('axes of one', [floats(1, 3, 1, 5)], (x) => tf.transpose(x, [2, 1, 0, 3])),
    use('twice', [floats(2, 3, 4)], (x) => tf.transpose(tf.transpose(x, [1, 2, 0]), [1, 2, 0])),
    use('back again', [floats(2, 3, 4)], (x) => tf.transpose(tf.transpose(x, [1, 2, 0]), [2, 0, 1])),
    use('a broadcast row', [floats(1, 4)], (x) => tf.transpose(repeated(x, 3, 4))),
    use('of a reshape', [floats(12)], (x) => tf.transpose(tf.reshape(x, [3, 4]))),
  ],
  Slice: [
    use('a row', [floats(5)], (x) => tf.slice(x, [1], [3])),
    use('everything', [floats(5)], (x) => tf.slice(x, [0], [5])),
    use('one element', [floats(3, 4, 5)], (x) => tf.slice(x, [1, 2, 3], [1, 1, 1])),
    use('to the end', [floats(3, 5)], (x) => tf.slice(x, [1, 2], [-1, -1])),
    use('the first axis', [floats(3, 5)], (x) => tf.slice(x, 1, 2)),
    use('a broadcast row', [floats(1, 5)], (x) => tf.slice(repeated(x, 3, 5), [1, 1], [2, 3])),
    use('a constant', [floats(2)], (x) => tf.mul(tf.slice(tf.ones([5]), [1], [2]), x)),
  ],
  StridedSlice: [
    forwardOnly('steps', [floats(7, 5)], (x) => tf.stridedSlice(x, [0, 1], [7, 5], [2, 3])),
    forwardOnly('backwards', [floats(7)], (x) => tf.stridedSlice(x, [6], [0], [-2])),
    forwardOnly('an axis dropped', [floats(3, 5)], (x) =>
      tf.stridedSlice(x, [1, 0], [2, 5], [1, 1], 0, 0, 0, 0, 1),
    ),
  ],
  Reverse: [
    use('one axis', [floats(3, 5)], (x) => tf.reverse(x, 1)),
    use('all axes', [floats(2, 3, 4)], (x) => tf.reverse(x)),
    use('size one', [floats(1, 4)], (x) => tf.reverse(x, 0)),
  ],
  PadV2: [
    use('zeros', [floats(2, 3)], (x) => tf.pad(x, [[1, 2], [0, 3]])), // biome-ignore format: pairs
    use('another number', [floats(3)], (x) => tf.pad(x, [[2, 1]], -7)),
    use('nothing', [floats(3)], (x) => tf.pad(x, [[0, 0]])),
    forwardOnly('whole numbers', [whole(3)], (x) => tf.pad(x, [[2, 1]], 9)),
    use('images', [floats(2, 3, 3, 2)], (x) => tf.pad(x, [[0, 0], [1, 1], [2, 0], [0, 0]])), // biome-ignore format: pairs
  ],
  MirrorPad: [
    forwardOnly('reflect', [floats(3, 4)], (x) => tf.mirrorPad(x, [[2, 1], [0, 3]], 'reflect')), // biome-ignore format: pairs
    forwardOnly('symmetric', [floats(3, 4)], (x) => tf.mirrorPad(x, [[3, 1], [0, 2]], 'symmetric')), // biome-ignore format: pairs
  ],
  Tile: [
    use('repeats', [floats(2, 3)], (x) => tf.tile(x, [2, 3])),
    use('axes of one', [floats(1, 3)], (x) => tf.tile(x, [4, 1])),
    use('once', [floats(2)], (x) => tf.tile(x, [1])),
    use('a broadcast row', [floats(1, 3)], (x) => tf.tile(repeated(x, 2, 3), [2, 2])),
  ],
  Fill: [
    use('a number', [floats(3)], (x) => tf.mul(tf.fill([2, 3], 2.5), x)),
    forwardOnly('alone', [floats(1)], () => [tf.fill([2, 3], 2.5), tf.fill([2], 3, 'int32')]),
  ],
  ZerosLike: [use('of an input', [floats(2, 3)], (x) => tf.add(tf.zerosLike(x), x))],
  OnesLike: [use('of an input', [floats(2, 3)], (x) => tf.mul(tf.onesLike(x), x))],
  Range: [
    use('floats', [floats(4)], (x) => tf.mul(tf.range(1, 3, 0.5), x)),
    forwardOnly('whole numbers', [floats(1)], () => [
      tf.range(5, 0, -2, 'int32'),
      tf.range(0, 4, 1, 'int32'),
    ]),
  ],
  LinSpace: [use('five points', [floats(5)], (x) => tf.mul(tf.linspace(-1, 1, 5), x))],
  Concat: [
    use('rows', [floats(2, 3), floats(1, 3)], (x, y) => tf.concat([x, y], 0)),
    use('columns', [floats(2, 3), floats(2, 1)], (x, y) => tf.concat([x, y], -1)),
    use('one', [floats(2, 3)], (x) => tf.concat([x], 0)),
    use(
      'many',
      Array.from({ length: 17 }, (_, i) => floats(2, 1 + (i % 3))),
      (...xs) => tf.concat(xs, 1),
    ),
    use('a broadcast row', [floats(1, 3), floats(2, 3)], (x, y) => tf.concat([repeated(x, 2, 3), y], 0)),
    use('with itself', [floats(2, 3)], (x) => tf.concat([x, x], 1)),
  ],
  Pack: [
    use('front', [floats(2, 3), floats(2, 3)], (x, y) => tf.stack([x, y])),
    use('end', [floats(2, 3), floats(2, 3)], (x, y) => tf.stack([x, y], -1)),
    use('scalars', [floats(), floats(), floats()], (...xs) => tf.stack(xs)),
  ],
  Unpack: [
    use('rows', [floats(3, 2)], (x) => tf.unstack(x)),
    use('columns', [floats(2, 17)], (x) => tf.unstack(x, 1)),
    forwardOnly('one', [floats(1, 2)], (x) => tf.unstack(x)),
    forwardOnly('one of them is used', [floats(3, 2)], (x) => tf.unstack(x)[1]!),
  ],
  SplitV: [
    use('equal parts', [floats(2, 6)], (x) => tf.split(x, 3, 1)),
    use('given parts', [floats(7, 2)], (x) => tf.split(x, [1, 4, 2], 0)),
    use('the rest', [floats(7)], (x) => tf.split(x, [2, -1], 0)),
    forwardOnly('one part', [floats(4)], (x) => tf.split(x, 1, 0)),
    forwardOnly('one of them is used', [floats(6)], (x) => tf.split(x, 3)[2]!),
    use('many', [floats(2, 20)], (x) => tf.split(x, 20, 1)),
  ],
  GatherV2: [
    use('rows', [floats(5, 3), ints(0, 5, 7)], (x, i) => tf.gather(x, i as tf.Tensor1D)),
    use('columns', [floats(3, 5), ints(0, 5, 2)], (x, i) => tf.gather(x, i as tf.Tensor1D, 1)),
    use('one number', [floats(5, 3), ints(0, 5)], (x, i) => tf.gather(x, i as tf.Tensor1D)),
    use('a matrix of numbers', [floats(5, 3), ints(0, 5, 2, 4)], (x, i) => tf.gather(x, i as tf.Tensor1D)),
    use('one column', [floats(5, 1), ints(0, 5, 4)], (x, i) => tf.gather(x, i as tf.Tensor1D)),
    forwardOnly('whole numbers', [whole(5, 2), ints(0, 5, 3)], (x, i) => tf.gather(x, i as tf.Tensor1D)),
    // tfjs's gradient of these calls methods that tensors only have in the whole tfjs
    forwardOnly('numbers for each element of a batch', [floats(3, 4, 2), ints(0, 4, 3, 2)], (x, i) =>
      tf.gather(x, i, 1, 1),
    ),
    forwardOnly('the same, a later axis', [floats(2, 3, 4, 2), ints(0, 4, 2, 5)], (x, i) =>
      tf.gather(x, i, 2, 1),
    ),
    forwardOnly('two batch axes', [floats(2, 3, 4), ints(0, 4, 2, 3, 2)], (x, i) => tf.gather(x, i, 2, 2)),
  ],
  UnsortedSegmentSum: [
    use('rows', [floats(7, 3), ints(0, 4, 7)], (x, i) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, 4)),
    use('all into one', [floats(7, 2), ints(0, 1, 7)], (x, i) =>
      tf.unsortedSegmentSum(x, i as tf.Tensor1D, 1),
    ),
    use('numbers', [floats(7), ints(0, 4, 7)], (x, i) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, 6)),
  ],
};
