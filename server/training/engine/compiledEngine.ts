import type { TensorSpec } from '../../methods/method.ts';
import type { Named } from '../../nn/parameters.ts';
import { compileProgram } from './compiled.ts';
import { CompiledStep } from './compiledStep.ts';
import type { Engine, Program, PureFunction, StepDefinition, TrainingStep } from './engine.ts';
import { ResidentStep } from './residentStep.ts';
import { defaultThreads, loadRuntime, type RuntimeOptions } from './runtime.ts';
import { WebgpuDevice } from './webgpuDevice.ts';

/** Runs pure functions as ONNX graphs, traced once for their shapes. */
export class CompiledEngine implements Engine {
  private readonly options: RuntimeOptions;

  constructor(
    readonly device: 'cpu' | 'webgpu',
    readonly description: string,
    options: Omit<RuntimeOptions, 'target'> = {},
  ) {
    this.options = { ...options, target: device };
  }

  program(fn: PureFunction, inputs: Named<TensorSpec>): Promise<Program> {
    return compileProgram(fn, inputs, this.options);
  }

  async training(definition: StepDefinition): Promise<TrainingStep> {
    if (this.device === 'cpu') return CompiledStep.create(definition, this.options);
    return new ResidentStep(definition, await WebgpuDevice.create(definition, this.options));
  }

  async dispose(): Promise<void> {}
}

/** @throws where ONNX Runtime has no binary for this machine */
export async function openCpu(options: { threads?: number } = {}): Promise<CompiledEngine> {
  await loadRuntime();
  const threads = options.threads ?? defaultThreads();
  const description = `ONNX Runtime on the CPU, ${threads} thread${threads === 1 ? '' : 's'}`;
  return new CompiledEngine('cpu', description, { threads });
}

/** @param adapter name of the graphics adapter, for the description */
export async function openWebgpu(adapter?: string): Promise<CompiledEngine> {
  await loadRuntime();
  const description = `ONNX Runtime WebGPU${adapter === undefined ? '' : ` on ${adapter}`}`;
  return new CompiledEngine('webgpu', description);
}
