import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Scope } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { randomAt } from '../../../server/random.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import type { OptimizerOptions, StepDefinition, Values } from '../../../server/training/engine/engine.ts';
import { initialState } from '../../../server/training/engine/initialize.ts';
import { fillState, mapValues, partsOf } from '../../../server/training/engine/layout.ts';
import {
  optimizerSlots,
  updateScalarNames,
  updateScalars,
} from '../../../server/training/engine/optimizer.ts';
import { globalNorm, HostOptimizer } from '../../../server/training/engine/optimizerHost.ts';
import {
  followOp,
  globalNormOp,
  type ScalarTensors,
  updateOps,
} from '../../../server/training/engine/optimizerOps.ts';
import { options } from './exampleStep.ts';

const updates = 20;
// Lengths that are no multiple of 4, and one longer than the pieces in which the host loop works.
const sizes = { 'a/weight': [3, 7], 'a/bias': [5], 'b/weight': [8203] } as const;
const scaleOf: Record<string, number> = { 'a/weight': 1, 'a/bias': 1, 'b/weight': 0.25 };

function definitionOf(optimizer: Partial<OptimizerOptions>): StepDefinition {
  const scope = new Scope();
  scope.weight('a/weight', sizes['a/weight'], { kind: 'uniform', bound: 1 });
  scope.weight('a/bias', sizes['a/bias'], { kind: 'uniform', bound: 1 }, { decay: false });
  scope.weight('b/weight', sizes['b/weight'], { kind: 'uniform', bound: 1 });
  return {
    parameters: scope.parameters,
    hasTarget: ({ name }) => name.startsWith('a/'),
    learningRateScale: ({ name }) => scaleOf[name]!,
    inputs: {},
    loss: () => assert.fail('not used'),
    optimizer: { ...options, ...optimizer },
  };
}

const gradientsAt = (step: number): Values =>
  mapValues(sizes, (shape: readonly number[], name) => {
    const random = randomAt(3, name, step);
    return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
  });

const scalarsAt = (step: number) => ({
  learningRate: 0.02 * (1 - step / 40),
  targetMomentum: 0.9 + step / 300,
});

/** The papers' formulas in double precision, one element after the other. */
function float64(definition: StepDefinition): {
  weights: Record<string, number[]>;
  target: Record<string, number[]>;
} {
  const { type, beta1, beta2, epsilon, momentum, weightDecay, trust, clipNorm } = definition.optimizer;
  const start = initialState(definition, 0);
  const weights = mapValues(start.weights, (values) => [...values]);
  const target = mapValues(start.target, (values) => [...values]);
  const first = mapValues(weights, (values) => values.map(() => 0));
  const second = mapValues(weights, (values) => values.map(() => 0));
  const norm = (values: readonly number[]): number => Math.hypot(...values);
  for (let step = 0; step < updates; step++) {
    const { learningRate, targetMomentum } = scalarsAt(step);
    const gradients = mapValues(gradientsAt(step), (values) => [...values]);
    const total = norm(Object.values(gradients).flat());
    const factor = clipNorm > 0 && total > clipNorm ? clipNorm / total : 1;
    for (const { name, decay: decayed } of definition.parameters) {
      const w = weights[name]!;
      const m = first[name]!;
      const v = second[name]!;
      const rate = learningRate * scaleOf[name]!;
      const decay = decayed ? weightDecay : 0;
      const g = gradients[name]!.map((value) => value * factor);
      const local = decayed ? (trust * norm(w)) / (norm(g) + decay * norm(w)) : 1;
      for (let i = 0; i < w.length; i++) {
        if (type === 'adam' || type === 'adamw') {
          if (type === 'adamw') w[i]! -= rate * decay * w[i]!;
          else g[i]! += decay * w[i]!;
          m[i] = beta1 * m[i]! + (1 - beta1) * g[i]!;
          v[i] = beta2 * v[i]! + (1 - beta2) * g[i]! ** 2;
          const mean = m[i]! / (1 - beta1 ** (step + 1));
          const spread = v[i]! / (1 - beta2 ** (step + 1));
          w[i]! -= (rate * mean) / (Math.sqrt(spread) + epsilon);
        } else if (type === 'sgd') {
          m[i] = momentum * m[i]! + g[i]! + decay * w[i]!;
          w[i]! -= rate * m[i]!;
        } else {
          m[i] = momentum * m[i]! + rate * local * (g[i]! + decay * w[i]!);
          w[i]! -= m[i]!;
        }
      }
      target[name]?.forEach((value, i, copy) => {
        copy[i] = targetMomentum * value + (1 - targetMomentum) * w[i]!;
      });
    }
  }
  return { weights, target };
}

function onHost(definition: StepDefinition) {
  const optimizer = new HostOptimizer(definition);
  const { state } = optimizer;
  fillState(state, initialState(definition, 0));
  for (let step = 0; step < updates; step++) {
    const gradients = gradientsAt(step);
    optimizer.update(
      gradients,
      globalNorm(gradients),
      updateScalars(definition.optimizer, scalarsAt(step), step),
    );
  }
  return { weights: state.weights.values, target: state.target.values };
}

function asOps(definition: StepDefinition) {
  const { trained } = partsOf(definition);
  const start = initialState(definition, 0);
  const slots = optimizerSlots(definition.optimizer.type);
  const tensors = (values: Values) => mapValues(values, (array) => tf.tensor1d(array));
  return tf.tidy(() => {
    let weights: Record<string, tf.Tensor> = tensors(start.weights);
    let target: Record<string, tf.Tensor> = tensors(start.target);
    let moments: Record<string, Record<string, tf.Tensor>> = mapValues(start.optimizer, tensors);
    for (let step = 0; step < updates; step++) {
      const gradients = tensors(gradientsAt(step));
      const numbers = updateScalars(definition.optimizer, scalarsAt(step), step);
      const scalars = Object.fromEntries(updateScalarNames.map((name) => [name, tf.scalar(numbers[name])]));
      const norm = globalNormOp(Object.values(gradients));
      const next = updateOps(
        definition,
        trained,
        { weights, moments },
        gradients,
        norm,
        scalars as ScalarTensors,
      );
      weights = mapValues(next, (update) => update.weight!);
      moments = Object.fromEntries(slots.map((slot) => [slot, mapValues(next, (update) => update[slot]!)]));
      target = mapValues(target, (copy, name) => followOp(copy, weights[name]!, scalars.targetRate!));
    }
    const arrays = (record: Record<string, tf.Tensor>) =>
      mapValues(record, (tensor) => [...tensor.dataSync()]);
    return { weights: arrays(weights), target: arrays(target) };
  });
}

before(openReference);

for (const [title, optimizer] of [
  ['adam', { type: 'adam' }],
  ['adam with clipping', { type: 'adam', clipNorm: 2 }],
  ['adamw', { type: 'adamw' }],
  ['sgd', { type: 'sgd' }],
  ['sgd with clipping', { type: 'sgd', clipNorm: 1 }],
  ['lars', { type: 'lars' }],
  ['lars with clipping', { type: 'lars', clipNorm: 1, weightDecay: 0.5 }],
] as const) {
  test(`${title}: the host loop and the tensor ops follow the paper's formula`, () => {
    const definition = definitionOf(optimizer);
    const expected = float64(definition);
    assert.deepEqual(Object.keys(expected.target), ['a/weight', 'a/bias']);
    for (const [way, found] of [
      ['host', onHost(definition)],
      ['ops', asOps(definition)],
    ] as const) {
      for (const group of ['weights', 'target'] as const)
        for (const [name, values] of Object.entries(expected[group]))
          values.forEach((value, i) => {
            const difference = Math.abs(found[group][name]![i]! - value);
            assert.ok(difference < 2e-6, `${way} ${group} ${name}[${i}]: off by ${difference}`);
          });
    }
  });
}

test('lars falls back to a ratio of 1 where a weight or its gradient is 0', () => {
  const definition = definitionOf({ type: 'lars', weightDecay: 0, momentum: 0 });
  const optimizer = new HostOptimizer(definition);
  const { state } = optimizer;
  const gradients = mapValues(gradientsAt(0), (values) => values.fill(1));
  optimizer.update(
    gradients,
    1,
    updateScalars(definition.optimizer, { learningRate: 0.5, targetMomentum: 1 }, 0),
  );
  assert.equal(state.weights.values['a/weight']![0], -0.5);
  const scalars = {
    learningRate: tf.scalar(0.5),
    correction1: tf.scalar(1),
    correction2: tf.scalar(1),
    targetRate: tf.scalar(0),
  };
  const zeros = {
    weights: mapValues(sizes, (shape) => tf.zeros([...shape])),
    moments: { momentum: mapValues(sizes, (shape) => tf.zeros([...shape])) },
  };
  const ones = mapValues(sizes, (shape) => tf.ones([...shape]));
  const { trained } = partsOf(definition);
  const updates = updateOps(definition, trained, zeros, ones, tf.scalar(1), scalars);
  assert.equal(updates['a/weight']!.weight!.dataSync()[0], -0.5);
});

test('a gradient that is not finite reaches the weights instead of being clipped away', () => {
  const definition = definitionOf({ type: 'sgd', clipNorm: 1 });
  const optimizer = new HostOptimizer(definition);
  const { state } = optimizer;
  fillState(state, initialState(definition, 0));
  const gradients = gradientsAt(0);
  gradients['a/bias']![0] = Number.NaN;
  optimizer.update(gradients, globalNorm(gradients), updateScalars(definition.optimizer, scalarsAt(0), 0));
  assert.ok(state.weights.values['a/bias']!.every(Number.isNaN));
});
