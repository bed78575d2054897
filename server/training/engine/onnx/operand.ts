import type { Builder, OnnxType, Value } from './builder.ts';
import { uniformValue } from './builder.ts';

/**
 * A tensor as the lowering sees it: `value` broadcast to `shape`. Fills, ones and broadcasts stay small this way,
 * because most consumers broadcast by themselves.
 */
export interface Operand {
  readonly value: Value;
  readonly shape: readonly number[];
}

export function operand(value: Value, shape: readonly number[] = value.shape): Operand {
  return { value, shape };
}

/** A tensor of one repeated number, which takes no memory. */
export function filled(
  b: Builder,
  shape: readonly number[],
  number: number,
  type: OnnxType = 'float32',
): Operand {
  return { value: b.scalar(number, type), shape };
}

export function isDense(x: Operand): boolean {
  return sameShape(x.value.shape, x.shape);
}

/** The value with its full shape, expanded when it was broadcast. */
export function dense(b: Builder, x: Operand): Value {
  if (isDense(x)) return x.value;
  const ones = alignedShape(x);
  if (sameShape(ones, x.shape)) return reshapeValue(b, x.value, x.shape);
  return b.node('Expand', [x.value, b.int64s(x.shape)], x.value.type, x.shape);
}

/** The value's shape with leading ones, as long as the operand's. */
export function alignedShape(x: Operand): number[] {
  return [...Array<number>(x.shape.length - x.value.shape.length).fill(1), ...x.value.shape];
}

/** The value with as many axes as the operand, some of them 1 instead of the full size. */
export function aligned(b: Builder, x: Operand): Value {
  return reshapeValue(b, x.value, alignedShape(x));
}

/** The number that every element has, when that is known. */
export function uniform(x: Operand): number | undefined {
  return uniformValue(x.value);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** NumPy broadcasting of two shapes. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new Error(`Shapes [${a}] and [${b}] do not broadcast.`);
    return left === 1 ? right : left;
  });
}

/** Reshape, seeing through an earlier one; nothing when the shape is already right. */
export function reshapeValue(b: Builder, value: Value, shape: readonly number[]): Value {
  if (sameShape(value.shape, shape)) return value;
  if (value.constant !== undefined) return b.constant(value.type, shape, value.constant);
  const { origin } = value;
  if (origin?.op === 'Reshape') return reshapeValue(b, origin.inputs[0]!, shape);
  return b.node('Reshape', [value, b.int64s(shape)], value.type, shape);
}
