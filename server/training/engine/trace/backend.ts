import * as tf from '../../../nn/tf.ts';
import { kernels } from '../onnx/kernels/index.ts';
import { type ElementType, elementCount } from './graph.ts';
import { type Recorder, toConstant } from './recorder.ts';
import { traceError } from './traceError.ts';

export const traceBackendName = 'selfsup-trace';

/** A tfjs backend that computes nothing: it writes down what it is asked to compute. */
class TraceBackend extends tf.KernelBackend {
  /** Set while a function is being traced. */
  recorder: Recorder | undefined;

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    const type = { shape, dtype: dtype as ElementType };
    this.active().constant(dataId, toConstant(values, type), type);
    return dataId;
  }

  override readSync(_dataId: object): never {
    throw this.readError();
  }

  override read(_dataId: object): Promise<never> {
    const error = this.readError();
    if (this.recorder !== undefined) this.recorder.failure ??= error;
    return new Promise(() => {}); // a rejection would end the process: nobody awaits it
  }

  override move(): never {
    throw traceError(
      'A tensor is moved into a traced function',
      new Error(),
      'Tensors from outside are copied as constants.',
    );
  }

  override disposeData(_dataId: object): boolean {
    return true;
  }
  override refCount(_dataId: object): number {
    return 1;
  }
  override incRef(_dataId: object): void {}
  override numDataIds(): number {
    return 0;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override timerAvailable(): boolean {
    return false;
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override dispose(): void {}

  active(): Recorder {
    if (this.recorder === undefined)
      throw new Error('A tensor of a traced function is used after the trace.');
    return this.recorder;
  }

  private readError(): Error {
    return traceError(
      'A value is read inside a compiled function',
      new Error(),
      'There are no values yet while it is compiled: return the tensor as an output, or pass the value as an input.',
    );
  }
}

let backend: TraceBackend | undefined;

/** The backend, registered together with its kernels on first use. */
function traceBackend(): TraceBackend {
  if (backend !== undefined) return backend;
  const created = new TraceBackend();
  tf.registerBackend(traceBackendName, () => created, 0);
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName: traceBackendName,
      kernelFunc: ({ inputs, attrs }) => {
        const outputs = created.active().call(kernelName, kernel, inputs, attrs ?? {});
        return kernel.returnsList === true ? outputs : outputs[0]!;
      },
    });
  }
  backend = created;
  return created;
}

/** Runs `body` with everything it computes going to `recorder`; the backend used before is active again afterwards. */
export function recording<T>(recorder: Recorder, body: () => T): T {
  const active = traceBackend();
  if (active.recorder !== undefined) throw new Error('A function cannot be compiled inside another one.');
  const before = tf.engine().backendName;
  const limit = Error.stackTraceLimit;
  active.recorder = recorder;
  Error.stackTraceLimit = 200; // autodiff stacks are deep, and the model's line lies at their far end
  try {
    void tf.setBackend(traceBackendName); // synchronous for a backend whose factory is
    return body();
  } finally {
    Error.stackTraceLimit = limit;
    active.recorder = undefined;
    restoreBackend(before);
  }
}

function restoreBackend(name: string | undefined): void {
  if (name !== undefined && name !== traceBackendName) {
    void tf.setBackend(name);
    return;
  }
  const other = Object.keys(tf.engine().registryFactory).find((candidate) => candidate !== traceBackendName);
  if (other !== undefined) void tf.setBackend(other);
}

/** Tensor of `shape` that stands for an input. */
export function placeholder(
  recorder: Recorder,
  name: string,
  shape: readonly number[],
  dtype: 'float32' | 'int32',
): tf.Tensor {
  if (elementCount(shape) === 0) throw new Error(`Input ${name} has no elements: [${shape.join(', ')}].`);
  const dataId = {};
  recorder.input(name, dataId, { shape, dtype });
  const active = traceBackend();
  return tf.engine().makeTensorFromDataId(dataId, [...shape], dtype, active);
}
