import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dense } from '../../../server/nn/dense.ts';
import { type Parameter, Scope } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { activationBytes } from '../../../server/training/engine/activations.ts';
import type { StepDefinition } from '../../../server/training/engine/engine.ts';

const batch = 10;

/** A dense layer 6 -> 4 without bias and whatever follows it. */
function step(after: (y: tf.Tensor) => tf.Tensor, metric?: (y: tf.Tensor) => tf.Tensor): StepDefinition {
  const scope = new Scope();
  const layer = dense(scope, 6, 4, { bias: false });
  return {
    parameters: scope.parameters as Parameter[],
    inputs: { x: { shape: [batch, 6], dtype: 'float32' } },
    loss(forward, { x }) {
      const y = layer(forward, x!);
      return {
        loss: tf.sum(after(y)) as tf.Scalar,
        ...(metric && { metrics: { metric: metric(y) as tf.Scalar } }),
      };
    },
    optimizer: {
      type: 'sgd',
      beta1: 0,
      beta2: 0,
      epsilon: 0,
      momentum: 0,
      weightDecay: 0,
      trust: 0,
      clipNorm: 0,
    },
  };
}

describe('activation memory', () => {
  it('counts what the gradient reads again, and neither batch nor weights', () => {
    assert.equal(activationBytes(step((y) => y)), 0, 'the gradient of a product reads its inputs alone');
    assert.equal(
      activationBytes(step((y) => tf.square(y))),
      batch * 4 * 4,
      'that of a square reads its argument',
    );
    assert.equal(
      activationBytes(step((y) => tf.square(tf.sigmoid(y)))),
      batch * 4 * 4,
      'that of a sigmoid its result, which is also what was squared',
    );
    assert.equal(activationBytes(step((y) => tf.square(tf.exp(tf.square(y))))), 2 * batch * 4 * 4);
  });

  it('counts a value once under all its shapes', () => {
    const flat = step((y) => tf.square(tf.reshape(tf.exp(y), [2 * batch, 2])));
    assert.equal(activationBytes(flat), batch * 4 * 4);
  });

  it('leaves out what only a metric reads', () => {
    assert.equal(
      activationBytes(
        step(
          (y) => y,
          (y) => tf.mean(tf.exp(y)),
        ),
      ),
      0,
    );
  });
});
