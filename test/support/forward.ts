import '@tensorflow/tfjs-backend-cpu';
import type { Forward, Initializer, Named, Parameter } from '../../server/nn/parameters.ts';
import * as tf from '../../server/nn/tf.ts';
import { type Random, randomAt } from '../../server/random.ts';

/** Start values of one parameter. */
function initialize(parameter: Parameter, random: Random): tf.Tensor {
  const size = parameter.shape.reduce((a, b) => a * b, 1);
  const { init } = parameter;
  return tf.tensor(
    init.kind === 'values' ? init.values : Float32Array.from({ length: size }, () => draw(init, random)),
    [...parameter.shape],
  );
}

function draw(init: Initializer, random: Random): number {
  switch (init.kind) {
    case 'constant':
      return init.value;
    case 'heNormal':
      return random.normal() * Math.sqrt(2 / init.fanIn);
    case 'xavierUniform': {
      const bound = Math.sqrt(6 / (init.fanIn + init.fanOut));
      return random.between(-bound, bound);
    }
    case 'uniform':
      return random.between(-init.bound, init.bound);
    case 'truncatedNormal': {
      let value = random.normal();
      while (Math.abs(value) > 2) value = random.normal();
      return value * init.std;
    }
    case 'values':
      throw new Error('handled by initialize');
  }
}

/** A Forward over plain tensors, and what was read and written through it. */
export interface TestForward extends Forward {
  readonly values: Named<tf.Tensor>;
  readonly targets: Named<tf.Tensor>;
  readonly written: Named<tf.Tensor>;
  /** The same view with other values of some parameters. */
  with(values: Named<tf.Tensor>): TestForward;
}

/** Starts every parameter (`targets`: the EMA copies, drawn differently) and lets a test see the writes. */
export function testForward(
  parameters: readonly Parameter[],
  options: { training?: boolean; seed?: number } = {},
): TestForward {
  const { training = true, seed = 0 } = options;
  const start = (stream: string): Named<tf.Tensor> =>
    Object.fromEntries(parameters.map((p) => [p.name, initialize(p, randomAt(seed, `${stream}/${p.name}`))]));
  return forwardOver(start('online'), start('target'), training);
}

function forwardOver(values: Named<tf.Tensor>, targets: Named<tf.Tensor>, training: boolean): TestForward {
  const written: Named<tf.Tensor> = {};
  const reader = (from: Named<tf.Tensor>) => (parameter: Parameter) => {
    const value = from[parameter.name];
    if (value === undefined) throw new Error(`Unknown parameter ${parameter.name}`);
    return value;
  };
  const target: Forward = {
    training,
    read: reader(targets),
    write: () => {},
    get target(): Forward {
      return target;
    },
  };
  return {
    training,
    values,
    targets,
    written,
    read: reader(values),
    write(parameter, value) {
      if (parameter.kind !== 'buffer') throw new Error(`${parameter.name} is not a buffer`);
      written[parameter.name] = tf.keep(value.clone());
    },
    target,
    with: (other) => forwardOver({ ...values, ...other }, targets, training),
  };
}
