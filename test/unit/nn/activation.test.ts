import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActivationName, activation, activationNames } from '../../../server/nn/activation.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, assertGradients } from '../../support/numeric.ts';

const points = [-4, -2, -1, -0.5, -0.1, 0.1, 0.5, 1, 2, 4];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Phi(x), the standard normal distribution, as 1/2 plus its integral from 0 by Simpson's rule. */
function normalCumulative(x: number): number {
  const n = 400;
  const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < n; i++) sum += density((x * i) / n) * (i % 2 === 1 ? 4 : 2);
  return 0.5 + (sum * x) / (3 * n);
}

const expected: Record<ActivationName, (x: number) => number> = {
  relu: (x) => Math.max(x, 0),
  gelu: (x) => x * normalCumulative(x),
  tanh: Math.tanh,
  sigmoid,
  silu: (x) => x * sigmoid(x),
  leakyRelu: (x) => (x > 0 ? x : 0.2 * x),
  identity: (x) => x,
};

for (const name of activationNames) {
  test(`${name}: values and gradient`, () => {
    const x = tf.tensor1d(points);
    assertClose(activation(name)(x).dataSync(), points.map(expected[name]), 1e-6, name);
    assertGradients((x) => activation(name)(x), [x], { step: 0.02 });
  });
}

test('relu gives no gradient at 0', () => {
  const gradient = tf.grad((x) => tf.sum(activation('relu')(x)))(tf.tensor1d([0, 1]));
  assert.deepEqual([...gradient.dataSync()], [0, 1]);
});
