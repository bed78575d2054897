import * as tf from '../../../../server/nn/tf.ts';
import { type Case, floats, forwardOnly, ints } from './table.ts';

/** Cases of kernels that pick elements by number. tfjs differentiates few of them. */
export const pickCases: Readonly<Record<string, readonly Case[]>> = {
  OneHot: [
    forwardOnly('a row', [ints(0, 4, 5)], (x) => tf.oneHot(x, 4)),
    forwardOnly('a scalar', [ints(0, 4)], (x) => tf.oneHot(x, 4)),
    forwardOnly('a matrix', [ints(0, 3, 2, 5)], (x) => tf.oneHot(x, 3)),
    forwardOnly('out of range', [ints(-2, 5, 8)], (x) => tf.oneHot(x, 3)),
    forwardOnly('other values', [ints(0, 3, 4)], (x) => tf.oneHot(x, 3, 0.9, 0.1, 'float32')),
  ],
  TopK: [
    forwardOnly('a row', [floats(7)], (x) => Object.values(tf.topk(x, 3))),
    forwardOnly('each row', [floats(4, 5)], (x) => Object.values(tf.topk(x, 2))),
    forwardOnly('all', [floats(2, 3, 4)], (x) => Object.values(tf.topk(x, 4))),
    forwardOnly('one', [floats(3, 1)], (x) => Object.values(tf.topk(x, 1))),
  ],
  GatherNd: [
    forwardOnly('elements', [floats(3, 4), ints(0, 3, 5, 2)], (x, at) => tf.gatherND(x, at)),
    forwardOnly('rows', [floats(3, 4), ints(0, 3, 5, 1)], (x, at) => tf.gatherND(x, at)),
    forwardOnly('a table of elements', [floats(3, 3, 2), ints(0, 3, 2, 2, 2)], (x, at) => tf.gatherND(x, at)),
  ],
  ScatterNd: [
    forwardOnly('repeated rows', [ints(0, 3, 5, 1), floats(5, 4)], (at, x) => tf.scatterND(at, x, [3, 4])),
    forwardOnly('elements', [ints(0, 3, 6, 2), floats(6)], (at, x) => tf.scatterND(at, x, [3, 3])),
  ],
  Diag: [
    forwardOnly('a row', [floats(4)], (x) => tf.diag(x)),
    forwardOnly('one element', [floats(1)], (x) => tf.diag(x)),
    forwardOnly('a matrix', [floats(2, 3)], (x) => tf.diag(x)),
  ],
};
