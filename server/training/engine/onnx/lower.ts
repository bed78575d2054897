import type { Named } from '../../../nn/parameters.ts';
import type { ConstantValues, Graph } from '../trace/graph.ts';
import { elementCount } from '../trace/graph.ts';
import { Builder, type Target, type Value } from './builder.ts';
import type { Call } from './kernel.ts';
import { kernels } from './kernels/index.ts';
import { dense, filled, isDense, type Operand, operand, uniform } from './operand.ts';
import * as ops from './ops.ts';

/** An ONNX model and how its outputs are found. */
export interface LoweredGraph {
  readonly bytes: Uint8Array;
  /** The inputs that the outputs depend on. */
  readonly inputs: readonly string[];
  /** Output name -> name in the model. */
  readonly outputs: Named<string>;
  /** Outputs that do not depend on any input. */
  readonly constants: Named<ConstantValues>;
  readonly nodeCount: number;
}

/** Translates a traced graph to ONNX (opset 20 and com.microsoft). */
export function lower(graph: Graph, target: Target): LoweredGraph {
  const b = new Builder(target);
  const operands = new Map<number, Operand>();
  const inputNames = new Set<string>();
  for (const [name, tensor] of Object.entries(graph.inputs)) {
    const { shape, dtype } = graph.tensors[tensor]!;
    operands.set(tensor, operand(b.input(`in:${name}`, dtype, shape)));
    inputNames.add(`in:${name}`);
  }
  for (const [tensor, values] of graph.constants) {
    const { shape, dtype } = graph.tensors[tensor]!;
    const whole = operand(b.constant(dtype, shape, values));
    const number = uniform(whole);
    operands.set(tensor, number === undefined ? whole : filled(b, shape, number, dtype));
  }
  for (const node of graph.nodes) {
    const list = Object.values(node.inputs).map((tensor) => operands.get(tensor)!);
    const optional = (name: string): Operand | undefined => {
      const tensor = node.inputs[name];
      return tensor === undefined ? undefined : operands.get(tensor);
    };
    const call: Call<unknown> = {
      b,
      attributes: node.attributes,
      input: (name) => optional(name)!,
      optional,
      list,
      node,
      outputs: node.outputs.map((tensor) => graph.tensors[tensor]!),
    };
    const results = kernels[node.kernel]!.lower(call);
    for (const [i, result] of (Array.isArray(results) ? results : [results]).entries()) {
      operands.set(node.outputs[i]!, result);
    }
  }
  return finish(b, graph, operands, inputNames);
}

function finish(
  b: Builder,
  graph: Graph,
  operands: ReadonlyMap<number, Operand>,
  inputNames: ReadonlySet<string>,
): LoweredGraph {
  const outputs: Named<string> = {};
  const constants: Named<ConstantValues> = {};
  const values: Value[] = [];
  for (const [name, tensor] of Object.entries(graph.outputs)) {
    const result = operands.get(tensor)!;
    const known = constantOutput(result);
    if (known !== undefined) {
      constants[name] = known;
      continue;
    }
    const whole = dense(b, result);
    const number = whole.type === 'bool' ? ops.cast(b, whole, 'int32') : whole;
    // Every output is a tensor of its own, so that each can be kept and disposed alone.
    const own = inputNames.has(number.name) || values.includes(number) ? b.copy(number) : number;
    outputs[name] = own.name;
    values.push(own);
  }
  const encoded = b.encode(values);
  return {
    bytes: encoded.bytes,
    inputs: encoded.inputs.map((name) => name.slice('in:'.length)),
    outputs,
    constants,
    nodeCount: encoded.nodeCount,
  };
}

function constantOutput(x: Operand): ConstantValues | undefined {
  const number = uniform(x);
  const Values = x.value.type === 'float32' ? Float32Array : Int32Array;
  if (number !== undefined) return new Values(elementCount(x.shape)).fill(number);
  if (x.value.constant === undefined || !isDense(x)) return undefined;
  return Values.from(x.value.constant as ArrayLike<number>);
}
