import type { Builder, Value } from '../builder.ts';
import { type Kernel, type KernelTable, kernel, listOf, typeOf } from '../kernel.ts';
import { broadcastShape, dense, filled, type Operand, operand, uniform } from '../operand.ts';
import * as ops from '../ops.ts';
import { mapElements } from './unary.ts';

type Write = (b: Builder, x: Value, y: Value) => Value;

/** Applies `write` to the stored parts of two operands; ONNX broadcasts them. */
export function combine(b: Builder, x: Operand, y: Operand, write: Write): Operand {
  return operand(write(b, x.value, y.value), broadcastShape(x.shape, y.shape));
}

/** An operation that keeps the type of its arguments. `shorten` may know a shorter way for constants. */
function arithmetic(write: Write, number: (x: number, y: number) => number, shorten?: Shortcut): Kernel {
  return kernel({
    infer: (inputs) => {
      const { shape, dtype } = typeOf(inputs, 'a');
      return { shape: broadcastShape(shape, typeOf(inputs, 'b').shape), dtype };
    },
    lower: ({ b, input, outputs }) =>
      lowerArithmetic(b, input('a'), input('b'), write, number, shorten, outputs[0]!.shape),
  });
}

type Shortcut = (b: Builder, x: Operand, y: Operand) => Operand | undefined;

function lowerArithmetic(
  b: Builder,
  x: Operand,
  y: Operand,
  write: Write,
  number: (x: number, y: number) => number,
  shorten: Shortcut | undefined,
  shape: readonly number[],
): Operand {
  const left = uniform(x);
  const right = uniform(y);
  if (left !== undefined && right !== undefined) {
    const result = number(left, right);
    const { type } = x.value;
    if (Number.isFinite(result))
      return filled(b, shape, type === 'float32' ? Math.fround(result) : result, type);
  }
  const short = shorten?.(b, x, y);
  return short === undefined ? combine(b, x, y, write) : operand(short.value, shape);
}

const shortAdd: Shortcut = (_, x, y) => (uniform(x) === 0 ? y : uniform(y) === 0 ? x : undefined);
const shortSubtract: Shortcut = (b, x, y) => {
  if (uniform(y) === 0) return x;
  return uniform(x) === 0 ? mapElements(b, y, (c, value) => ops.unary(c, 'Neg', value)) : undefined;
};
const shortMultiply: Shortcut = (b, x, y) => {
  if (uniform(x) !== undefined) return shortMultiply(b, y, x);
  if (uniform(y) === 1) return x;
  return uniform(y) === -1 ? mapElements(b, x, (c, value) => ops.unary(c, 'Neg', value)) : undefined;
};
/** Multiplying by the reciprocal is faster than dividing. */
const shortDivide: Shortcut = (b, x, y) => {
  const divisor = uniform(y);
  if (divisor === 1) return x;
  if (divisor === undefined || x.value.type !== 'float32' || !Number.isFinite(1 / divisor)) return undefined;
  return mapElements(b, x, (c, value) => ops.multiply(c, value, c.scalar(1 / divisor)));
};
const shortPower: Shortcut = (b, x, y) => {
  const writes: Record<string, (c: Builder, value: Value) => Value> = {
    1: (_, value) => value,
    2: (c, value) => ops.multiply(c, value, value),
    3: (c, value) => ops.multiply(c, ops.multiply(c, value, value), value),
    0.5: (c, value) => ops.unary(c, 'Sqrt', value),
    '-0.5': (c, value) => ops.unary(c, 'Reciprocal', ops.unary(c, 'Sqrt', value)),
    '-1': (c, value) => ops.unary(c, 'Reciprocal', value),
  };
  const exponent = uniform(y);
  if (exponent === 0) return filled(b, x.shape, 1, x.value.type);
  const write = x.value.type === 'float32' && exponent !== undefined ? writes[String(exponent)] : undefined;
  return write === undefined ? undefined : mapElements(b, x, write);
};

const node =
  (op: string): Write =>
  (b, x, y) =>
    ops.binary(b, op, x, y);

function viaFloat(write: Write): Write {
  return (b, x, y) => ops.cast(b, write(b, ops.cast(b, x, 'float32'), ops.cast(b, y, 'float32')), x.type);
}

/** Remainder with the sign of the divisor. */
const floorMod: Write = (b, x, y) => {
  const rest = (p: Value): Value =>
    b.node('Mod', [p, y], p.type, broadcastShape(p.shape, y.shape), { fmod: 1 });
  return rest(ops.add(b, rest(x), y));
};

function comparison(op: string, wanted = true): Kernel {
  return kernel({
    infer: (inputs) => ({
      shape: broadcastShape(typeOf(inputs, 'a').shape, typeOf(inputs, 'b').shape),
      dtype: 'bool',
    }),
    lower: ({ b, input }) =>
      combine(b, input('a'), input('b'), (c, x, y) => {
        // ONNX compares bools only for equality.
        const result = ops.binary(c, op, numeric(c, x), numeric(c, y), 'bool');
        return wanted ? result : ops.unary(c, 'Not', result);
      }),
  });
}

const numeric = (b: Builder, x: Value): Value => (x.type === 'bool' ? ops.cast(b, x, 'int32') : x);

function logical(op: string): Kernel {
  return kernel({
    infer: (inputs) => ({
      shape: broadcastShape(typeOf(inputs, 'a').shape, typeOf(inputs, 'b').shape),
      dtype: 'bool',
    }),
    lower: ({ b, input }) =>
      combine(b, input('a'), input('b'), (c, x, y) =>
        ops.binary(c, op, ops.cast(c, x, 'bool'), ops.cast(c, y, 'bool'), 'bool'),
      ),
  });
}

/** atan2 from atan, with the quadrant added where x is negative. */
const arcTangent2: Write = (b, y, x) => {
  const zero = b.scalar(0);
  const base = ops.unary(b, 'Atan', ops.binary(b, 'Div', y, x));
  const below = ops.binary(b, 'Less', y, zero, 'bool');
  const turn = ops.where(b, below, b.scalar(-Math.PI), b.scalar(Math.PI));
  const left = ops.binary(b, 'Less', x, zero, 'bool');
  const result = ops.add(b, base, ops.where(b, left, turn, zero));
  const both = ops.binary(
    b,
    'And',
    ops.binary(b, 'Equal', x, zero, 'bool'),
    ops.binary(b, 'Equal', y, zero, 'bool'),
    'bool',
  );
  return ops.where(b, both, zero, result);
};

const divide = arithmetic(node('Div'), (x, y) => x / y, shortDivide);

export const binaryKernels: KernelTable = {
  Add: arithmetic(node('Add'), (x, y) => x + y, shortAdd),
  Sub: arithmetic(node('Sub'), (x, y) => x - y, shortSubtract),
  Multiply: arithmetic(node('Mul'), (x, y) => x * y, shortMultiply),
  RealDiv: divide,
  FloorDiv: arithmetic(
    viaFloat((b, x, y) => ops.unary(b, 'Floor', ops.binary(b, 'Div', x, y))),
    (x, y) => Math.floor(x / y),
  ),
  Mod: arithmetic(floorMod, (x, y) => x - y * Math.floor(x / y)),
  Maximum: arithmetic(node('Max'), Math.max),
  Minimum: arithmetic(node('Min'), Math.min),
  Pow: arithmetic(node('Pow'), (x, y) => x ** y, shortPower),
  Atan2: arithmetic(arcTangent2, Math.atan2),
  SquaredDifference: arithmetic(
    (b, x, y) => {
      const difference = ops.subtract(b, x, y);
      return ops.multiply(b, difference, difference);
    },
    (x, y) => (x - y) ** 2,
  ),
  Equal: comparison('Equal'),
  NotEqual: comparison('Equal', false),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  Prelu: kernel({
    infer: (inputs) => typeOf(inputs, 'x'),
    lower: ({ b, input }) =>
      combine(b, input('x'), input('alpha'), (c, x, alpha) => {
        const below = ops.multiply(c, alpha, ops.binary(c, 'Min', x, c.scalar(0)));
        return ops.add(c, ops.unary(c, 'Relu', x), below);
      }),
  }),
  EluGrad: kernel({
    infer: (inputs) => typeOf(inputs, 'y'),
    lower: ({ b, input }) =>
      combine(b, input('dy'), input('y'), (c, dy, y) =>
        ops.multiply(c, dy, ops.add(c, ops.binary(c, 'Min', y, c.scalar(0)), c.scalar(1))),
      ),
  }),
  AddN: kernel({
    infer: (inputs) => listOf(inputs)[0]!,
    lower: ({ b, list }) => list.reduce((sum, x) => shortAdd(b, sum, x) ?? combine(b, sum, x, node('Add'))),
  }),
  Select: kernel({
    infer: (inputs) => typeOf(inputs, 't'),
    lower: ({ b, input }) => {
      const { shape } = input('t');
      const condition = input('condition');
      // A vector condition chooses rows of `t` and `e`.
      const mask =
        condition.shape.length === shape.length
          ? condition.value
          : ops.reshape(b, dense(b, condition), [
              ...condition.shape,
              ...shape.slice(condition.shape.length).map(() => 1),
            ]);
      const value = ops.where(b, ops.cast(b, mask, 'bool'), input('t').value, input('e').value);
      return operand(value, shape);
    },
  }),
};
