import type { Parameter } from '../../nn/parameters.ts';
import type { OptimizerOptions, StepDefinition, StepScalars } from './engine.ts';

/**
 * The update rules, in words that both implementations share (`optimizerOps.ts` inside a graph, `optimizerHost.ts`
 * over host memory). g is the gradient after clipping, w the weight, t the number of updates including this one,
 * lr the learning rate times the parameter's scale, wd the weight decay (0 where `parameter.decay` is false).
 *
 * - adam (Kingma & Ba 2015, https://arxiv.org/abs/1412.6980): g += wd w; m1 = b1 m1 + (1 - b1) g;
 *   m2 = b2 m2 + (1 - b2) g g; w -= lr m1 / (1 - b1^t) / (sqrt(m2 / (1 - b2^t)) + eps).
 * - adamw (Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101): w *= 1 - lr wd, then adam without wd.
 * - sgd with momentum: g += wd w; v = mu v + g; w -= lr v.
 * - lars (You et al. 2017, https://arxiv.org/abs/1708.03888): local = trust |w| / (|g| + wd |w|), 1 where either
 *   norm is 0 or `parameter.decay` is false; v = mu v + lr local (g + wd w); w -= v.
 */
export type OptimizerType = OptimizerOptions['type'];

/** Names of the moments that an optimizer keeps for each trained parameter. */
export function optimizerSlots(type: OptimizerType): readonly string[] {
  return type === 'adam' || type === 'adamw' ? ['moment1', 'moment2'] : ['momentum'];
}

/** What changes from update to update: inputs of the step, never constants of its graph. */
export interface UpdateScalars {
  readonly learningRate: number;
  /** 1 / (1 - beta1^t). */
  readonly correction1: number;
  /** 1 / sqrt(1 - beta2^t). */
  readonly correction2: number;
  /** 1 - the EMA momentum: the share of the model that moves into its target copy. */
  readonly targetRate: number;
}

export const updateScalarNames = ['learningRate', 'correction1', 'correction2', 'targetRate'] as const;

/** @param updates number of updates done before this one */
export function updateScalars(
  options: OptimizerOptions,
  scalars: StepScalars,
  updates: number,
): UpdateScalars {
  const t = updates + 1;
  return {
    learningRate: scalars.learningRate,
    correction1: 1 / (1 - options.beta1 ** t),
    correction2: 1 / Math.sqrt(1 - options.beta2 ** t),
    targetRate: 1 - scalars.targetMomentum,
  };
}

/** Weight decay of one parameter. */
export function decayOf(definition: StepDefinition, parameter: Parameter): number {
  return parameter.decay ? definition.optimizer.weightDecay : 0;
}

/** Keeps the clipping factor finite for a gradient of norm 0 (as PyTorch's clip_grad_norm_). */
export const clipEpsilon = 1e-6;
