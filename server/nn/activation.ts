import * as tf from './tf.ts';

export const activationNames = ['relu', 'gelu', 'tanh', 'sigmoid', 'silu', 'leakyRelu', 'identity'] as const;
export type ActivationName = (typeof activationNames)[number];

type Elementwise = (x: tf.Tensor) => tf.Tensor;

/** An elementwise op of one tensor with its own gradient. */
function elementwise(op: (x: tf.Tensor, save: tf.GradSaveFunc) => ElementwiseResult): Elementwise {
  const custom = tf.customGrad((...args) => op(args[0] as tf.Tensor, args[1] as tf.GradSaveFunc));
  return (x) => custom(x);
}

interface ElementwiseResult {
  value: tf.Tensor;
  gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor;
}

/** max(x, 0). Keeps its output, which the next layer needs anyway, instead of its input. */
export const relu = elementwise((x, save) => {
  const y = tf.relu(x);
  save([y]);
  return { value: y, gradFunc: (dy, [y]) => tf.mul(dy, tf.step(y!)) };
});

/** Gaussian error linear unit, x * Phi(x), exact by erf (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415). */
export const gelu = elementwise((x, save) => {
  const half = tf.mul(x, 0.5);
  const erf = tf.erf(tf.mul(x, Math.SQRT1_2));
  save([x, erf]);
  return {
    value: tf.add(tf.mul(half, erf), half),
    gradFunc: (dy, [x, erf]) => {
      const cumulative = tf.add(tf.mul(erf!, 0.5), 0.5);
      const density = tf.mul(tf.exp(tf.mul(tf.square(x!), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.mul(dy, tf.add(cumulative, tf.mul(x!, density)));
    },
  };
});

/** x * sigmoid(x) (swish). */
export const silu = elementwise((x, save) => {
  const gate = tf.sigmoid(x);
  const y = tf.mul(x, gate);
  save([y, gate]);
  return {
    value: y,
    gradFunc: (dy, [y, gate]) => tf.mul(dy, tf.add(gate!, tf.mul(y!, tf.sub(1, gate!)))),
  };
});

/** x where positive, slope * x elsewhere; slope in [0, 1), default 0.2. */
export function leakyRelu(x: tf.Tensor, slope = 0.2): tf.Tensor {
  return elementwise((x, save) => {
    save([x]);
    return {
      value: tf.maximum(x, tf.mul(x, slope)),
      gradFunc: (dy, [x]) => tf.mul(dy, tf.add(tf.mul(tf.step(x!), 1 - slope), slope)),
    };
  })(x);
}

const activations: Record<ActivationName, Elementwise> = {
  relu,
  gelu,
  silu,
  tanh: (x) => tf.tanh(x),
  sigmoid: (x) => tf.sigmoid(x),
  leakyRelu: (x) => leakyRelu(x),
  identity: (x) => x,
};

/** The elementwise function with this name. */
export function activation(name: ActivationName): Elementwise {
  return activations[name];
}
