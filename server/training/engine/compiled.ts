import type * as ort from 'onnxruntime-node';
import type { InputArray, TensorSpec } from '../../methods/method.ts';
import type { Named } from '../../nn/parameters.ts';
import type { Program, PureFunction } from './engine.ts';
import { type LoweredGraph, lower } from './onnx/lower.ts';
import { createSession, loadRuntime, type RuntimeOptions, toTensor } from './runtime.ts';
import type { ConstantValues, Graph } from './trace/graph.ts';
import { trace } from './trace/trace.ts';
import { Transfer } from './transfer.ts';

export interface CompileOptions extends RuntimeOptions {
  /** WebGPU: outputs that stay in GPU buffers, to be fed to the next run. The caller disposes them. */
  readonly deviceOutputs?: readonly string[];
}

/** Traces a pure function, translates it to ONNX and prepares it to run. */
export async function compile(
  fn: PureFunction,
  inputs: Named<TensorSpec>,
  options: CompileOptions,
): Promise<CompiledFunction> {
  const graph = trace(fn, inputs);
  const lowered = lower(graph, options.target);
  const onDevice = (options.deviceOutputs ?? []).flatMap((name) => lowered.outputs[name] ?? []);
  const empty = Object.keys(lowered.outputs).length === 0;
  const session = empty ? undefined : await createSession(lowered.bytes, options, onDevice);
  return new CompiledFunction(await loadRuntime(), session, graph, lowered);
}

/** A function ready to run on tensors of fixed shapes. */
export class CompiledFunction {
  /** Shapes and types of all inputs and outputs. */
  readonly inputs: Named<TensorSpec>;
  readonly outputs: Named<TensorSpec>;
  /** Names of the inputs that change the result; the others need not be passed. */
  readonly usedInputs: readonly string[];
  readonly nodeCount: number;

  constructor(
    private readonly runtime: typeof ort,
    private readonly session: ort.InferenceSession | undefined,
    graph: Graph,
    private readonly lowered: LoweredGraph,
  ) {
    this.inputs = specsOf(graph, graph.inputs);
    this.outputs = specsOf(graph, graph.outputs);
    this.usedInputs = lowered.inputs;
    this.nodeCount = lowered.nodeCount;
  }

  /** A tensor for one of the inputs, over the same memory. */
  tensor(input: string, values: InputArray): ort.Tensor {
    const spec = this.inputs[input];
    if (spec === undefined)
      throw new Error(`There is no input ${input}; the inputs are ${Object.keys(this.inputs)}.`);
    return toTensor(this.runtime, input, spec, values);
  }

  /** Runs once. Feeds that the function does not use are ignored; the outputs are new tensors. */
  async run(feeds: ReadonlyMap<string, ort.Tensor>): Promise<Map<string, ort.Tensor>> {
    const results = new Map<string, ort.Tensor>();
    for (const [name, values] of Object.entries(this.lowered.constants)) {
      results.set(name, toTensor(this.runtime, name, this.outputs[name]!, copyOf(values)));
    }
    if (this.session === undefined) return results;
    const used: Record<string, ort.Tensor> = {};
    for (const name of this.usedInputs) {
      const feed = feeds.get(name);
      if (feed === undefined) throw new Error(`Input ${name} is missing.`);
      used[`in:${name}`] = feed;
    }
    const outputs = await this.session.run(used);
    for (const [name, own] of Object.entries(this.lowered.outputs)) results.set(name, outputs[own]!);
    return results;
  }

  async dispose(): Promise<void> {
    await this.session?.release();
  }
}

/** A compiled function as a program: arrays in, arrays out, some of the inputs bound beforehand. */
export async function compileProgram(
  fn: PureFunction,
  inputs: Named<TensorSpec>,
  options: RuntimeOptions,
): Promise<Program> {
  const compiled = await compile(fn, inputs, options);
  return new CompiledProgram(compiled, options);
}

class CompiledProgram implements Program {
  private readonly bound = new Map<string, ort.Tensor>();
  private transfer: Transfer | undefined;
  private transferNames = '';

  constructor(
    private readonly compiled: CompiledFunction,
    private readonly options: RuntimeOptions,
  ) {}

  async bind(inputs: Named<InputArray>): Promise<void> {
    const used = Object.keys(inputs).filter((name) => this.compiled.usedInputs.includes(name));
    if (this.options.target === 'cpu') {
      for (const name of used) this.bound.set(name, this.compiled.tensor(name, inputs[name]!));
      return;
    }
    const names = used.join();
    if (this.transfer === undefined || this.transferNames !== names) {
      await this.transfer?.dispose();
      const specs = Object.fromEntries(used.map((name) => [name, this.compiled.inputs[name]!]));
      this.transfer = new Transfer(specs, this.options);
      this.transferNames = names;
    }
    for (const [name, tensor] of await this.transfer.upload(inputs)) {
      this.bound.get(name)?.dispose();
      this.bound.set(name, tensor);
    }
  }

  async run(inputs: Named<InputArray>): Promise<Named<InputArray>> {
    const feeds = new Map(this.bound);
    for (const [name, values] of Object.entries(inputs)) feeds.set(name, this.compiled.tensor(name, values));
    const outputs: Named<InputArray> = {};
    for (const [name, tensor] of await this.compiled.run(feeds)) outputs[name] = tensor.data as InputArray;
    return outputs;
  }

  async dispose(): Promise<void> {
    if (this.options.target === 'webgpu') for (const tensor of this.bound.values()) tensor.dispose();
    this.bound.clear();
    await this.transfer?.dispose();
    await this.compiled.dispose();
  }
}

function specsOf(graph: Graph, names: Named<number>): Named<TensorSpec> {
  return Object.fromEntries(
    Object.entries(names).map(([name, tensor]) => {
      const { shape, dtype } = graph.tensors[tensor]!;
      return [name, { shape, dtype: dtype === 'float32' ? dtype : 'int32' }];
    }),
  );
}

function copyOf(values: ConstantValues): InputArray {
  return values instanceof Float32Array ? values.slice() : Int32Array.from(values);
}
