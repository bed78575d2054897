import type { Named, Parameter } from '../../nn/parameters.ts';
import * as tf from '../../nn/tf.ts';
import type { OptimizerOptions, StepDefinition } from './engine.ts';
import { rateScale } from './layout.ts';
import { clipEpsilon, decayOf, optimizerSlots, type UpdateScalars } from './optimizer.ts';

/** The scalars of an update as tensors of shape []. */
export type ScalarTensors = { readonly [Name in keyof UpdateScalars]: tf.Tensor };

/** Global norm of several tensors. */
export function globalNormOp(tensors: readonly tf.Tensor[]): tf.Scalar {
  const squares = tensors.map((tensor) => tf.sum(tf.square(tensor)) as tf.Scalar);
  const [first, ...rest] = squares;
  if (first === undefined) return tf.scalar(0);
  return tf.sqrt(rest.reduce((sum, square) => tf.add(sum, square), first));
}

/** min(1, limit / norm): the factor on the gradients. */
function clipFactor(limit: number, norm: tf.Scalar): tf.Scalar {
  return tf.minimum(1, tf.div(limit, tf.add(norm, clipEpsilon)));
}

/** New weight and moments of one parameter, by name: `weight` and the optimizer's slots. */
export type ParameterUpdate = Named<tf.Tensor>;

/**
 * The update rules of `optimizer.ts` as tensor ops, for devices that keep the state.
 * @param gradients by name, of the trained parameters; `norm` is their global norm before clipping
 */
export function updateOps(
  definition: StepDefinition,
  trained: readonly Parameter[],
  state: { weights: Named<tf.Tensor>; moments: Named<Named<tf.Tensor>> },
  gradients: Named<tf.Tensor>,
  norm: tf.Scalar,
  scalars: ScalarTensors,
): Named<ParameterUpdate> {
  const { optimizer: options } = definition;
  const clip = options.clipNorm > 0 ? clipFactor(options.clipNorm, norm) : undefined;
  const slots = optimizerSlots(options.type);
  const updates: Named<ParameterUpdate> = {};
  for (const parameter of trained) {
    const { name } = parameter;
    const weight = state.weights[name]!;
    const gradient = clip === undefined ? gradients[name]! : tf.mul(gradients[name]!, clip);
    const scale = rateScale(definition, parameter);
    const rate = scale === 1 ? scalars.learningRate : tf.mul(scalars.learningRate, scale);
    const moments = slots.map((slot) => state.moments[slot]![name]!);
    const rule = rules[options.type];
    updates[name] = rule({
      options,
      weight,
      gradient,
      moments,
      rate,
      scalars,
      decay: decayOf(definition, parameter),
      adapt: parameter.decay,
    });
  }
  return updates;
}

interface RuleInput {
  readonly options: OptimizerOptions;
  readonly weight: tf.Tensor;
  readonly gradient: tf.Tensor;
  readonly moments: readonly tf.Tensor[];
  readonly rate: tf.Tensor;
  readonly scalars: ScalarTensors;
  readonly decay: number;
  readonly adapt: boolean;
}

const rules: Readonly<Record<OptimizerOptions['type'], (input: RuleInput) => ParameterUpdate>> = {
  adam: (input) => adam({ ...input, gradient: withDecay(input.gradient, input.weight, input.decay) }),
  adamw(input) {
    const { weight, rate, decay } = input;
    return adam(decay === 0 ? input : { ...input, weight: tf.mul(weight, tf.sub(1, tf.mul(rate, decay))) });
  },
  sgd(input) {
    const gradient = withDecay(input.gradient, input.weight, input.decay);
    const momentum = tf.add(tf.mul(input.moments[0]!, input.options.momentum), gradient);
    return { weight: tf.sub(input.weight, tf.mul(momentum, input.rate)), momentum };
  },
  lars(input) {
    const { weight, options, rate, decay } = input;
    const local = input.adapt ? tf.mul(rate, trustRatio(input)) : rate;
    const step = tf.mul(withDecay(input.gradient, weight, decay), local);
    const momentum = tf.add(tf.mul(input.moments[0]!, options.momentum), step);
    return { weight: tf.sub(weight, momentum), momentum };
  },
};

function withDecay(gradient: tf.Tensor, weight: tf.Tensor, decay: number): tf.Tensor {
  return decay === 0 ? gradient : tf.add(gradient, tf.mul(weight, decay));
}

function adam({ options, weight, gradient, moments, rate, scalars }: RuleInput): ParameterUpdate {
  const { beta1, beta2, epsilon } = options;
  const moment1 = tf.add(tf.mul(moments[0]!, beta1), tf.mul(gradient, 1 - beta1));
  const moment2 = tf.add(tf.mul(moments[1]!, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const root = tf.add(tf.mul(tf.sqrt(moment2), scalars.correction2), epsilon);
  const step = tf.mul(tf.div(moment1, root), tf.mul(rate, scalars.correction1));
  return { weight: tf.sub(weight, step), moment1, moment2 };
}

/** trust |w| / (|g| + wd |w|), 1 where either norm is 0. */
function trustRatio({ options, weight, gradient, decay }: RuleInput): tf.Tensor {
  const weightNorm = tf.sqrt(tf.sum(tf.square(weight)));
  const gradientNorm = tf.sqrt(tf.sum(tf.square(gradient)));
  const both = tf.logicalAnd(tf.greater(weightNorm, 0), tf.greater(gradientNorm, 0));
  const divisor = tf.add(gradientNorm, tf.mul(weightNorm, decay));
  const safe = tf.where(both, divisor, tf.onesLike(divisor));
  return tf.where(both, tf.div(tf.mul(weightNorm, options.trust), safe), tf.onesLike(divisor));
}

/** copy + rate * (online - copy). */
export function followOp(copy: tf.Tensor, online: tf.Tensor, rate: tf.Tensor): tf.Tensor {
  return tf.add(copy, tf.mul(tf.sub(online, copy), rate));
}
