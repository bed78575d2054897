import type { Initializer, Layer, Scope } from './parameters.ts';
import { lastAxis, toRows } from './shapes.ts';
import * as tf from './tf.ts';

export interface DenseOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** Default Xavier uniform; the bias starts at 0. */
  readonly init?: Initializer;
}

/** A fully connected layer on the last axis: [..., inputs] -> [..., outputs]; `weight` is [inputs, outputs]. */
export function dense(scope: Scope, inputs: number, outputs: number, options: DenseOptions = {}): Layer {
  const init = options.init ?? { kind: 'xavierUniform', fanIn: inputs, fanOut: outputs };
  const weight = scope.weight('weight', [inputs, outputs], init);
  const bias =
    (options.bias ?? true)
      ? scope.weight('bias', [outputs], { kind: 'constant', value: 0 }, { decay: false })
      : undefined;
  return (forward, x) => {
    if (lastAxis(x) !== inputs)
      throw new Error(`${weight.name}: expected [..., ${inputs}], found [${x.shape.join(', ')}].`);
    const product = tf.matMul(toRows(x), forward.read(weight) as tf.Tensor2D);
    const y = bias === undefined ? product : tf.add(product, forward.read(bias));
    return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), outputs]);
  };
}
