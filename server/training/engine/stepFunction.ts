import type { TensorSpec } from '../../methods/method.ts';
import type { Named } from '../../nn/parameters.ts';
import * as tf from '../../nn/tf.ts';
import type { PureFunction, StepDefinition } from './engine.ts';
import { createForward } from './forward.ts';
import { mapValues, optimizerGroups, partsOf } from './layout.ts';
import { optimizerSlots, updateScalarNames } from './optimizer.ts';
import { followOp, globalNormOp, type ScalarTensors, updateOps } from './optimizerOps.ts';

/**
 * A training step as pure functions of named tensors, for any engine. Names say where a tensor belongs:
 * `weights/<parameter>`, `buffers/…`, `target/…`, `optimizer/<slot>/…`, `gradients/…`, `inputs/<input>`,
 * `scalars/<scalar>`; `loss` and `metrics/<metric>` come out.
 */
export const keys = {
  weights: (name: string) => `weights/${name}`,
  buffers: (name: string) => `buffers/${name}`,
  target: (name: string) => `target/${name}`,
  optimizer: (slot: string, name: string) => `optimizer/${slot}/${name}`,
  gradients: (name: string) => `gradients/${name}`,
  inputs: (name: string) => `inputs/${name}`,
  scalars: (name: string) => `scalars/${name}`,
  metrics: (name: string) => `metrics/${name}`,
} as const;

/** A pure function with the shapes of its inputs. */
export interface StepFunction {
  readonly fn: PureFunction;
  readonly inputs: Named<TensorSpec>;
}

interface LossAndGradients {
  readonly loss: tf.Scalar;
  readonly metrics: Named<tf.Scalar>;
  readonly gradients: Named<tf.Tensor>;
  /** New buffer values; the old ones where nothing was written. */
  readonly buffers: Named<tf.Tensor>;
}

/**
 * Loss and gradients by reverse-mode differentiation, eagerly or while a graph is traced. A trained weight that the
 * loss does not use gets a gradient of zeros.
 */
function differentiate(definition: StepDefinition, tensors: Named<tf.Tensor>): LossAndGradients {
  const { weights, buffers, trained, target } = partsOf(definition);
  const model: Named<tf.Tensor> = {};
  for (const { name } of weights) model[name] = tensors[keys.weights(name)]!;
  for (const { name } of buffers) model[name] = tensors[keys.buffers(name)]!;
  const copies = Object.fromEntries(target.map(({ name }) => [name, tensors[keys.target(name)]!]));
  const inputs = mapValues(definition.inputs, (_, name) => tensors[keys.inputs(name)]!);

  // What the loss leaves behind besides its value must outlive the scope that tfjs closes around it.
  const kept: Named<tf.Tensor> = {};
  const keep = (name: string, tensor: tf.Tensor): void => {
    kept[name] = tf.keep(tensor.clone());
  };
  const loss = (): tf.Scalar => {
    const open = createForward(model, { training: true, target: copies });
    const result = definition.loss(open.forward, inputs);
    for (const [name, value] of Object.entries(result.metrics ?? {})) keep(keys.metrics(name), value);
    for (const [name, value] of open.written) keep(keys.buffers(name), value);
    return result.loss;
  };
  if (trained.length === 0) throw new Error('Every weight is frozen: nothing is left to train.');
  const sources = trained.map(({ name }) => model[name]!);
  const { value, grads } = tf.engine().gradients(loss, sources, undefined, true);
  const released = mapValues(kept, (tensor) => {
    const tracked = tensor.clone();
    tensor.dispose();
    return tracked;
  });
  const metrics: Named<tf.Scalar> = {};
  for (const [name, tensor] of Object.entries(released))
    if (name.startsWith('metrics/')) metrics[name.slice('metrics/'.length)] = tensor as tf.Scalar;
  return {
    loss: value,
    metrics,
    gradients: Object.fromEntries(
      trained.map(({ name, shape }, i) => [name, grads[i] ?? tf.zeros([...shape])]),
    ),
    buffers: Object.fromEntries(
      buffers.map(({ name }) => [name, released[keys.buffers(name)] ?? tensors[keys.buffers(name)]!]),
    ),
  };
}

/**
 * One batch without its update: loss, metrics, gradients and new buffer values come out. For the CPU, where the
 * optimizer is a loop over host memory.
 */
export function gradientFunction(definition: StepDefinition): StepFunction {
  return {
    inputs: { ...modelSpecs(definition), ...batchSpecs(definition) },
    fn(tensors) {
      const { loss, metrics, gradients, buffers } = differentiate(definition, tensors);
      return {
        loss,
        ...rename(metrics, keys.metrics),
        ...rename(gradients, keys.gradients),
        ...rename(buffers, keys.buffers),
      };
    },
  };
}

/**
 * - `update`: gradients, optimizer and EMA copies in one function. With `accumulate` > 1 it is the last of the
 *   batches and also empties the gathered gradients.
 * - `gather`: only adds the batch's gradients to those gathered, and moves the buffers.
 */
export type Phase = 'update' | 'gather';

/**
 * One batch with everything it changes: what comes out under the name of a state input is its new value. Also
 * comes out: `report`, [loss, gradient norm, ...metrics in the order of `metricNames`].
 */
export function stepFunction(
  definition: StepDefinition,
  phase: Phase,
): StepFunction & { readonly metricNames: () => readonly string[] } {
  const { trained, target } = partsOf(definition);
  const accumulate = definition.accumulate ?? 1;
  const slots = optimizerSlots(definition.optimizer.type);
  let metricNames: string[] | undefined;

  const fn: PureFunction = (tensors) => {
    const { loss, metrics, gradients: own, buffers } = differentiate(definition, tensors);
    metricNames = Object.keys(metrics);
    const gathered = (name: string): tf.Tensor => tensors[keys.optimizer('gradients', name)]!;
    const sums =
      accumulate === 1 ? own : mapValues(own, (gradient, name) => tf.add(gathered(name), gradient));
    const outputs: Named<tf.Tensor> = rename(buffers, keys.buffers);
    const report = (norm: tf.Tensor): tf.Tensor => tf.stack([loss, norm, ...Object.values(metrics)]);
    if (phase === 'gather') {
      return {
        ...outputs,
        ...rename(sums, (name) => keys.optimizer('gradients', name)),
        report: report(globalNormOp(Object.values(own))),
      };
    }
    const gradients = accumulate === 1 ? sums : mapValues(sums, (sum) => tf.mul(sum, 1 / accumulate));
    const norm = globalNormOp(Object.values(gradients));
    const scalars = Object.fromEntries(
      updateScalarNames.map((name) => [name, tensors[keys.scalars(name)]!]),
    ) as ScalarTensors;
    const weights = Object.fromEntries(trained.map(({ name }) => [name, tensors[keys.weights(name)]!]));
    const moments = Object.fromEntries(
      slots.map((slot) => [
        slot,
        Object.fromEntries(trained.map(({ name }) => [name, tensors[keys.optimizer(slot, name)]!])),
      ]),
    );
    const updates = updateOps(definition, trained, { weights, moments }, gradients, norm, scalars);
    for (const [name, update] of Object.entries(updates)) {
      outputs[keys.weights(name)] = update.weight!;
      for (const slot of slots) outputs[keys.optimizer(slot, name)] = update[slot]!;
      if (accumulate > 1) outputs[keys.optimizer('gradients', name)] = tf.sub(sums[name]!, sums[name]!);
    }
    for (const { kind, name } of target) {
      const key = kind === 'weight' ? keys.weights(name) : keys.buffers(name);
      const online = outputs[key] ?? tensors[key]!;
      outputs[keys.target(name)] = followOp(tensors[keys.target(name)]!, online, scalars.targetRate);
    }
    return { ...outputs, report: report(norm) };
  };

  const inputs = { ...modelSpecs(definition), ...optimizerSpecs(definition), ...batchSpecs(definition) };
  if (phase === 'update') for (const name of updateScalarNames) inputs[keys.scalars(name)] = scalarSpec;
  return {
    fn,
    inputs,
    metricNames() {
      if (metricNames === undefined)
        throw new Error('The metrics are known once the step has been traced or run.');
      return metricNames;
    },
  };
}

const scalarSpec: TensorSpec = { shape: [], dtype: 'float32' };

function modelSpecs(definition: StepDefinition): Named<TensorSpec> {
  const { weights, buffers, target } = partsOf(definition);
  const specs: Named<TensorSpec> = {};
  for (const { name, shape } of weights) specs[keys.weights(name)] = { shape, dtype: 'float32' };
  for (const { name, shape } of buffers) specs[keys.buffers(name)] = { shape, dtype: 'float32' };
  for (const { name, shape } of target) specs[keys.target(name)] = { shape, dtype: 'float32' };
  return specs;
}

function optimizerSpecs(definition: StepDefinition): Named<TensorSpec> {
  const specs: Named<TensorSpec> = {};
  for (const group of optimizerGroups(definition))
    for (const { name, shape } of partsOf(definition).trained)
      specs[keys.optimizer(group, name)] = { shape, dtype: 'float32' };
  return specs;
}

function batchSpecs(definition: StepDefinition): Named<TensorSpec> {
  return rename(definition.inputs, keys.inputs);
}

/** The same values under other names. */
export function rename<T>(
  record: Readonly<Record<string, T>>,
  key: (name: string) => string,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [key(name), value]));
}
