import { availableParallelism } from 'node:os';
import type * as ort from 'onnxruntime-node';
import type { InputArray, TensorSpec } from '../../methods/method.ts';
import type { Target } from './onnx/builder.ts';

/** How a compiled function runs. */
export interface RuntimeOptions {
  readonly target: Target;
  /** CPU threads; default: all cores. */
  readonly threads?: number;
  /**
   * Lets idle threads wait in a loop: faster on an otherwise idle machine, wasteful on a busy one. Default true.
   */
  readonly spin?: boolean;
  /** Writes a profile with this path prefix when the function is disposed. */
  readonly profile?: string;
}

type OnnxRuntime = typeof ort;
let loaded: OnnxRuntime | undefined;

/** ONNX Runtime, loaded on first use. Throws with what to do where it has no binary. */
export async function loadRuntime(): Promise<OnnxRuntime> {
  if (loaded !== undefined) return loaded;
  // Nothing that a user trains on may be told to anybody: since 1.29 ONNX Runtime reports each session to its makers on
  // Linux and macOS (https://github.com/microsoft/onnxruntime/pull/27379), unless this is set before it is loaded.
  process.env.ORT_DISABLE_TELEMETRY = '1';
  try {
    const module = (await import('onnxruntime-node')) as OnnxRuntime & { default?: OnnxRuntime };
    loaded = module.default ?? module;
  } catch (error) {
    const platform = `${process.platform}-${process.arch}`;
    throw new Error(
      `ONNX Runtime cannot be loaded on ${platform}: ${(error as Error).message.split('\n')[0]}. ` +
        'Expected one of its binaries (Windows and Linux x64/arm64, macOS arm64). ' +
        'Use `device: reference` (slow), or `device: tensorflow` where it is installed.',
      { cause: error },
    );
  }
  return loaded;
}

/** Threads that `threads: undefined` means. */
export function defaultThreads(): number {
  return availableParallelism();
}

/** Makes a session; `onDevice` names the outputs that stay in GPU buffers. */
export async function createSession(
  model: Uint8Array,
  options: RuntimeOptions,
  onDevice: readonly string[] = [],
): Promise<ort.InferenceSession> {
  const { InferenceSession } = await loadRuntime();
  const locations = Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer' as const]));
  return InferenceSession.create(model, {
    executionProviders: [options.target === 'webgpu' ? 'webgpu' : 'cpu'],
    intraOpNumThreads: options.threads ?? defaultThreads(),
    executionMode: 'sequential',
    enableMemPattern: false, // nearly halves the memory at the same speed
    logSeverityLevel: 3, // errors only
    ...(onDevice.length > 0 ? { preferredOutputLocation: locations } : {}),
    ...(options.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: options.profile }),
    extra: { session: { intra_op: { allow_spinning: (options.spin ?? true) ? '1' : '0' } } },
  });
}

/** Wraps an array as a tensor without copying. */
export function toTensor(
  runtime: OnnxRuntime,
  name: string,
  spec: TensorSpec,
  values: InputArray,
): ort.Tensor {
  const count = spec.shape.reduce((product, size) => product * size, 1);
  const expected = spec.dtype === 'float32' ? 'Float32Array' : 'Int32Array';
  if (values.length !== count || values.constructor.name !== expected) {
    const found = `${values.constructor.name} of length ${values.length}`;
    throw new Error(
      `Input ${name}: found a ${found}, expected a ${expected} of length ${count} ([${spec.shape}]).`,
    );
  }
  return new runtime.Tensor(spec.dtype, values, spec.shape);
}
