import type { Forward, Named, Parameter } from '../../nn/parameters.ts';
import type * as tf from '../../nn/tf.ts';

export interface ForwardOptions {
  readonly training: boolean;
  /** Tensors of the EMA copies, for methods that read `forward.target`. */
  readonly target?: Named<tf.Tensor>;
}

/** What layers see of the model, and the buffer values that they wrote. */
export interface OpenForward {
  readonly forward: Forward;
  /** By name; empty unless training. The tensors live as long as the surrounding tidy. */
  readonly written: ReadonlyMap<string, tf.Tensor>;
}

/**
 * Opens the model's tensors (weights and buffers by name) to its layers.
 *
 * While training, a buffer that was written is read back with its new value, so a layer that runs twice in one
 * step (once per view) moves its running statistics twice. Outside training nothing is written. The target view
 * never collects writes, and no gradient reaches its parameters because they are constants of the step.
 */
export function createForward(tensors: Named<tf.Tensor>, options: ForwardOptions): OpenForward {
  const written = new Map<string, tf.Tensor>();
  const targetTensors = options.target ?? {};
  const target: Forward = {
    training: options.training,
    read: (parameter) =>
      targetTensors[parameter.name] ??
      missing(parameter, 'has no EMA copy; its path must be among the targets of the pretext task'),
    write: () => {},
    get target(): Forward {
      return target;
    },
  };
  const forward: Forward = {
    training: options.training,
    read: (parameter) =>
      written.get(parameter.name) ??
      tensors[parameter.name] ??
      missing(parameter, 'is not part of this model'),
    write(parameter, value) {
      if (parameter.kind !== 'buffer') missing(parameter, 'is a weight; only buffers are written');
      if (value.shape.join() !== parameter.shape.join())
        missing(
          parameter,
          `is [${parameter.shape.join(', ')}], but was written as [${value.shape.join(', ')}]`,
        );
      if (options.training) written.set(parameter.name, value);
    },
    target,
  };
  return { forward, written };
}

function missing(parameter: Parameter, problem: string): never {
  throw new Error(`Parameter ${parameter.name} ${problem}.`);
}
