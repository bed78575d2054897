import type { InputArray, TensorSpec } from '../../../../server/methods/method.ts';
import type { Named } from '../../../../server/nn/parameters.ts';
import * as tf from '../../../../server/nn/tf.ts';
import { randomAt } from '../../../../server/random.ts';
import type { Program, PureFunction } from '../../../../server/training/engine/engine.ts';

/** An input of a case: its shape, type and how its values are drawn. */
export interface Sample {
  readonly spec: TensorSpec;
  readonly draw: (random: ReturnType<typeof randomAt>, index: number) => number;
}

/** One use of a kernel. Its float inputs are differentiated too, unless tfjs has no gradient for the kernel. */
export interface Case {
  readonly title: string;
  readonly inputs: readonly Sample[];
  readonly fn: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  readonly gradient: boolean;
}

type Fn = Case['fn'];

export const floats = (...shape: number[]): Sample => ({
  spec: { shape, dtype: 'float32' },
  draw: (random) => random.normal(),
});
/** Between low and high, for functions that are defined on a part of the line. */
export const between = (low: number, high: number, ...shape: number[]): Sample => ({
  spec: { shape, dtype: 'float32' },
  draw: (random) => low + (high - low) * random.uniform(),
});
/** Whole numbers from low to high, high excluded. */
export const ints = (low: number, high: number, ...shape: number[]): Sample => ({
  spec: { shape, dtype: 'int32' },
  draw: (random) => Math.floor(low + (high - low) * random.uniform()),
});
/** These values, in turn. */
export const given = (shape: readonly number[], values: readonly number[]): Sample => ({
  spec: { shape, dtype: 'float32' },
  draw: (_, index) => values[index % values.length]!,
});

export function use(title: string, inputs: readonly Sample[], fn: Fn): Case {
  return { title, inputs, fn, gradient: true };
}
/** A case without a gradient. */
export function forwardOnly(title: string, inputs: readonly Sample[], fn: Fn): Case {
  return { title, inputs, fn, gradient: false };
}

/** Stored as one row, but meant as `shape`: what the lowering keeps small until somebody needs it whole. */
export const repeated = (x: tf.Tensor, ...shape: number[]): tf.Tensor => tf.broadcastTo(x, shape);
export const truth = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'bool');

/** All cases of a kernel as one function, so that each kernel costs one session. */
export function together(cases: readonly Case[]): {
  fn: PureFunction;
  inputs: Named<TensorSpec>;
  arrays: Named<InputArray>;
} {
  const inputs: Named<TensorSpec> = {};
  const arrays: Named<InputArray> = {};
  cases.forEach(({ inputs: samples }, number) => {
    samples.forEach(({ spec, draw }, position) => {
      const name = `${number}.${position}`;
      const random = randomAt(position, name);
      const length = spec.shape.reduce((product, size) => product * size, 1);
      inputs[name] = spec;
      const values = Array.from({ length }, (_, i) => draw(random, i));
      arrays[name] = spec.dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
    });
  });
  const fn: PureFunction = (tensors) => {
    const outputs: Named<tf.Tensor> = {};
    cases.forEach((each, number) => {
      const own = each.inputs.map((_, position) => tensors[`${number}.${position}`]!);
      const results = [each.fn(...own)].flat();
      results.forEach((result, i) => {
        outputs[`${number} ${each.title}, output ${i}`] = result;
      });
      if (!each.gradient) return;
      const float = own.filter(({ dtype }) => dtype === 'float32');
      const loss = (...varied: tf.Tensor[]): tf.Scalar => {
        let next = 0;
        const results = [each.fn(...own.map((x) => (x.dtype === 'float32' ? varied[next++]! : x)))].flat();
        return tf.addN(results.map(weightedSum)) as tf.Scalar;
      };
      tf.grads(loss)(float).forEach((gradient, i) => {
        outputs[`${number} ${each.title}, gradient ${i}`] = gradient;
      });
    });
    return outputs;
  };
  return { fn, inputs, arrays };
}

/** A sum in which every element has a weight of its own, so that gradients of one place are not those of another. */
function weightedSum(y: tf.Tensor): tf.Tensor {
  const weights = Float32Array.from({ length: y.size }, (_, i) => Math.sin(i + 1));
  return tf.sum(tf.mul(tf.cast(y, 'float32'), tf.tensor(weights, y.shape)));
}

export async function results(program: Program, arrays: Named<InputArray>): Promise<Named<InputArray>> {
  const outputs = await program.run(arrays);
  await program.dispose();
  return outputs;
}
