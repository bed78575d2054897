import * as tf from '../../../../server/nn/tf.ts';
import {
  between,
  type Case,
  floats,
  forwardOnly,
  given,
  ints,
  repeated,
  type Sample,
  truth,
  use,
} from './table.ts';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Shapes that a function of one tensor meets; `sample` makes the input. */
function unary(op: Unary, sample: (...shape: number[]) => Sample = floats, kind = use): Case[] {
  return [
    kind('a scalar', [sample()], op),
    kind('one element', [sample(1)], op),
    kind('odd sizes', [sample(3, 7, 5)], op),
    kind('a broadcast row', [sample(1, 5)], (x) => op(repeated(x, 4, 5))),
  ];
}

/** Broadcasts of two tensors, both ways, dense and not. */
function binary(op: Binary, left: (...shape: number[]) => Sample = floats, right = left, kind = use): Case[] {
  return [
    kind('scalars', [left(), right()], op),
    kind('equal shapes', [left(3, 5), right(3, 5)], op),
    kind('a row on the right', [left(3, 5), right(5)], op),
    kind('a row on the left', [left(5), right(3, 5)], op),
    kind('a column', [left(3, 5), right(3, 1)], op),
    kind('a scalar on the left', [left(), right(2, 3)], op),
    kind('both are widened', [left(3, 1, 4), right(1, 5, 1)], op),
    kind('a constant on the right', [left(3, 5)], (a) => op(a, tf.fill([5], 2))),
    kind('a constant on the left', [right(3, 5)], (b) => op(tf.fill([3, 1], 2), b)),
    kind('a broadcast row', [left(1, 5), right(5)], (a, b) => op(repeated(a, 4, 5), b)),
  ];
}

/** The gradients of some ops do not broadcast in tfjs. */
function sameShapes(op: Binary): Case[] {
  return binary(op).map((each) => ({
    ...each,
    gradient: each.title === 'equal shapes' || each.title === 'scalars',
  }));
}

const near1 = (...shape: number[]): Sample => between(-0.9, 0.9, ...shape);
const over1 = (...shape: number[]): Sample => between(1.1, 4, ...shape);
const positive = (...shape: number[]): Sample => between(0.2, 3, ...shape);
const whole = (...shape: number[]): Sample => ints(-5, 6, ...shape);
const natural = (...shape: number[]): Sample => ints(1, 6, ...shape);
const bit = (...shape: number[]): Sample => ints(0, 2, ...shape);
const special = given([6], [Number.NaN, Infinity, -Infinity, 0, 3.4e38, -1]);

const compare = (op: Binary): Case[] => [
  ...binary(op, whole, whole, forwardOnly),
  ...binary(op, floats, floats, forwardOnly),
  forwardOnly('equal floats', [given([4], [0, 1, 2, 3]), given([4], [0, 2, 1, 3])], op),
  forwardOnly('bools', [bit(4), bit(4)], (a, b) => op(truth(a), truth(b))),
];
const logical = (op: Binary): Case[] =>
  binary((a, b) => op(truth(a), truth(b)), bit, bit, forwardOnly).slice(0, 7);
const wholeCase = (op: Binary): Case => forwardOnly('whole numbers', [whole(3, 5), natural(5)], op);

export const elementwiseCases: Readonly<Record<string, Case[]>> = {
  Abs: [...unary(tf.abs), forwardOnly('whole numbers', [whole(5)], tf.abs)],
  Neg: [...unary(tf.neg), forwardOnly('whole numbers', [whole(5)], tf.neg)],
  Sign: [...unary(tf.sign), forwardOnly('zeros', [given([3], [0, -2, 2])], tf.sign)],
  Square: unary(tf.square),
  Relu: [...unary(tf.relu), forwardOnly('whole numbers', [whole(5)], tf.relu)],
  Relu6: unary(tf.relu6, (...shape) => between(-3, 9, ...shape)),
  Exp: unary(tf.exp),
  Log: unary(tf.log, positive),
  Sqrt: unary(tf.sqrt, positive),
  Rsqrt: unary(tf.rsqrt, positive),
  Reciprocal: unary(tf.reciprocal, positive),
  Erf: unary(tf.erf),
  Tanh: unary(tf.tanh),
  Sigmoid: [...unary(tf.sigmoid), forwardOnly('far out', [given([4], [90, -90, 20, -20])], tf.sigmoid)],
  Sin: unary(tf.sin),
  Cos: unary(tf.cos),
  Tan: unary(tf.tan, near1),
  Asin: unary(tf.asin, near1),
  Acos: unary(tf.acos, near1),
  Atan: unary(tf.atan),
  Sinh: unary(tf.sinh),
  Cosh: unary(tf.cosh),
  Asinh: unary(tf.asinh),
  Acosh: unary(tf.acosh, over1),
  Atanh: unary(tf.atanh, near1),
  Floor: unary(tf.floor),
  Ceil: unary(tf.ceil),
  Round: [...unary(tf.round), forwardOnly('halves', [given([5], [0.5, 1.5, -0.5, 2.5, -2.5])], tf.round)],
  Expm1: unary(tf.expm1),
  Log1p: unary(tf.log1p, positive),
  Softplus: [...unary(tf.softplus), forwardOnly('far out', [given([3], [90, -90, 0])], tf.softplus)],
  Elu: unary(tf.elu),
  Selu: unary(tf.selu),
  IsNan: [forwardOnly('special numbers', [special], tf.isNaN)],
  IsInf: [forwardOnly('special numbers', [special], tf.isInf)],
  IsFinite: [forwardOnly('special numbers', [special], tf.isFinite)],
  LogicalNot: unary((x) => tf.logicalNot(truth(x)), bit, forwardOnly),
  Identity: unary(tf.clone),
  Cast: [
    forwardOnly('to int32', [between(-3, 3, 9)], (x) => tf.cast(x, 'int32')),
    forwardOnly('to bool', [given([3], [0, 0.5, -2])], (x) => tf.cast(x, 'bool')),
    forwardOnly('from int32', [whole(3, 3)], (x) => tf.cast(x, 'float32')),
    forwardOnly('from bool', [bit(4)], (x) => tf.cast(truth(x), 'float32')),
    use('constants', [floats(2)], (x) =>
      tf.mul(x, tf.cast(tf.cast(tf.tensor([1.5, -2.5]), 'int32'), 'float32')),
    ),
  ],
  Step: [
    ...unary((x) => tf.step(x)),
    ...unary((x) => tf.step(x, 0.2)),
    forwardOnly('zeros and tiny numbers', [given([5], [0, 1e-30, -1e-30, 3e38, -3e38])], (x) => tf.step(x)),
  ],
  LeakyRelu: unary((x) => tf.leakyRelu(x, 0.1)),
  ClipByValue: [
    ...unary((x) => tf.clipByValue(x, -0.5, 0.7)),
    forwardOnly('whole numbers', [whole(9)], (x) => tf.clipByValue(x, -1, 2)),
  ],
  Add: [...binary(tf.add), wholeCase(tf.add), use('zeros', [floats(5)], (x) => tf.add(tf.zeros([3, 5]), x))],
  Sub: [
    ...binary(tf.sub),
    wholeCase(tf.sub),
    use('from zero', [floats(5)], (x) => tf.sub(tf.zeros([3, 5]), x)),
  ],
  Multiply: [
    ...binary(tf.mul),
    wholeCase(tf.mul),
    use('by one', [floats(5)], (x) => tf.mul(tf.ones([3, 5]), x)),
    use('by minus one', [floats(5)], (x) => tf.mul(x, -1)),
  ],
  RealDiv: [...binary(tf.div, floats, positive), use('by one', [floats(2, 3)], (x) => tf.div(x, 1))],
  FloorDiv: [
    ...binary(tf.floorDiv, whole, natural, forwardOnly).filter(({ title }) => !/constant/.test(title)),
  ],
  Mod: [...binary(tf.mod, floats, positive, forwardOnly), wholeCase(tf.mod)],
  Maximum: [...sameShapes(tf.maximum), wholeCase(tf.maximum)],
  Minimum: [...sameShapes(tf.minimum), wholeCase(tf.minimum)],
  Pow: [
    ...binary(tf.pow, positive),
    ...[0, 1, 2, 3, 0.5, -0.5, -1, 1.7].map((power) =>
      use(`to ${power}`, [positive(3, 5)], (x) => tf.pow(x, power)),
    ),
    use('of a negative number', [given([3], [-1, -2, 3])], (x) => tf.pow(x, 2)),
  ],
  Atan2: [
    ...binary(tf.atan2),
    forwardOnly(
      'axes',
      [given([8], [0, 0, 1, -1, 1, -1, 0, -2]), given([8], [1, -1, 0, 0, -1, -1, 0, 3])],
      tf.atan2,
    ),
  ],
  SquaredDifference: sameShapes(tf.squaredDifference),
  Equal: compare(tf.equal),
  NotEqual: compare(tf.notEqual),
  Greater: compare(tf.greater).slice(0, -1),
  GreaterEqual: compare(tf.greaterEqual).slice(0, -1),
  Less: compare(tf.less).slice(0, -1),
  LessEqual: compare(tf.lessEqual).slice(0, -1),
  LogicalAnd: logical(tf.logicalAnd),
  LogicalOr: logical(tf.logicalOr),
  Prelu: [
    use('a slope per channel', [floats(3, 5), positive(5)], tf.prelu),
    use('one slope', [floats(3, 5), positive(1)], tf.prelu),
  ],
  EluGrad: unary(tf.elu),
  AddN: [
    use('one', [floats(3)], (x) => tf.addN([x])),
    use('three', [floats(3, 2), floats(3, 2), floats(3, 2)], (...xs) => tf.addN(xs)),
    use('zeros between', [floats(3), floats(3)], (x, y) => tf.addN([tf.zeros([3]), x, tf.zeros([3]), y])),
    use('a broadcast row', [floats(1, 3), floats(2, 3)], (x, y) => tf.addN([repeated(x, 2, 3), y])),
  ],
  Select: [
    use('equal shapes', [bit(3, 5), floats(3, 5), floats(3, 5)], (c, x, y) => tf.where(truth(c), x, y)),
    use('scalars', [bit(), floats(), floats()], (c, x, y) => tf.where(truth(c), x, y)),
    use('a constant', [bit(3, 5), floats(3, 5)], (c, x) => tf.where(truth(c), x, tf.zerosLike(x))),
    use('a column decides', [bit(3, 1), floats(3, 5), floats(3, 5)], (c, x, y) => tf.where(truth(c), x, y)),
    use('constants only', [bit(3), floats(3)], (c, x) =>
      tf.mul(tf.where(truth(c), tf.ones([3]), tf.zeros([3])), x),
    ),
  ],
};
