import type { StepDefinition } from './engine.ts';
import { gradientFunction } from './stepFunction.ts';
import { elementCount, type Graph } from './trace/graph.ts';
import { trace } from './trace/trace.ts';

/**
 * Bytes that one batch keeps between its forward and its backward pass: every value that the forward pass computed
 * and the backward pass reads, counted once however often it is reshaped. The batch itself, weights, gradients and
 * moments are not in it, nor what a device needs beside it, so the memory of a run is more than this.
 */
export function activationBytes(definition: StepDefinition): number {
  const { fn, inputs } = gradientFunction(definition);
  return keptBytes(trace(fn, inputs));
}

/** Kernels whose output is their input's memory under another shape. */
const aliases: ReadonlySet<string> = new Set(['Reshape', 'Identity', 'ExpandDims', 'Squeeze']);
const bytesPerElement = { float32: 4, int32: 4, bool: 1 } as const;

/** The same for a graph that has the output `loss` and gradients behind it. */
export function keptBytes(graph: Graph): number {
  const owner = graph.tensors.map((_, tensor) => tensor);
  const forward = forwardNodes(graph);
  const computed = new Set<number>();
  const kept = new Set<number>();
  for (const [position, node] of graph.nodes.entries()) {
    const inputs = Object.values(node.inputs);
    if (aliases.has(node.kernel)) {
      for (const output of node.outputs) owner[output] = owner[inputs[0]!]!;
      continue;
    }
    if (forward.has(position)) for (const output of node.outputs) computed.add(output);
    else for (const input of inputs) if (computed.has(owner[input]!)) kept.add(owner[input]!);
  }
  let bytes = 0;
  for (const tensor of kept) {
    const { shape, dtype } = graph.tensors[tensor]!;
    bytes += elementCount(shape) * bytesPerElement[dtype];
  }
  return bytes;
}

/** Nodes are recorded in the order they run: everything up to the loss, and what metrics and buffers need. */
function forwardNodes({ nodes, outputs }: Graph): Set<number> {
  const maker = new Map(nodes.flatMap((node, position) => node.outputs.map((tensor) => [tensor, position])));
  const last = maker.get(outputs.loss!) ?? -1;
  const forward = new Set(Array.from({ length: last + 1 }, (_, position) => position));
  const waiting = Object.entries(outputs).flatMap(([name, tensor]) =>
    name.startsWith('gradients/') ? [] : [tensor],
  );
  for (let tensor = waiting.pop(); tensor !== undefined; tensor = waiting.pop()) {
    const position = maker.get(tensor);
    if (position === undefined || forward.has(position)) continue;
    forward.add(position);
    waiting.push(...Object.values(nodes[position]!.inputs));
  }
  return forward;
}
