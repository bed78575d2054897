import type { Named } from '../../../nn/parameters.ts';
import type { GraphNode, TensorType } from '../trace/graph.ts';
import type { Builder } from './builder.ts';
import type { Operand } from './operand.ts';

export type KernelTensors = Named<TensorType>;

/** The call of a kernel while it is lowered. */
export interface Call<Attributes> {
  readonly b: Builder;
  readonly attributes: Attributes;
  /** The argument of that name; kernels that take a list have `list`. */
  input(name: string): Operand;
  /** Like `input`, undefined when the argument was left out. */
  optional(name: string): Operand | undefined;
  readonly list: readonly Operand[];
  readonly node: GraphNode;
  /** What `infer` said about the outputs. */
  readonly outputs: readonly TensorType[];
}

/** What the compiled engine knows about one TensorFlow.js kernel. */
export interface Kernel {
  /** Shapes and types of the outputs. */
  infer(inputs: KernelTensors, attributes: unknown): TensorType[];
  /** Writes the kernel's computation as ONNX nodes; one operand per output. */
  lower(call: Call<unknown>): Operand | Operand[];
  /** True for kernels whose output is a list even when it has one element. */
  readonly returnsList?: boolean;
}

/** A table of kernels by their TensorFlow.js name. */
export type KernelTable = Readonly<Record<string, Kernel>>;

/** Declares a kernel with its attributes' type, which the table then forgets. */
export function kernel<Attributes = unknown>(definition: {
  infer(inputs: KernelTensors, attributes: Attributes): TensorType | TensorType[];
  lower(call: Call<Attributes>): Operand | Operand[];
  returnsList?: boolean;
}): Kernel {
  return {
    infer(inputs, attributes) {
      const types = definition.infer(inputs, attributes as Attributes);
      return Array.isArray(types) ? types : [types];
    },
    lower: (call) => definition.lower(call as Call<Attributes>),
    ...(definition.returnsList === true ? { returnsList: true } : {}),
  };
}

/** The type of an argument that must be there. */
export function typeOf(inputs: KernelTensors, name: string): TensorType {
  const type = inputs[name];
  if (type === undefined) throw new Error(`A kernel is called without its argument ${name}.`);
  return type;
}

export function listOf(inputs: KernelTensors): TensorType[] {
  return Object.values(inputs);
}
