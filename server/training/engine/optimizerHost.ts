import type { StepDefinition, Values } from './engine.ts';
import { type HostState, partsOf, rateScale } from './layout.ts';
import { clipEpsilon, decayOf, type UpdateScalars } from './optimizer.ts';

/** Updates a state in host memory, in one pass over each parameter. */
export interface HostOptimizer {
  /**
   * Applies gradients (by name, of the trained weights) to weights, moments and EMA copies.
   * @param norm global norm of the gradients, before clipping
   */
  update(gradients: Values, norm: number, scalars: UpdateScalars): void;
}

/** Global norm of several arrays, summed in double precision. */
export function globalNorm(arrays: Values): number {
  let sum = 0;
  for (const name in arrays) sum += sumOfSquares(arrays[name]!);
  return Math.sqrt(sum);
}

/** Four sums side by side, so that one addition need not wait for the one before. */
function sumOfSquares(values: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const even = values.length & ~3;
  for (let i = 0; i < even; i += 4) {
    a += values[i]! * values[i]!;
    b += values[i + 1]! * values[i + 1]!;
    c += values[i + 2]! * values[i + 2]!;
    d += values[i + 3]! * values[i + 3]!;
  }
  for (let i = even; i < values.length; i++) a += values[i]! * values[i]!;
  return a + b + (c + d);
}

/** sum += values. */
export function addInto(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + values[i]!;
}

/** The update rule of the definition's optimizer over `state`, which it changes in place. */
export function createHostOptimizer(definition: StepDefinition, state: HostState): HostOptimizer {
  const { optimizer: options } = definition;
  const { trained, target } = partsOf(definition);
  const moments = Object.values(state.optimizer).map((group) => group.values);
  const parts = trained.map((parameter) => ({
    name: parameter.name,
    weight: state.weights.values[parameter.name]!,
    first: moments[0]![parameter.name]!,
    second: moments[1]?.[parameter.name] ?? new Float32Array(0),
    scale: rateScale(definition, parameter),
    decay: decayOf(definition, parameter),
    adapt: parameter.decay,
  }));
  const copies = target.map(({ kind, name }) => ({
    copy: state.target.values[name]!,
    online: (kind === 'weight' ? state.weights : state.buffers).values[name]!,
  }));
  return {
    update(gradients, norm, scalars) {
      const clip = options.clipNorm > 0 ? clipFactor(options.clipNorm, norm) : 1;
      for (const { name, weight, first, second, scale, decay, adapt } of parts) {
        const gradient = gradients[name]!;
        const rate = scalars.learningRate * scale;
        switch (options.type) {
          case 'adam':
          case 'adamw': {
            const decoupled = options.type === 'adamw';
            adam(weight, gradient, first, second, {
              beta1: options.beta1,
              beta2: options.beta2,
              epsilon: options.epsilon,
              clip,
              keep: decoupled ? 1 - rate * decay : 1,
              decay: decoupled ? 0 : decay,
              rate: rate * scalars.correction1,
              correction2: scalars.correction2,
            });
            break;
          }
          case 'sgd':
            descend(weight, gradient, first, {
              momentum: options.momentum,
              clip,
              decay,
              inner: 1,
              outer: rate,
            });
            break;
          case 'lars': {
            const local = adapt ? trustRatio(weight, gradient, clip, decay, options.trust) : 1;
            const inner = rate * local;
            descend(weight, gradient, first, { momentum: options.momentum, clip, decay, inner, outer: 1 });
            break;
          }
        }
      }
      for (const { copy, online } of copies) follow(copy, online, scalars.targetRate);
    },
  };
}

function clipFactor(limit: number, norm: number): number {
  const factor = limit / (norm + clipEpsilon);
  return factor < 1 || Number.isNaN(factor) ? factor : 1;
}

function trustRatio(
  weight: Float32Array,
  gradient: Float32Array,
  clip: number,
  decay: number,
  trust: number,
): number {
  const weightNorm = Math.sqrt(sumOfSquares(weight));
  const gradientNorm = clip * Math.sqrt(sumOfSquares(gradient));
  return weightNorm > 0 && gradientNorm > 0 ? (trust * weightNorm) / (gradientNorm + decay * weightNorm) : 1;
}

interface AdamNumbers {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly clip: number;
  /** Factor on the weight before the update (decoupled decay). */
  readonly keep: number;
  /** L2 decay added to the gradient. */
  readonly decay: number;
  readonly rate: number;
  readonly correction2: number;
}

/** One fused pass: every value is loaded and stored once. */
function adam(
  weight: Float32Array,
  gradient: Float32Array,
  moment1: Float32Array,
  moment2: Float32Array,
  numbers: AdamNumbers,
): void {
  const { beta1, beta2, epsilon, clip, keep, decay, rate, correction2 } = numbers;
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  const length = weight.length;
  for (let i = 0; i < length; i++) {
    const w = weight[i]!;
    const g = gradient[i]! * clip + decay * w;
    const m = beta1 * moment1[i]! + rest1 * g;
    const v = beta2 * moment2[i]! + rest2 * g * g;
    moment1[i] = m;
    moment2[i] = v;
    weight[i] = w * keep - (rate * m) / (Math.sqrt(v) * correction2 + epsilon);
  }
}

interface DescentNumbers {
  readonly momentum: number;
  readonly clip: number;
  readonly decay: number;
  /** Rate applied before the momentum (lars) and after it (sgd). */
  readonly inner: number;
  readonly outer: number;
}

function descend(
  weight: Float32Array,
  gradient: Float32Array,
  velocity: Float32Array,
  { momentum, clip, decay, inner, outer }: DescentNumbers,
): void {
  for (let i = 0; i < weight.length; i++) {
    const w = weight[i]!;
    const v = momentum * velocity[i]! + inner * (gradient[i]! * clip + decay * w);
    velocity[i] = v;
    weight[i] = w - outer * v;
  }
}

/** copy += rate * (online - copy). */
function follow(copy: Float32Array, online: Float32Array, rate: number): void {
  for (let i = 0; i < copy.length; i++) copy[i] = copy[i]! + rate * (online[i]! - copy[i]!);
}
