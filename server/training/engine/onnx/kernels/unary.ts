import type * as tf from '../../../../nn/tf.ts';
import type { ElementType, TensorType } from '../../trace/graph.ts';
import type { Builder, OnnxType, Value } from '../builder.ts';
import { type Kernel, type KernelTable, kernel, typeOf } from '../kernel.ts';
import { filled, type Operand, operand, uniform } from '../operand.ts';
import * as ops from '../ops.ts';

type Write = (b: Builder, x: Value) => Value;

/** A function of each element; `number` computes it for constants of one repeated value. */
function elementwise(write: Write, number?: (x: number) => number, dtype?: ElementType): Kernel {
  return kernel({
    infer: (inputs) => ({ shape: typeOf(inputs, 'x').shape, dtype: dtype ?? typeOf(inputs, 'x').dtype }),
    lower: ({ b, input, outputs }) => mapElements(b, input('x'), write, number, outputs[0]!.dtype),
  });
}

/** Applies `write` to the stored part of an operand, so that broadcasts stay small. */
export function mapElements(
  b: Builder,
  x: Operand,
  write: Write,
  number?: (x: number) => number,
  type: OnnxType = x.value.type,
): Operand {
  const constant = uniform(x);
  if (constant !== undefined && number !== undefined) {
    const result = type === 'float32' ? Math.fround(number(constant)) : number(constant);
    if (Number.isFinite(result)) return filled(b, x.shape, result, type);
  }
  return operand(write(b, x.value), x.shape);
}

/** An ONNX op of the same meaning. Whole numbers go through float32, which most ONNX functions want. */
function named(op: string, number?: (x: number) => number): Kernel {
  return kernel({
    infer: (inputs) => float(typeOf(inputs, 'x')),
    lower: ({ b, input }) =>
      mapElements(
        b,
        input('x'),
        asFloat((c, x) => ops.unary(c, op, x)),
        number,
        'float32',
      ),
  });
}

/** Like `named` for functions that keep whole numbers whole. */
function keepsType(write: Write, number?: (x: number) => number): Kernel {
  return elementwise((b, x) => {
    if (x.type !== 'bool') return write(b, x);
    return ops.cast(b, write(b, ops.cast(b, x, 'int32')), 'bool');
  }, number);
}

/** A float function written with several nodes. */
function composed(write: Write, number?: (x: number) => number): Kernel {
  return kernel({
    infer: (inputs) => float(typeOf(inputs, 'x')),
    lower: ({ b, input }) => mapElements(b, input('x'), asFloat(write), number, 'float32'),
  });
}

function test(write: Write): Kernel {
  return kernel({
    infer: (inputs) => ({ shape: typeOf(inputs, 'x').shape, dtype: 'bool' }),
    lower: ({ b, input }) => mapElements(b, input('x'), asFloat(write)),
  });
}

const float = (x: TensorType): TensorType => ({ shape: x.shape, dtype: 'float32' });
const asFloat =
  (write: Write): Write =>
  (b, x) =>
    write(b, ops.cast(b, x, 'float32'));

/** 1 where x > 0, else 0: a ramp so steep that it is a step, in one pass and on all cores. */
export function positive(b: Builder, x: Value): Value {
  return b.node('HardSigmoid', [x], x.type, x.shape, { alpha: { float: 3e38 }, beta: { float: 0 } });
}

function sign(b: Builder, x: Value): Value {
  if (b.target === 'cpu') return ops.unary(b, 'Sign', x);
  const zero = b.scalar(0, x.type); // WebGPU has no Sign
  const over = ops.cast(b, ops.binary(b, 'Greater', x, zero, 'bool'), x.type);
  const under = ops.cast(b, ops.binary(b, 'Less', x, zero, 'bool'), x.type);
  return ops.subtract(b, over, under);
}

function step(b: Builder, x: Value, slope: number): Value {
  if (slope === 0) return positive(b, x);
  const over = positive(b, x);
  return ops.add(b, ops.multiply(b, over, b.scalar(1 - slope)), b.scalar(slope));
}

export function clip(b: Builder, x: Value, low: number, high: number): Value {
  return b.node('Clip', [x, b.scalar(low, x.type), b.scalar(high, x.type)], x.type, x.shape);
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), which cannot overflow. */
function softplus(b: Builder, x: Value): Value {
  const small = ops.unary(b, 'Exp', ops.unary(b, 'Neg', ops.unary(b, 'Abs', x)));
  return ops.add(b, ops.unary(b, 'Relu', x), logOnePlus(b, small));
}

function logOnePlus(b: Builder, x: Value): Value {
  return ops.unary(b, 'Log', ops.add(b, x, b.scalar(1)));
}

const reluOf: Write = (b, x) =>
  x.type === 'float32' ? ops.unary(b, 'Relu', x) : ops.binary(b, 'Max', x, b.scalar(0, x.type));
const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;

export const unaryKernels: KernelTable = {
  Abs: keepsType((b, x) => ops.unary(b, 'Abs', x), Math.abs),
  Neg: keepsType(
    (b, x) => ops.unary(b, 'Neg', x),
    (x) => -x,
  ),
  Sign: keepsType(sign, Math.sign),
  Square: keepsType(
    (b, x) => ops.multiply(b, x, x),
    (x) => x * x,
  ),
  Relu: keepsType(reluOf, (x) => Math.max(x, 0)),
  Relu6: keepsType(
    (b, x) => clip(b, x, 0, 6),
    (x) => Math.min(Math.max(x, 0), 6),
  ),
  Exp: named('Exp', Math.exp),
  Log: named('Log', Math.log),
  Sqrt: named('Sqrt', Math.sqrt),
  Reciprocal: named('Reciprocal', (x) => 1 / x),
  Rsqrt: composed(
    (b, x) => ops.unary(b, 'Reciprocal', ops.unary(b, 'Sqrt', x)),
    (x) => 1 / Math.sqrt(x),
  ),
  Erf: named('Erf'),
  Tanh: named('Tanh', Math.tanh),
  Sigmoid: named('Sigmoid', (x) => 1 / (1 + Math.exp(-x))),
  Sin: named('Sin', Math.sin),
  Cos: named('Cos', Math.cos),
  Tan: named('Tan', Math.tan),
  Asin: named('Asin', Math.asin),
  Acos: named('Acos', Math.acos),
  Atan: named('Atan', Math.atan),
  Sinh: named('Sinh', Math.sinh),
  Cosh: named('Cosh', Math.cosh),
  Asinh: named('Asinh', Math.asinh),
  Acosh: named('Acosh', Math.acosh),
  Atanh: named('Atanh', Math.atanh),
  Floor: named('Floor', Math.floor),
  Ceil: named('Ceil', Math.ceil),
  Round: named('Round'),
  Expm1: composed((b, x) => ops.subtract(b, ops.unary(b, 'Exp', x), b.scalar(1)), Math.expm1),
  Log1p: composed(logOnePlus, Math.log1p),
  Softplus: composed(softplus),
  Elu: composed((b, x) => b.node('Elu', [x], 'float32', x.shape)),
  Selu: composed((b, x) =>
    b.node('Selu', [x], 'float32', x.shape, { alpha: { float: seluAlpha }, gamma: { float: seluScale } }),
  ),
  IsNan: test((b, x) => ops.unary(b, 'IsNaN', x, 'bool')),
  IsInf: test((b, x) => infinite(b, x)),
  IsFinite: test((b, x) => {
    const finite = b.scalar(3.4028234663852886e38);
    return ops.binary(b, 'LessOrEqual', ops.unary(b, 'Abs', x), finite, 'bool');
  }),
  LogicalNot: kernel({
    infer: (inputs) => ({ shape: typeOf(inputs, 'x').shape, dtype: 'bool' }),
    lower: ({ b, input }) =>
      mapElements(b, input('x'), (c, x) => ops.unary(c, 'Not', ops.cast(c, x, 'bool'))),
  }),
  Identity: kernel({ infer: (inputs) => typeOf(inputs, 'x'), lower: ({ input }) => input('x') }),
  Cast: kernel<tf.CastAttrs>({
    infer: (inputs, { dtype }) => ({ shape: typeOf(inputs, 'x').shape, dtype: dtype as ElementType }),
    lower: ({ b, input, attributes }) =>
      mapElements(b, input('x'), (c, x) => ops.cast(c, x, attributes.dtype as ElementType)),
  }),
  Step: kernel<tf.StepAttrs>({
    infer: (inputs) => typeOf(inputs, 'x'),
    lower: ({ b, input, attributes }) => {
      const type = input('x').value.type;
      return mapElements(b, input('x'), (c, x) =>
        ops.cast(c, step(c, ops.cast(c, x, 'float32'), attributes.alpha), type),
      );
    },
  }),
  LeakyRelu: kernel<tf.LeakyReluAttrs>({
    infer: (inputs) => float(typeOf(inputs, 'x')),
    lower: ({ b, input, attributes }) =>
      mapElements(
        b,
        input('x'),
        asFloat((c, x) => c.node('LeakyRelu', [x], x.type, x.shape, { alpha: { float: attributes.alpha } })),
      ),
  }),
  ClipByValue: kernel<tf.ClipByValueAttrs>({
    infer: (inputs) => typeOf(inputs, 'x'),
    lower: ({ b, input, attributes: { clipValueMin, clipValueMax } }) =>
      mapElements(b, input('x'), (c, x) => clip(c, x, clipValueMin, clipValueMax)),
  }),
};

function infinite(b: Builder, x: Value): Value {
  const finite = b.scalar(3.4028234663852886e38);
  return ops.binary(b, 'Greater', ops.unary(b, 'Abs', x), finite, 'bool');
}
