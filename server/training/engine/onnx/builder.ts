import { createHash } from 'node:crypto';
import { onnx } from 'onnx-proto';
import { elementCount } from '../trace/graph.ts';

/** Where the graph will run: what is fast and what exists differs. `portable`: anywhere, standard operators only. */
export type Target = 'cpu' | 'webgpu' | 'portable';

export type OnnxType = 'float32' | 'int32' | 'int64' | 'bool';
type ConstantData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** One tensor of the ONNX graph. Equal computations share one value. */
export interface Value {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  /** Known while the graph is built. */
  readonly constant?: ConstantData;
  /** The node that makes it: rewrites look one step back. */
  readonly origin?: {
    readonly op: string;
    readonly inputs: readonly Value[];
    readonly attributes: Attributes;
  };
}

/** An attribute: whole numbers and lists of them are ints; floats say so. */
export type Attribute = number | readonly number[] | string | { readonly float: number };
export type Attributes = Readonly<Record<string, Attribute>>;

interface Node {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
}

export interface OutputType {
  readonly shape: readonly number[];
  readonly type: OnnxType;
}

const dataType = onnx.TensorProto.DataType;
const typeNumber = {
  float32: dataType.FLOAT,
  int32: dataType.INT32,
  int64: dataType.INT64,
  bool: dataType.BOOL,
};
const microsoft = 'com.microsoft';

/**
 * An ONNX graph under construction. Nodes are kept in order, a node that was already there is not made twice, and
 * `encode` writes only what the outputs need.
 */
export class Builder {
  private readonly nodes: Node[] = [];
  private readonly known = new Map<string, readonly Value[]>();
  private readonly constants = new Map<string, Value>();
  private readonly inputs: Value[] = [];
  private count = 0;

  constructor(readonly target: Target) {}

  input(name: string, type: OnnxType, shape: readonly number[]): Value {
    const value = { name, type, shape };
    this.inputs.push(value);
    return value;
  }

  constant(type: OnnxType, shape: readonly number[], data: ConstantData): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${type}[${shape}]${bytes.length <= 64 ? bytes.join() : createHash('sha1').update(bytes).digest('hex')}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const value = { name: `c${this.constants.size}`, type, shape, constant: data };
    this.constants.set(key, value);
    return value;
  }

  scalar(value: number, type: OnnxType = 'float32'): Value {
    return this.constant(type, [], typed(type, [value]));
  }

  floats(shape: readonly number[], values: ArrayLike<number>): Value {
    return this.constant('float32', shape, Float32Array.from(values));
  }

  int32s(values: ArrayLike<number>): Value {
    return this.constant('int32', [values.length], Int32Array.from(values));
  }

  /** A list of axes, sizes or indices, which ONNX takes as 64-bit integers. */
  int64s(values: readonly number[]): Value {
    return this.constant('int64', [values.length], BigInt64Array.from(values.map(BigInt)));
  }

  /** Adds a node with one output; `op` may carry the prefix `com.microsoft:`. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    type: OnnxType,
    shape: readonly number[],
    attributes: Attributes = {},
  ): Value {
    return this.multi(op, inputs, [{ type, shape }], attributes)[0]!;
  }

  /** Adds a node with several outputs. */
  multi(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputTypes: readonly OutputType[],
    attributes: Attributes = {},
  ): readonly Value[] {
    const key = `${op}(${inputs.map((input) => input?.name ?? '').join()})${JSON.stringify(attributes)}${outputTypes.length}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const colon = op.indexOf(':');
    const origin = { op, inputs: inputs.filter((input) => input !== undefined), attributes };
    const outputs = outputTypes.map(({ type, shape }) => ({ name: `v${this.count++}`, type, shape, origin }));
    this.nodes.push({
      op: colon < 0 ? op : op.slice(colon + 1),
      domain: colon < 0 ? '' : op.slice(0, colon),
      inputs,
      attributes,
      outputs,
    });
    this.known.set(key, outputs);
    return outputs;
  }

  /** A copy under a name of its own, for outputs that would otherwise share a tensor or be an input. */
  copy(value: Value): Value {
    const output = { name: `v${this.count++}`, type: value.type, shape: value.shape };
    this.nodes.push({ op: 'Identity', domain: '', inputs: [value], attributes: {}, outputs: [output] });
    return output;
  }

  /**
   * The model that computes `outputs`, and the inputs that it needs for that.
   * @param names what outputs are called in the model, by the names of their values, where that differs.
   */
  encode(
    outputs: readonly Value[],
    names: ReadonlyMap<string, string> = new Map(),
  ): { bytes: Uint8Array; inputs: string[]; nodeCount: number } {
    const needed = new Set(outputs.map((value) => value.name));
    const nodes: Node[] = [];
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const node = this.nodes[i]!;
      if (!node.outputs.some((value) => needed.has(value.name))) continue;
      nodes.push(node);
      for (const input of node.inputs) if (input !== undefined) needed.add(input.name);
    }
    nodes.reverse();
    const inputs = this.inputs.filter((value) => needed.has(value.name));
    const model = new onnx.ModelProto({
      irVersion: 9,
      producerName: 'selfsup',
      opsetImport: [
        { domain: '', version: 20 },
        { domain: microsoft, version: 1 },
      ],
      graph: {
        name: 'selfsup',
        node: nodes.map((node) => encodeNode(node, needed, names)),
        initializer: [...this.constants.values()]
          .filter((value) => needed.has(value.name))
          .map(encodeConstant),
        input: inputs.map(encodeType),
        output: outputs.map((value) => encodeType({ ...value, name: names.get(value.name) ?? value.name })),
      },
    });
    return {
      bytes: onnx.ModelProto.encode(model).finish(),
      inputs: inputs.map((value) => value.name),
      nodeCount: nodes.length,
    };
  }
}

export function typed(type: OnnxType, values: readonly number[]): ConstantData {
  if (type === 'float32') return Float32Array.from(values);
  if (type === 'int32') return Int32Array.from(values);
  return type === 'bool' ? Uint8Array.from(values) : BigInt64Array.from(values.map((value) => BigInt(value)));
}

/** The number that every element of a constant has, if there is one. */
export function uniformValue(value: Value): number | undefined {
  const data = value.constant;
  if (data === undefined || elementCount(value.shape) === 0) return undefined;
  const first = data[0]!;
  for (let i = 1; i < data.length; i++) if (!Object.is(data[i], first)) return undefined;
  return Number(first);
}

function encodeNode(
  node: Node,
  needed: ReadonlySet<string>,
  names: ReadonlyMap<string, string>,
): onnx.INodeProto {
  // Outputs that nobody needs are left out, but never a part of a Split: ONNX Runtime crashes on the missing one.
  const kept = (value: Value): boolean => node.op === 'Split' || needed.has(value.name);
  const outputs = node.outputs.map((value) => (kept(value) ? (names.get(value.name) ?? value.name) : ''));
  while (outputs.at(-1) === '') outputs.pop();
  return {
    opType: node.op,
    domain: node.domain,
    input: node.inputs.map((value) => value?.name ?? ''),
    output: outputs,
    attribute: Object.entries(node.attributes).map(([name, attribute]) => encodeAttribute(name, attribute)),
  };
}

function encodeAttribute(name: string, attribute: Attribute): onnx.IAttributeProto {
  const kind = onnx.AttributeProto.AttributeType;
  if (typeof attribute === 'number') return { name, type: kind.INT, i: attribute };
  if (typeof attribute === 'string')
    return { name, type: kind.STRING, s: new TextEncoder().encode(attribute) };
  if ('float' in attribute) return { name, type: kind.FLOAT, f: attribute.float };
  return { name, type: kind.INTS, ints: [...attribute] };
}

function encodeConstant(value: Value): onnx.ITensorProto {
  const data = value.constant!;
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name: value.name, dataType: typeNumber[value.type], dims: [...value.shape], rawData };
}

function encodeType(value: Value): onnx.IValueInfoProto {
  const dim = value.shape.map((size) => ({ dimValue: size }));
  return { name: value.name, type: { tensorType: { elemType: typeNumber[value.type], shape: { dim } } } };
}
