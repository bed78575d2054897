import { createHash } from 'node:crypto';
import type { Named } from '../../../nn/parameters.ts';

/** Element types inside a traced function. */
export type ElementType = 'float32' | 'int32' | 'bool';

export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: ElementType;
}

export type ConstantValues = Float32Array | Int32Array | Uint8Array;

/** One kernel call. Tensors are known by their number: their position in `Graph.tensors`. */
export interface GraphNode {
  readonly kernel: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Argument name (or position, for kernels that take a list) -> tensor. */
  readonly inputs: Named<number>;
  readonly outputs: readonly number[];
}

/** What a pure function computes: kernel calls in order, over tensors of fixed shapes. */
export interface Graph {
  readonly tensors: readonly TensorType[];
  readonly inputs: Named<number>;
  readonly constants: ReadonlyMap<number, ConstantValues>;
  readonly nodes: readonly GraphNode[];
  readonly outputs: Named<number>;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Text that is equal for two graphs exactly when they compute the same; constants enter by their digest. */
export function canonicalText(graph: Graph): string {
  const constants = [...graph.constants].map(([tensor, values]) => [tensor, digest(values)]);
  return JSON.stringify([graph.tensors, graph.inputs, constants, graph.nodes, graph.outputs]);
}

/** Where two traces of one function part ways, or undefined when they are the same. */
export type Difference =
  | { kind: 'constant'; tensor: number }
  | { kind: 'node'; node: number }
  | { kind: 'outputs' };

export function firstDifference(a: Graph, b: Graph): Difference | undefined {
  for (const [tensor, values] of a.constants) {
    const other = b.constants.get(tensor);
    if (other === undefined || digest(values) !== digest(other)) return { kind: 'constant', tensor };
  }
  const nodes = Math.max(a.nodes.length, b.nodes.length);
  for (let node = 0; node < nodes; node++) {
    if (JSON.stringify(a.nodes[node]) !== JSON.stringify(b.nodes[node])) return { kind: 'node', node };
  }
  return canonicalText(a) === canonicalText(b) ? undefined : { kind: 'outputs' };
}

function digest(values: ConstantValues): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createHash('sha1').update(bytes).digest('hex');
}
