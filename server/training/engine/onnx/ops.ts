import { elementCount } from '../trace/graph.ts';
import { type Builder, type OnnxType, typed, type Value } from './builder.ts';
import { broadcastShape, reshapeValue, sameShape } from './operand.ts';

/** Node constructors that know their output shape and leave out what changes nothing. */

export function unary(b: Builder, op: string, x: Value, type: OnnxType = x.type): Value {
  return b.node(op, [x], type, x.shape);
}

/** Ops whose WebGPU kernels compute wrongly, or stop, when they widen an inner axis. */
const poorAtBroadcasting = new Set(['Pow', 'And', 'Or']);

export function binary(b: Builder, op: string, x: Value, y: Value, type: OnnxType = x.type): Value {
  const shape = broadcastShape(x.shape, y.shape);
  const whole = b.target === 'webgpu' && poorAtBroadcasting.has(op);
  return b.node(op, whole ? [expand(b, x, shape), expand(b, y, shape)] : [x, y], type, shape);
}

function expand(b: Builder, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape) || elementCount(x.shape) === 1) return x;
  // Expand knows no bools on WebGPU.
  if (x.type === 'bool') return cast(b, expand(b, cast(b, x, 'int32'), shape), 'bool');
  return b.node('Expand', [x, b.int64s(shape)], x.type, shape);
}

export const add = (b: Builder, x: Value, y: Value): Value => binary(b, 'Add', x, y);
export const subtract = (b: Builder, x: Value, y: Value): Value => binary(b, 'Sub', x, y);
export const multiply = (b: Builder, x: Value, y: Value): Value => binary(b, 'Mul', x, y);

export function cast(b: Builder, x: Value, type: OnnxType): Value {
  if (x.type === type) return x;
  if (x.constant !== undefined && elementCount(x.shape) <= 1024) {
    const numbers = Array.from(x.constant as ArrayLike<number | bigint>, Number);
    const converted = numbers.map((n) =>
      type === 'bool' ? Number(n !== 0) : type === 'float32' ? n : Math.trunc(n),
    );
    if (converted.every(Number.isFinite)) return b.constant(type, x.shape, typed(type, converted));
  }
  const to = { float32: 1, int32: 6, int64: 7, bool: 9 }[type];
  return b.node('Cast', [x], type, x.shape, { to });
}

export function where(b: Builder, condition: Value, yes: Value, no: Value): Value {
  const shape = broadcastShape(condition.shape, broadcastShape(yes.shape, no.shape));
  return b.node('Where', [condition, yes, no], yes.type, shape);
}

export const reshape = reshapeValue;

/** Transposes, joined with an earlier transpose; a reshape when only axes of size 1 move. */
export function transpose(b: Builder, x: Value, permutation: readonly number[]): Value {
  const { origin } = x;
  if (origin?.op === 'Transpose') {
    const earlier = origin.attributes.perm as readonly number[];
    return transpose(
      b,
      origin.inputs[0]!,
      permutation.map((axis) => earlier[axis]!),
    );
  }
  const shape = permutation.map((axis) => x.shape[axis]!);
  const moved = permutation.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return reshape(b, x, shape);
  return b.node('Transpose', [x], x.type, shape, { perm: [...permutation] });
}

export function slice(
  b: Builder,
  x: Value,
  begin: readonly number[],
  size: readonly number[],
  strides: readonly number[] = begin.map(() => 1),
): Value {
  if (sameShape(size, x.shape) && strides.every((stride) => stride === 1)) return x;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => size[axis] !== x.shape[axis] || strides[axis] !== 1);
  const end = axes.map((axis) => {
    const last = begin[axis]! + (size[axis]! - 1) * strides[axis]!;
    return strides[axis]! > 0 ? last + 1 : last - 1 < 0 ? -(x.shape[axis]! + 1) : last - 1;
  });
  const list = (values: readonly number[]): Value => b.int64s(axes.map((axis) => values[axis]!));
  return b.node('Slice', [x, list(begin), b.int64s(end), b.int64s(axes), list(strides)], x.type, size);
}

export function pad(
  b: Builder,
  x: Value,
  before: readonly number[],
  after: readonly number[],
  fill = 0,
): Value {
  if ([...before, ...after].every((count) => count === 0)) return x;
  const shape = x.shape.map((size, axis) => size + before[axis]! + after[axis]!);
  return b.node('Pad', [x, b.int64s([...before, ...after]), b.scalar(fill, x.type)], x.type, shape);
}

/** WebGPU shaders bind at most 8 buffers, so long lists are joined in groups there. */
const webgpuParts = 7;

export function concat(b: Builder, parts: readonly Value[], axis: number): Value {
  if (parts.length === 1) return parts[0]!;
  if (b.target === 'webgpu' && parts.length > webgpuParts) {
    const groups: Value[] = [];
    for (let i = 0; i < parts.length; i += webgpuParts)
      groups.push(concat(b, parts.slice(i, i + webgpuParts), axis));
    return concat(b, groups, axis);
  }
  const first = parts[0]!;
  const total = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  return b.node('Concat', parts, first.type, first.shape.with(axis, total), { axis });
}

export function split(b: Builder, x: Value, sizes: readonly number[], axis: number): readonly Value[] {
  if (sizes.length === 1) return [x];
  const total = (list: readonly number[]): number => list.reduce((sum, size) => sum + size, 0);
  if (b.target === 'webgpu' && sizes.length > webgpuParts) {
    const width = Math.ceil(sizes.length / webgpuParts);
    const groups: (readonly number[])[] = [];
    for (let i = 0; i < sizes.length; i += width) groups.push(sizes.slice(i, i + width));
    return split(b, x, groups.map(total), axis).flatMap((part, i) => split(b, part, groups[i]!, axis));
  }
  const outputs = sizes.map((size) => ({ type: x.type, shape: x.shape.with(axis, size) }));
  return b.multi('Split', [x, b.int64s(sizes)], outputs, { axis });
}

/** Elements of `x` along `axis` at `indices`, whose axes take that axis' place. */
export function gather(b: Builder, x: Value, indices: Value, axis: number): Value {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return b.node('Gather', [x, indices], x.type, shape, { axis });
}

export function reduce(b: Builder, op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const shape = keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis));
  const reduced = axes.filter((axis) => x.shape[axis] !== 1);
  if (reduced.length === 0) return reshape(b, x, shape);
  const cut = cutRows(b, op, x, axes);
  if (cut !== undefined) {
    const [pieces, , columns] = cut;
    const sum = (y: Value, axis: number, to: number[]): Value =>
      b.node(op, [y, b.int64s([axis])], x.type, to, { keepdims: 0 });
    return reshape(b, sum(sum(reshape(b, x, cut), 1, [pieces, columns]), 0, [columns]), shape);
  }
  return b.node(op, [x, b.int64s([...axes].sort((p, q) => p - q))], x.type, shape, {
    keepdims: keepDims ? 1 : 0,
  });
}

/** Sums of pieces are sums of the whole, and so are means of pieces of one length. */
const sumInPieces = new Set(['ReduceSum', 'ReduceMean']);
const mostPieces = 64;

/**
 * How to cut the rows of a tall matrix into equal pieces, each summed on its own: [pieces, rows of each, columns];
 * undefined where the sum is better left whole.
 *
 * ONNX Runtime gives every thread some of the columns of such a sum. The few columns of a feature map lie in one or two
 * cache lines, which the threads then take from each other for every row: with two threads it took nine times as long
 * as with one. Pieces are given to the threads as wholes, and however many threads there are, the sum is the same.
 */
function cutRows(
  b: Builder,
  op: string,
  x: Value,
  axes: readonly number[],
): [pieces: number, rows: number, columns: number] | undefined {
  if (b.target !== 'cpu' || x.type !== 'float32' || !sumInPieces.has(op)) return undefined;
  const reduced = x.shape.map((size, axis) => size > 1 && axes.includes(axis));
  const lastReduced = reduced.lastIndexOf(true);
  if (x.shape.some((size, axis) => size > 1 && axis < lastReduced && !reduced[axis])) return undefined;
  const rows = elementCount(x.shape.slice(0, lastReduced + 1));
  const columns = elementCount(x.shape.slice(lastReduced + 1));
  if (columns === 1 || rows * columns < 2 ** 15) return undefined;
  for (let pieces = mostPieces; pieces >= 2; pieces--)
    if (rows % pieces === 0) return [pieces, rows / pieces, columns];
  return undefined;
}

/** Matrix product of two matrices, each perhaps transposed. */
export function gemm(b: Builder, x: Value, y: Value, transposeX: boolean, transposeY: boolean): Value {
  const shape = [x.shape[transposeX ? 1 : 0]!, y.shape[transposeY ? 0 : 1]!];
  if (!transposeX && !transposeY) return b.node('MatMul', [x, y], x.type, shape);
  return b.node('Gemm', [x, y], x.type, shape, { transA: Number(transposeX), transB: Number(transposeY) });
}

/** Product of stacks of matrices, which broadcast over the leading axes. */
export function batchMatMul(b: Builder, x: Value, y: Value, transposeX: boolean, transposeY: boolean): Value {
  const rank = Math.max(x.shape.length, y.shape.length);
  if (rank === 2) return gemm(b, x, y, transposeX, transposeY);
  const rows = x.shape.at(transposeX ? -1 : -2)!;
  const columns = y.shape.at(transposeY ? -2 : -1)!;
  const shape = [...broadcastShape(x.shape.slice(0, -2), y.shape.slice(0, -2)), rows, columns];
  if (b.target === 'cpu' && (transposeX || transposeY)) {
    const attributes = { transA: Number(transposeX), transB: Number(transposeY) };
    return b.node('com.microsoft:FusedMatMul', [x, y], x.type, shape, attributes);
  }
  const left = transposeX ? swapLast(b, x) : x;
  const right = transposeY ? swapLast(b, y) : y;
  return b.node('MatMul', [left, right], x.type, shape);
}

function swapLast(b: Builder, x: Value): Value {
  const rank = x.shape.length;
  const axes = Array.from({ length: rank - 2 }, (_, axis) => axis);
  return transpose(b, x, [...axes, rank - 1, rank - 2]);
}
