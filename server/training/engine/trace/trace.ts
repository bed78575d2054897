import type { TensorSpec } from '../../../methods/method.ts';
import type { Named } from '../../../nn/parameters.ts';
import * as tf from '../../../nn/tf.ts';
import type { PureFunction } from '../engine.ts';
import { placeholder, recording } from './backend.ts';
import type { Graph } from './graph.ts';
import { firstDifference } from './graph.ts';
import { Recorder } from './recorder.ts';
import { TraceError, traceError } from './traceError.ts';

/**
 * Writes down what `fn` computes for inputs of these shapes, without computing it. The function may differentiate
 * (`tf.grads` and the like); it must not read values, draw random numbers or keep tensors. It is traced twice, because
 * what depends on anything but its inputs comes out differently.
 */
export function trace(fn: PureFunction, inputs: Named<TensorSpec>): Graph {
  const first = traceOnce(fn, inputs, new Recorder(false));
  const second = traceOnce(fn, inputs, new Recorder(false));
  if (firstDifference(first, second) !== undefined) throw impureError(fn, inputs, first);
  return first;
}

function traceOnce(fn: PureFunction, inputs: Named<TensorSpec>, recorder: Recorder): Graph {
  const before = tf.engine().state.numTensors;
  const body = (): Graph => {
    let result: Graph | undefined;
    tf.tidy(() => {
      const placeholders: Named<tf.Tensor> = {};
      for (const [name, spec] of Object.entries(inputs)) {
        placeholders[name] = placeholder(recorder, name, spec.shape, spec.dtype);
      }
      const outputs = callModel(fn, placeholders);
      result = recorder.finish(outputs);
    });
    return result as unknown as Graph;
  };
  let graph: Graph;
  try {
    graph = recording(recorder, body);
  } catch (error) {
    // What a failed differentiation had saved is left to us.
    for (const { saved } of tf.engine().state.activeTape ?? []) tf.dispose(saved ?? []);
    throw explain(error, fn, inputs, recorder);
  }
  if (recorder.failure !== undefined) throw recorder.failure;
  const kept = tf.engine().state.numTensors - before;
  if (kept > 0) {
    throw new TraceError(
      `A compiled function keeps ${kept} tensor${kept === 1 ? '' : 's'} (tf.keep, tf.variable or a cache). ` +
        'Make what it needs before it is compiled, or return it as an output.',
    );
  }
  return graph;
}

function callModel(fn: PureFunction, placeholders: Named<tf.Tensor>): Named<tf.Tensor> {
  const outputs = fn(placeholders);
  for (const [name, tensor] of Object.entries(outputs)) {
    if (!(tensor instanceof tf.Tensor))
      throw new TraceError(`Output ${name} of a compiled function is not a tensor.`);
  }
  if (outputs instanceof Promise) throw new TraceError('A compiled function must not be asynchronous.');
  return outputs;
}

/** Turns what TensorFlow.js says about kernels and gradients that do not exist into a message about the model. */
function explain(error: unknown, fn: PureFunction, inputs: Named<TensorSpec>, recorder: Recorder): unknown {
  if (!(error instanceof Error) || error instanceof TraceError) return error;
  const kernel = /Kernel '(\w+)' not registered/.exec(error.message)?.[1];
  if (kernel !== undefined) {
    return traceError(`The compiled engine has no kernel ${kernel}`, error, 'Write it with other ops.');
  }
  const gradient = /gradient function not found for (\w+)/.exec(error.message)?.[1];
  if (gradient !== undefined && recorder.births === undefined) {
    const birth = findBirth(
      fn,
      inputs,
      (again) => again.nodes.find((node) => node.kernel === gradient)?.outputs[0],
    );
    return traceError(
      `TensorFlow.js has no gradient for ${gradient}`,
      birth ?? error,
      'Keep it out of the differentiated path, or give it one with tf.customGrad.',
    );
  }
  return error;
}

function impureError(fn: PureFunction, inputs: Named<TensorSpec>, first: Graph): Error {
  const birth = findBirth(fn, inputs, (again) => {
    const difference = firstDifference(first, again);
    if (difference?.kind === 'constant') return difference.tensor;
    if (difference?.kind === 'node') return (again.nodes[difference.node] ?? again.nodes.at(-1))?.outputs[0];
    return undefined;
  });
  return traceError(
    'A compiled function gives something else each time it is traced',
    birth ?? new Error(),
    'It must depend on its inputs alone: draw random numbers outside and pass them as inputs.',
  );
}

/** Traces once more, this time noting where each tensor is made, and returns the birth of the wanted one. */
function findBirth(
  fn: PureFunction,
  inputs: Named<TensorSpec>,
  wanted: (again: Graph) => number | undefined,
): Error | undefined {
  const recorder = new Recorder(true);
  try {
    traceOnce(fn, inputs, recorder);
  } catch {
    // The recorder holds what was traced until then.
  }
  const tensor = wanted({ ...recorder, outputs: {} });
  return tensor === undefined ? undefined : recorder.births?.get(tensor);
}
