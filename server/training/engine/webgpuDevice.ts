import type * as ort from 'onnxruntime-node';
import type { InputArray, TensorSpec } from '../../methods/method.ts';
import type { Named } from '../../nn/parameters.ts';
import { type CompiledFunction, compile } from './compiled.ts';
import type { StepDefinition } from './engine.ts';
import { type UpdateScalars, updateScalarNames } from './optimizer.ts';
import type { ResidentDevice } from './residentStep.ts';
import { loadRuntime, type RuntimeOptions } from './runtime.ts';
import { keys, type Phase, stepFunction } from './stepFunction.ts';
import { Transfer } from './transfer.ts';

interface CompiledPhase {
  readonly compiled: CompiledFunction;
  readonly metricNames: readonly string[];
}

/** The whole step, optimizer included, as compiled graphs over GPU buffers. */
export class WebgpuDevice implements ResidentDevice<ort.Tensor> {
  /** One model per set of tensors that is moved: the whole state, or the weights that are evaluated. */
  private readonly transfers = new Map<string, Transfer>();

  private constructor(
    private readonly runtime: typeof ort,
    private readonly options: RuntimeOptions,
    private readonly specs: Named<TensorSpec>,
    private readonly inputNames: readonly string[],
    private readonly phases: Readonly<Partial<Record<Phase, CompiledPhase>>>,
  ) {}

  static async create(definition: StepDefinition, options: RuntimeOptions): Promise<WebgpuDevice> {
    const compilePhase = async (phase: Phase): Promise<CompiledPhase> => {
      const { fn, inputs, metricNames } = stepFunction(definition, phase);
      const deviceOutputs = Object.keys(inputs).filter(isState);
      return {
        compiled: await compile(fn, inputs, { ...options, deviceOutputs }),
        metricNames: metricNames(),
      };
    };
    const update = await compilePhase('update');
    const phases =
      (definition.accumulate ?? 1) > 1 ? { update, gather: await compilePhase('gather') } : { update };
    const specs = stepFunction(definition, 'update').inputs;
    return new WebgpuDevice(await loadRuntime(), options, specs, Object.keys(definition.inputs), phases);
  }

  upload(arrays: Named<Float32Array>): Promise<Map<string, ort.Tensor>> {
    return this.transfer(Object.keys(arrays)).upload(arrays);
  }

  async download(handles: ReadonlyMap<string, ort.Tensor>): Promise<Named<Float32Array>> {
    return (await this.transfer([...handles.keys()]).download(handles)) as Named<Float32Array>;
  }

  async run(
    phase: Phase,
    state: ReadonlyMap<string, ort.Tensor>,
    inputs: Named<InputArray>,
    scalars: UpdateScalars,
  ) {
    const { compiled, metricNames } = this.phases[phase]!;
    const feeds = new Map(state);
    for (const name of this.inputNames) {
      const values = inputs[name];
      if (values === undefined) throw new Error(`Input ${name} is missing.`);
      feeds.set(keys.inputs(name), compiled.tensor(keys.inputs(name), values));
    }
    for (const name of updateScalarNames)
      feeds.set(keys.scalars(name), new this.runtime.Tensor('float32', Float32Array.of(scalars[name]), []));
    const outputs = await compiled.run(feeds);
    const report = outputs.get('report')!.data as Float32Array;
    outputs.delete('report');
    return { state: outputs, report, metricNames };
  }

  release(handle: ort.Tensor): void {
    handle.dispose();
  }

  async dispose(): Promise<void> {
    for (const transfer of this.transfers.values()) await transfer.dispose();
    for (const phase of Object.values(this.phases)) await phase.compiled.dispose();
  }

  private transfer(names: readonly string[]): Transfer {
    const key = names.join();
    let transfer = this.transfers.get(key);
    if (transfer === undefined) {
      const specs = Object.fromEntries(names.map((name) => [name, this.specs[name]!]));
      transfer = new Transfer(specs, this.options);
      this.transfers.set(key, transfer);
    }
    return transfer;
  }
}

/** State stays on the device; the batch and the scalars come with each call. */
function isState(key: string): boolean {
  return !key.startsWith(keys.inputs('')) && !key.startsWith(keys.scalars(''));
}
