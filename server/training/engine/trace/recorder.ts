import type { Named } from '../../../nn/parameters.ts';
import * as tf from '../../../nn/tf.ts';
import type { Kernel, KernelTensors } from '../onnx/kernel.ts';
import type { ConstantValues, ElementType, Graph, GraphNode, TensorType } from './graph.ts';
import { elementCount } from './graph.ts';
import { traceError } from './traceError.ts';

/** Collects one trace: every tensor gets a number in order of its birth. */
export class Recorder {
  readonly tensors: TensorType[] = [];
  readonly constants = new Map<number, ConstantValues>();
  readonly nodes: GraphNode[] = [];
  readonly inputs: Named<number> = {};
  /** Set by an asynchronous read, whose rejection nobody would see. */
  failure: Error | undefined;
  /** Call sites by tensor, only while looking for the cause of a problem. */
  readonly births: Map<number, Error> | undefined;
  private readonly numbers = new WeakMap<object, number>();

  constructor(findCauses: boolean) {
    this.births = findCauses ? new Map() : undefined;
  }

  input(name: string, dataId: object, type: TensorType): void {
    this.inputs[name] = this.tensor(dataId, type);
  }

  constant(dataId: object, values: ConstantValues, type: TensorType): void {
    this.constants.set(this.tensor(dataId, type), values);
  }

  /** Records a kernel call and returns its outputs as TensorFlow.js wants them. */
  call(
    name: string,
    kernel: Kernel,
    inputs: tf.NamedTensorInfoMap,
    attributes: tf.NamedAttrMap,
  ): tf.TensorInfo[] {
    const arguments_: Named<number> = {};
    const types: KernelTensors = {};
    for (const [argument, info] of Object.entries(inputs)) {
      if (info === undefined || info === null) continue;
      arguments_[argument] = this.numberOf(info);
      types[argument] = { shape: info.shape, dtype: info.dtype as ElementType };
    }
    const outputs = kernel.infer(types, attributes).map((type) => {
      const dataId = {};
      return {
        number: this.tensor(dataId, type),
        info: { dataId, shape: [...type.shape], dtype: type.dtype },
      };
    });
    this.nodes.push({
      kernel: name,
      attributes: attributes ?? {},
      inputs: arguments_,
      outputs: outputs.map((output) => output.number),
    });
    return outputs.map((output) => output.info);
  }

  finish(outputs: Named<tf.Tensor>): Graph {
    const numbers: Named<number> = {};
    for (const [name, tensor] of Object.entries(outputs)) numbers[name] = this.numberOf(tensor);
    return {
      tensors: this.tensors,
      inputs: this.inputs,
      constants: this.constants,
      nodes: this.nodes,
      outputs: numbers,
    };
  }

  /** A tensor's number; a tensor made before the trace is copied in as a constant and stays where it is. */
  private numberOf(info: tf.TensorInfo): number {
    const known = this.numbers.get(info.dataId);
    if (known !== undefined) return known;
    const owner = tf.engine().state.tensorInfo.get(info.dataId)?.backend;
    const type: TensorType = { shape: info.shape, dtype: info.dtype as ElementType };
    if (owner === undefined) {
      throw traceError(
        'A tensor that no longer exists is used',
        new Error(),
        'It was disposed, or made by an earlier trace.',
      );
    }
    const values = owner.readSync(info.dataId);
    this.constant(info.dataId, toConstant(values, type), type);
    return this.numbers.get(info.dataId)!;
  }

  private tensor(dataId: object, type: TensorType): number {
    const number = this.tensors.push({ shape: [...type.shape], dtype: type.dtype }) - 1;
    this.numbers.set(dataId, number);
    this.births?.set(number, new Error());
    return number;
  }
}

/** Copies values into the array type of their element type. */
export function toConstant(values: tf.backend_util.BackendValues | null, type: TensorType): ConstantValues {
  const count = elementCount(type.shape);
  const Values = type.dtype === 'float32' ? Float32Array : type.dtype === 'int32' ? Int32Array : Uint8Array;
  if (type.dtype !== 'float32' && type.dtype !== 'int32' && type.dtype !== 'bool') {
    throw traceError(
      `A ${type.dtype as string} tensor cannot be compiled`,
      new Error(),
      'Use float32, int32 or bool.',
    );
  }
  if (values === null) return new Values(count);
  return Values.from(values as Float32Array);
}
