import { type Parameter, Scope } from '../../../server/nn/parameters.ts';
import { stopGradient } from '../../../server/nn/stopGradient.ts';
import * as tf from '../../../server/nn/tf.ts';
import { randomAt } from '../../../server/random.ts';
import type { OptimizerOptions, StepDefinition } from '../../../server/training/engine/engine.ts';

export const options: OptimizerOptions = {
  type: 'adamw',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  momentum: 0.9,
  weightDecay: 0.1,
  trust: 0.02,
  clipNorm: 0,
};

const batch = 6;
const width = 5;
const hidden = 4;

/**
 * A small step with everything in it that a step can have: decayed and undecayed weights, a frozen one, a running
 * mean, an EMA copy that the loss reads, metrics, an int32 input.
 */
export function exampleStep(
  changes: Partial<StepDefinition> = {},
  optimizer: Partial<OptimizerOptions> = {},
): StepDefinition {
  const scope = new Scope();
  const encoder = scope.child('encoder');
  const weight = encoder.weight('weight', [width, hidden], {
    kind: 'xavierUniform',
    fanIn: width,
    fanOut: hidden,
  });
  const bias = encoder.weight('bias', [hidden], { kind: 'constant', value: 0.1 }, { decay: false });
  const mean = encoder.buffer('mean', [hidden], { kind: 'constant', value: 0 });
  const head = scope.child('head', 1);
  const out = head.weight('weight', [hidden, width], { kind: 'heNormal', fanIn: hidden });
  const outBias = head.weight('bias', [width], { kind: 'constant', value: 0 }, { decay: false });
  const frozen = scope.child('frozen').weight('scale', [width], { kind: 'uniform', bound: 1 });
  const unused = scope.child('unused').weight('weight', [2], { kind: 'constant', value: 1 });
  return {
    parameters: [weight, bias, mean, out, outBias, frozen, unused],
    hasTarget: ({ name }) => name.startsWith('encoder/'),
    learningRateScale: ({ name }) => (name.startsWith('frozen') ? 0 : name.startsWith('head') ? 0.5 : 1),
    inputs: {
      x: { shape: [batch, width], dtype: 'float32' },
      order: { shape: [batch], dtype: 'int32' },
    },
    optimizer: { ...options, ...optimizer },
    loss(forward, { x, order }) {
      const encode = (view: typeof forward, input: tf.Tensor): tf.Tensor =>
        tf.tanh(tf.add(tf.matMul(input as tf.Tensor2D, view.read(weight) as tf.Tensor2D), view.read(bias)));
      const z = encode(forward, tf.gather(x!, order as tf.Tensor1D));
      for (let view = 0; view < 2; view++)
        forward.write(
          mean,
          tf.add(tf.mul(forward.read(mean), 0.9), tf.mul(stopGradient(tf.mean(z, 0)), 0.1)),
        );
      const y = tf.add(tf.matMul(z as tf.Tensor2D, forward.read(out) as tf.Tensor2D), forward.read(outBias));
      const scaled = tf.mul(x!, tf.add(1, tf.mul(0.1, forward.read(frozen))));
      const error = tf.mean(tf.square(tf.sub(y, scaled))) as tf.Scalar;
      const slow = encode(forward.target, x!);
      const distance = tf.mean(tf.square(tf.sub(z, slow))) as tf.Scalar;
      return { loss: tf.add(error, tf.mul(distance, 0.1)), metrics: { error, distance } };
    },
    ...changes,
  };
}

export function batchAt(step: number): { x: Float32Array; order: Int32Array } {
  const random = randomAt(1, 'batch', step);
  return {
    x: Float32Array.from({ length: batch * width }, () => random.normal()),
    order: random.permutation(batch),
  };
}

export function parameterNamed(definition: StepDefinition, name: string): Parameter {
  return definition.parameters.find((parameter) => parameter.name === name)!;
}
