import { createHash } from 'node:crypto';
import { onnx } from 'onnx-proto';

/**
 * The engine lowers a graph for one batch size. Here the same graph, lowered for three, becomes one for any: where
 * the three differ, they must differ in whole numbers that grow with the batch (a Reshape's target, an Expand's
 * shape), and those are computed from the input instead.
 */
export interface Lowering {
  readonly batch: number;
  readonly model: onnx.ModelProto;
}

/** The lowerings differ in a way that no formula in the batch size explains; the message says where. */
export class BatchSizeError extends Error {
  override readonly name = 'BatchSizeError';
}

export interface NodesAndConstants {
  readonly nodes: onnx.INodeProto[];
  readonly constants: onnx.ITensorProto[];
}

type Triple<T> = readonly [T, T, T];
type Bytes = Uint8Array;

const int64 = onnx.TensorProto.DataType.INT64;
const attributeType = onnx.AttributeProto.AttributeType;

/**
 * Nodes and constants of the model for any batch size.
 * @param input the graph input whose first axis is the batch
 * @throws BatchSizeError when the three graphs are not one graph
 */
export function anyBatchSize(lowerings: Triple<Lowering>, input: string): NodesAndConstants {
  const graphs = lowerings.map(({ model }) => model.graph!);
  const [first, ...others] = graphs.map((graph) => graph.node!) as [onnx.INodeProto[], onnx.INodeProto[]];
  if (others.some((nodes) => nodes.length !== first.length))
    throw new BatchSizeError('the number of operations depends on the batch size');
  const initializers = graphs.map((graph) => new Map(graph.initializer!.map((c) => [c.name!, c])));
  const batches = lowerings.map(({ batch }) => batch) as unknown as Triple<number>;
  const result = new Generalised(batches, input);
  first.forEach((node, i) => {
    const same = [node, ...others.map((nodes) => nodes[i]!)];
    requireSameNode(same);
    const inputs = node.input!.map((_, position) => {
      const names = same.map((other) => other.input![position]!) as unknown as Triple<string>;
      const values = names.map((name, which) => initializers[which]!.get(name));
      if (values.every((value) => value === undefined)) {
        if (new Set(names).size > 1) throw differs(node, 'takes different inputs for different batch sizes');
        return names[0];
      }
      if (values.some((value) => value === undefined))
        throw differs(node, 'takes a constant for one batch size and a computed value for another');
      return result.constant(node, position, values as unknown as Triple<onnx.ITensorProto>);
    });
    result.nodes.push({ ...node, input: inputs });
  });
  return result;
}

class Generalised implements NodesAndConstants {
  readonly nodes: onnx.INodeProto[] = [];
  readonly constants: onnx.ITensorProto[] = [];
  private readonly names = new Map<string, string>();
  private computedCount = 0;

  constructor(
    private readonly batches: Triple<number>,
    private readonly input: string,
  ) {}

  /** Name of a constant, or of the node that computes what takes its place. */
  constant(node: onnx.INodeProto, position: number, values: Triple<onnx.ITensorProto>): string {
    const [a, b, c] = values;
    if (sameTensor(a, b) && sameTensor(a, c)) return this.stored(a.dataType!, dimsOf(a), a.rawData!);
    const lists = values.map((value) => integers(value));
    const [x, y, z] = lists;
    if (!x || !y || !z || x.length !== y.length || x.length !== z.length)
      throw differs(node, `has a constant (input ${position}) that depends on the batch size`);
    const [m, n, o] = this.batches;
    const slopes = x.map((value, i) => (y[i]! - value) / (n - m));
    const offsets = x.map((value, i) => value - slopes[i]! * m);
    const linear = slopes.every((slope, i) => Number.isInteger(slope) && slope * o + offsets[i]! === z[i]);
    if (!linear)
      throw differs(node, `has a constant (input ${position}) that does not grow evenly with the batch size`);
    // A Reshape works out one size by itself.
    const growing = slopes.filter((slope) => slope !== 0).length;
    const restIsKnown = offsets.every((offset, i) => (slopes[i] === 0 ? offset !== 0 : offset === 0));
    if (node.opType === 'Reshape' && growing === 1 && restIsKnown)
      return this.integers(slopes.map((slope, i) => (slope === 0 ? offsets[i]! : -1)));
    return this.affine(slopes, offsets);
  }

  /** slopes * batch + offsets, as nodes. */
  private affine(slopes: readonly number[], offsets: readonly number[]): string {
    const firstAxisOnly = [{ name: 'end', type: attributeType.INT, i: 1 }];
    const batch = this.computed('Shape', [this.input], firstAxisOnly);
    let result = batch;
    if (slopes.length > 1 || slopes[0] !== 1) result = this.computed('Mul', [batch, this.integers(slopes)]);
    if (offsets.some((offset) => offset !== 0))
      result = this.computed('Add', [result, this.integers(offsets)]);
    return result;
  }

  private computed(opType: string, input: string[], attribute: onnx.IAttributeProto[] = []): string {
    const key = `${opType}(${input})`;
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const output = `batchSize${this.computedCount++ || ''}`;
    this.nodes.push({ opType, input, output: [output], attribute });
    this.names.set(key, output);
    return output;
  }

  private integers(values: readonly number[]): string {
    const data = BigInt64Array.from(values.map(BigInt));
    return this.stored(int64, [values.length], new Uint8Array(data.buffer));
  }

  private stored(dataType: number, dims: readonly number[], rawData: Bytes): string {
    const key = `${dataType}[${dims}]${createHash('sha1').update(rawData).digest('hex')}`;
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const name = `constant${this.constants.length}`;
    this.constants.push({ name, dataType, dims: [...dims], rawData });
    this.names.set(key, name);
    return name;
  }
}

/** Operation, attributes and outputs must agree; the inputs are looked at one by one. */
function requireSameNode(nodes: readonly onnx.INodeProto[]): void {
  const [first, ...others] = nodes.map((node) =>
    Buffer.from(onnx.NodeProto.encode({ ...node, input: [] }).finish()),
  );
  const sizes = new Set(nodes.map((node) => node.input!.length));
  if (sizes.size === 1 && others.every((other) => other.equals(first!))) return;
  const kinds = [...new Set(nodes.map((node) => node.opType))];
  throw new BatchSizeError(
    kinds.length > 1
      ? `the graph has ${kinds.join(' or ')} in one place, depending on the batch size`
      : `${kinds[0]} (${nodes[0]!.output!.join(', ')}) is set differently for different batch sizes`,
  );
}

function sameTensor(a: onnx.ITensorProto, b: onnx.ITensorProto): boolean {
  return (
    a.dataType === b.dataType &&
    dimsOf(a).join() === dimsOf(b).join() &&
    Buffer.compare(a.rawData!, b.rawData!) === 0
  );
}

/** A list of 64-bit integers as numbers; undefined for anything else. */
function integers(tensor: onnx.ITensorProto): number[] | undefined {
  if (tensor.dataType !== int64 || dimsOf(tensor).length !== 1) return undefined;
  const bytes = Uint8Array.from(tensor.rawData!);
  return Array.from(new BigInt64Array(bytes.buffer), Number);
}

function dimsOf(tensor: onnx.ITensorProto): number[] {
  return tensor.dims!.map(Number);
}

function differs(node: onnx.INodeProto, problem: string): BatchSizeError {
  return new BatchSizeError(`${node.opType} (${node.output!.join(', ')}) ${problem}`);
}
