import type * as ort from 'onnxruntime-node';
import type { InputArray } from '../../methods/method.ts';
import type { Named } from '../../nn/parameters.ts';
import { type CompiledFunction, compile } from './compiled.ts';
import type {
  StepDefinition,
  StepResult,
  StepScalars,
  TrainingState,
  TrainingStep,
  Values,
} from './engine.ts';
import { createState, fillState, type HostState, partsOf, viewState } from './layout.ts';
import { updateScalars } from './optimizer.ts';
import { addInto, globalNorm, HostOptimizer } from './optimizerHost.ts';
import { requireState } from './residentStep.ts';
import type { RuntimeOptions } from './runtime.ts';
import { gradientFunction, keys, rename } from './stepFunction.ts';

/**
 * A training step on the CPU: a compiled graph computes loss and gradients, a loop over host memory does the rest.
 * The graph reads weights where they lie, so an update needs no copies.
 */
export class CompiledStep implements TrainingStep {
  private readonly optimizer: HostOptimizer;
  private readonly state: HostState;
  private readonly tensors: ReadonlyMap<string, ort.Tensor>;
  private readonly trained: readonly string[];
  private readonly metrics: readonly string[];
  private ready = false;

  private constructor(
    private readonly definition: StepDefinition,
    private readonly compiled: CompiledFunction,
  ) {
    this.optimizer = new HostOptimizer(definition);
    const { state } = this.optimizer;
    this.state = state;
    this.trained = partsOf(definition).trained.map(({ name }) => name);
    this.metrics = Object.keys(compiled.outputs)
      .filter((key) => key.startsWith(keys.metrics('')))
      .map((key) => key.slice(keys.metrics('').length));
    this.tensors = new Map(
      Object.entries({
        ...rename(state.weights.values, keys.weights),
        ...rename(state.buffers.values, keys.buffers),
        ...rename(state.target.values, keys.target),
      }).map(([key, values]) => [key, compiled.tensor(key, values)]),
    );
  }

  static async create(definition: StepDefinition, options: RuntimeOptions): Promise<CompiledStep> {
    const { fn, inputs } = gradientFunction(definition);
    return new CompiledStep(definition, await compile(fn, inputs, options));
  }

  async run(inputs: Named<InputArray>, scalars: StepScalars): Promise<StepResult> {
    requireState(this.ready);
    const { definition, state } = this;
    const { accumulate = 1 } = definition;
    const outputs = await this.compiled.run(this.feeds(inputs));
    const array = (key: string): Float32Array => outputs.get(key)!.data as Float32Array;
    for (const [name, values] of Object.entries(state.buffers.values)) values.set(array(keys.buffers(name)));
    const own: Values = Object.fromEntries(this.trained.map((name) => [name, array(keys.gradients(name))]));
    const norm = accumulate === 1 ? this.update(own, scalars) : this.gather(own, accumulate, scalars);
    return {
      loss: array('loss')[0]!,
      gradientNorm: norm,
      metrics: Object.fromEntries(this.metrics.map((name) => [name, array(keys.metrics(name))[0]!])),
    };
  }

  async readState(): Promise<TrainingState> {
    requireState(this.ready);
    const copy = createState(this.definition);
    fillState(copy, viewState(this.state));
    return viewState(copy);
  }

  async writeState(source: TrainingState): Promise<void> {
    fillState(this.state, source);
    this.ready = true;
  }

  async readWeights(): Promise<Values> {
    requireState(this.ready);
    return { ...this.state.weights.values, ...this.state.buffers.values };
  }

  async dispose(): Promise<void> {
    await this.compiled.dispose();
  }

  private feeds(inputs: Named<InputArray>): Map<string, ort.Tensor> {
    const feeds = new Map(this.tensors);
    for (const name of Object.keys(this.definition.inputs)) {
      const values = inputs[name];
      if (values === undefined) throw new Error(`Input ${name} is missing.`);
      feeds.set(keys.inputs(name), this.compiled.tensor(keys.inputs(name), values));
    }
    return feeds;
  }

  /** Returns the gradients' norm. */
  private update(gradients: Values, scalars: StepScalars): number {
    const norm = globalNorm(gradients);
    this.optimizer.update(
      gradients,
      norm,
      updateScalars(this.definition.optimizer, scalars, this.state.updates),
    );
    this.state.updates++;
    return norm;
  }

  private gather(own: Values, accumulate: number, scalars: StepScalars): number {
    const { state } = this;
    const { buffer, values } = state.optimizer.gradients!;
    for (const name of this.trained) addInto(values[name]!, own[name]!);
    state.accumulated++;
    if (state.accumulated < accumulate) return globalNorm(own);
    for (let i = 0; i < buffer.length; i++) buffer[i] = buffer[i]! / accumulate;
    const norm = this.update(values, scalars);
    buffer.fill(0);
    state.accumulated = 0;
    return norm;
  }
}
