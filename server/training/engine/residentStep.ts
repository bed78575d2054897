import type { InputArray } from '../../methods/method.ts';
import type { Named, Parameter } from '../../nn/parameters.ts';
import type {
  StepDefinition,
  StepResult,
  StepScalars,
  TrainingState,
  TrainingStep,
  Values,
} from './engine.ts';
import { createState, fillState, optimizerGroups, partsOf } from './layout.ts';
import { type UpdateScalars, updateScalars } from './optimizer.ts';
import { keys, type Phase } from './stepFunction.ts';

/** A device that keeps the tensors of a step: GPU buffers, or the tensors of a tfjs backend. */
export interface ResidentDevice<Handle> {
  /** Copies arrays (by their key in the step function) to the device. */
  upload(arrays: Named<Float32Array>): Promise<Map<string, Handle>>;
  /** Copies tensors back into fresh arrays. */
  download(handles: ReadonlyMap<string, Handle>): Promise<Named<Float32Array>>;
  /**
   * Runs one phase of the step. What comes back under a key of `state` is its new value; the report is
   * [loss, gradient norm, ...metrics].
   */
  run(
    phase: Phase,
    state: ReadonlyMap<string, Handle>,
    inputs: Named<InputArray>,
    scalars: UpdateScalars,
  ): Promise<{ state: ReadonlyMap<string, Handle>; report: Float32Array; metricNames: readonly string[] }>;
  release(handle: Handle): void;
  dispose(): Promise<void>;
}

/** A training step whose whole state lives on a device; only the batch goes in and a few numbers come out. */
export class ResidentStep<Handle> implements TrainingStep {
  private readonly state = new Map<string, Handle>();
  private updates = 0;
  private accumulated = 0;

  constructor(
    private readonly definition: StepDefinition,
    private readonly device: ResidentDevice<Handle>,
  ) {}

  async run(inputs: Named<InputArray>, scalars: StepScalars): Promise<StepResult> {
    requireState(this.state.size > 0);
    const { accumulate = 1, optimizer } = this.definition;
    const phase = this.accumulated + 1 < accumulate ? 'gather' : 'update';
    const numbers = updateScalars(optimizer, scalars, this.updates);
    const result = await this.device.run(phase, this.state, inputs, numbers);
    for (const [key, handle] of result.state) {
      const old = this.state.get(key);
      if (old === handle) continue;
      if (old !== undefined) this.device.release(old);
      this.state.set(key, handle);
    }
    if (phase === 'update') this.updates++;
    this.accumulated = phase === 'update' ? 0 : this.accumulated + 1;
    const [loss, gradientNorm, ...metrics] = result.report;
    return {
      loss: loss!,
      gradientNorm: gradientNorm!,
      metrics: Object.fromEntries(result.metricNames.map((name, i) => [name, metrics[i]!])),
    };
  }

  async readState(): Promise<TrainingState> {
    requireState(this.state.size > 0);
    const arrays = await this.device.download(this.state);
    const { weights, buffers, target, trained } = partsOf(this.definition);
    const pick = (parameters: readonly Parameter[], key: (name: string) => string): Values =>
      Object.fromEntries(parameters.map(({ name }) => [name, arrays[key(name)]!]));
    return {
      weights: pick(weights, keys.weights),
      buffers: pick(buffers, keys.buffers),
      target: pick(target, keys.target),
      optimizer: Object.fromEntries(
        optimizerGroups(this.definition).map((group) => [
          group,
          pick(trained, (name) => keys.optimizer(group, name)),
        ]),
      ),
      updates: this.updates,
      accumulated: this.accumulated,
    };
  }

  async writeState(source: TrainingState): Promise<void> {
    const state = createState(this.definition);
    fillState(state, source); // checks names and lengths
    const arrays: Named<Float32Array> = {};
    const put = (values: Values, key: (name: string) => string): void => {
      for (const [name, array] of Object.entries(values)) arrays[key(name)] = array;
    };
    put(state.weights.values, keys.weights);
    put(state.buffers.values, keys.buffers);
    put(state.target.values, keys.target);
    for (const [group, { values }] of Object.entries(state.optimizer))
      put(values, (name) => keys.optimizer(group, name));
    const uploaded = await this.device.upload(arrays);
    this.releaseAll();
    for (const [key, handle] of uploaded) this.state.set(key, handle);
    this.updates = state.updates;
    this.accumulated = state.accumulated;
  }

  async readWeights(): Promise<Values> {
    requireState(this.state.size > 0);
    const { weights, buffers } = partsOf(this.definition);
    const names = new Map<string, string>();
    for (const { name } of weights) names.set(keys.weights(name), name);
    for (const { name } of buffers) names.set(keys.buffers(name), name);
    const handles = new Map([...names.keys()].map((key) => [key, this.state.get(key)!]));
    const arrays = await this.device.download(handles);
    return Object.fromEntries([...names].map(([key, name]) => [name, arrays[key]!]));
  }

  async dispose(): Promise<void> {
    this.releaseAll();
    await this.device.dispose();
  }

  private releaseAll(): void {
    for (const handle of this.state.values()) this.device.release(handle);
    this.state.clear();
  }
}

/** A step without start values would train zeros in silence. */
export function requireState(present: boolean): void {
  if (!present)
    throw new Error('The training step has no state yet: call writeState(initialState(...)) first.');
}
