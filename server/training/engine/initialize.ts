import type { Parameter } from '../../nn/parameters.ts';
import { randomAt } from '../../random.ts';
import type { StepDefinition, TrainingState } from './engine.ts';
import { createState, sizeOf, viewState } from './layout.ts';

/**
 * The start values of one parameter. They depend on the seed and the parameter's own name and nothing else, so
 * adding a head or reordering layers leaves every other start as it was.
 */
export function initialValues(parameter: Parameter, seed: number): Float32Array {
  const { init, name, shape } = parameter;
  const values = new Float32Array(sizeOf(shape));
  const random = randomAt(seed, `init/${name}`);
  switch (init.kind) {
    case 'constant':
      return values.fill(init.value);
    case 'heNormal': {
      const std = Math.sqrt(2 / init.fanIn);
      return fill(values, () => std * random.normal());
    }
    case 'xavierUniform': {
      const bound = Math.sqrt(6 / (init.fanIn + init.fanOut));
      return fill(values, () => random.between(-bound, bound));
    }
    case 'uniform':
      return fill(values, () => random.between(-init.bound, init.bound));
    case 'truncatedNormal':
      return fill(values, () => {
        for (;;) {
          const value = random.normal();
          if (Math.abs(value) <= 2) return init.std * value;
        }
      });
    case 'values':
      if (init.values.length !== values.length)
        throw new Error(
          `${name}: ${init.values.length} start values for shape [${shape.join(', ')}], which has ${values.length}.`,
        );
      values.set(init.values);
      return values;
  }
}

function fill(values: Float32Array, draw: () => number): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return values;
}

/** The state before the first update: the EMA copies equal the model, moments are zero. */
export function initialState(definition: StepDefinition, seed: number): TrainingState {
  const state = createState(definition);
  for (const parameter of definition.parameters) {
    const start = initialValues(parameter, seed);
    const group = parameter.kind === 'weight' ? state.weights : state.buffers;
    group.values[parameter.name]!.set(start);
    state.target.values[parameter.name]?.set(start);
  }
  return viewState(state);
}
