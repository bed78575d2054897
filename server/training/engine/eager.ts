import type { InputArray, TensorSpec } from '../../methods/method.ts';
import type { Named } from '../../nn/parameters.ts';
import * as tf from '../../nn/tf.ts';
import type { DeviceName } from '../../protocol/device.ts';
import type { Engine, Program, PureFunction, StepDefinition, TrainingStep } from './engine.ts';
import { type UpdateScalars, updateScalarNames } from './optimizer.ts';
import { type ResidentDevice, ResidentStep } from './residentStep.ts';
import { keys, type Phase, stepFunction } from './stepFunction.ts';

/** Runs pure functions op by op on a backend of TensorFlow.js. */
export class EagerEngine implements Engine {
  /** @param backend name of a registered tfjs backend that has been initialised */
  constructor(
    readonly device: DeviceName,
    readonly description: string,
    private readonly backend: string,
  ) {}

  async program(fn: PureFunction, inputs: Named<TensorSpec>): Promise<Program> {
    return new EagerProgram(this.backend, fn, inputs);
  }

  async training(definition: StepDefinition): Promise<TrainingStep> {
    return new ResidentStep(definition, new EagerDevice(this.backend, definition));
  }

  async dispose(): Promise<void> {}
}

/**
 * The current backend is global in tfjs, and compiled functions are traced through one of their own: each stretch
 * of synchronous work names its backend first. The backend is initialised, so the switch is immediate.
 */
function useBackend(name: string): void {
  if (tf.getBackend() !== name) void tf.setBackend(name);
}

function tensorOf(spec: TensorSpec, array: InputArray): tf.Tensor {
  return tf.tensor(array, [...spec.shape], spec.dtype);
}

/** The values of a tensor in an array of its own: backends may hand out their own memory. */
async function arrayOf(tensor: tf.Tensor): Promise<InputArray> {
  const data = await tensor.data();
  return data instanceof Float32Array ? data.slice() : Int32Array.from(data);
}

class EagerProgram implements Program {
  private bound: Named<tf.Tensor> = {};

  constructor(
    private readonly backend: string,
    private readonly fn: PureFunction,
    private readonly specs: Named<TensorSpec>,
  ) {}

  async bind(inputs: Named<InputArray>): Promise<void> {
    useBackend(this.backend);
    for (const [name, array] of Object.entries(inputs)) {
      const tensor = tensorOf(this.specOf(name), array.slice() as InputArray);
      this.bound[name]?.dispose();
      this.bound[name] = tensor;
    }
  }

  async run(inputs: Named<InputArray>): Promise<Named<InputArray>> {
    useBackend(this.backend);
    const outputs = tf.tidy(() => {
      const tensors = { ...this.bound };
      for (const [name, array] of Object.entries(inputs)) tensors[name] = tensorOf(this.specOf(name), array);
      const missing = Object.keys(this.specs).find((name) => tensors[name] === undefined);
      if (missing !== undefined) throw new Error(`Input ${missing} is missing.`);
      const results = this.fn(tensors);
      // A clone, because an output may be a bound input that must survive.
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.clone()]));
    });
    const arrays: Named<InputArray> = {};
    for (const [name, tensor] of Object.entries(outputs)) {
      arrays[name] = await arrayOf(tensor);
      tensor.dispose();
    }
    return arrays;
  }

  async dispose(): Promise<void> {
    for (const tensor of Object.values(this.bound)) tensor.dispose();
    this.bound = {};
  }

  private specOf(name: string): TensorSpec {
    const spec = this.specs[name];
    if (spec === undefined)
      throw new Error(`There is no input ${name}; the inputs are ${Object.keys(this.specs).join(', ')}.`);
    return spec;
  }
}

class EagerDevice implements ResidentDevice<tf.Tensor> {
  private readonly phases: Readonly<Record<Phase, ReturnType<typeof stepFunction>>>;
  private readonly shapes: ReadonlyMap<string, readonly number[]>;

  constructor(
    private readonly backend: string,
    private readonly definition: StepDefinition,
  ) {
    this.phases = {
      update: stepFunction(definition, 'update'),
      gather: stepFunction(definition, 'gather'),
    };
    this.shapes = new Map(Object.entries(this.phases.update.inputs).map(([key, { shape }]) => [key, shape]));
  }

  async upload(arrays: Named<Float32Array>): Promise<Map<string, tf.Tensor>> {
    useBackend(this.backend);
    return new Map(
      Object.entries(arrays).map(([key, array]) => [
        key,
        tf.tensor(array.slice(), [...this.shapes.get(key)!]),
      ]),
    );
  }

  async download(handles: ReadonlyMap<string, tf.Tensor>): Promise<Named<Float32Array>> {
    const arrays: Named<Float32Array> = {};
    for (const [key, tensor] of handles) arrays[key] = (await arrayOf(tensor)) as Float32Array;
    return arrays;
  }

  async run(
    phase: Phase,
    state: ReadonlyMap<string, tf.Tensor>,
    inputs: Named<InputArray>,
    scalars: UpdateScalars,
  ) {
    useBackend(this.backend);
    const step = this.phases[phase];
    const { report, ...next } = tf.tidy(() => {
      const tensors: Named<tf.Tensor> = Object.fromEntries(state);
      for (const [name, spec] of Object.entries(this.definition.inputs)) {
        const array = inputs[name];
        if (array === undefined) throw new Error(`Input ${name} is missing.`);
        tensors[keys.inputs(name)] = tensorOf(spec, array);
      }
      for (const name of updateScalarNames) tensors[keys.scalars(name)] = tf.scalar(scalars[name]);
      return step.fn(tensors);
    });
    const values = (await arrayOf(report!)) as Float32Array;
    report!.dispose();
    return { state: new Map(Object.entries(next)), report: values, metricNames: step.metricNames() };
  }

  release(tensor: tf.Tensor): void {
    tensor.dispose();
  }

  async dispose(): Promise<void> {}
}

/** TensorFlow.js in plain JavaScript: slow, and what every other device is compared with. */
export async function openReference(): Promise<EagerEngine> {
  await quietly(async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    tf.scalar(0).dispose(); // its first tensor advertises a faster package
  });
  return new EagerEngine('reference', 'TensorFlow.js in plain JavaScript', 'cpu');
}

/** Keeps TensorFlow.js from printing its hints, which are not about the user's work. */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const before = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    return await work();
  } finally {
    tf.env().set('PROD', before);
  }
}
