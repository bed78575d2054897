import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stopGradient, withoutGradient } from '../../../server/nn/stopGradient.ts';
import * as tf from '../../../server/nn/tf.ts';
import { normals } from '../../support/numeric.ts';

test('stopGradient keeps the values and takes away the gradient', () => {
  const x = tf.tensor1d([1, -2, 3]);
  assert.deepEqual([...stopGradient(x).dataSync()], [1, -2, 3]);
  const gradient = tf.grad((x) => tf.sum(tf.mul(x, stopGradient(x))))(x);
  assert.deepEqual([...gradient.dataSync()], [1, -2, 3]); // x, not 2x
});

test('withoutGradient leaves no tensors behind', () => {
  const x = normals([3]);
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    tf.variableGrads(() => {
      const centre = withoutGradient(() => tf.mean(tf.square(x)));
      return tf.sum(tf.mul(variable, stopGradient(centre))) as tf.Scalar;
    });
  });
  assert.equal(tf.memory().numTensors, before);
});

test('stopGradient cuts: nothing behind it is differentiated at all', () => {
  const explosive = tf.customGrad((...args) => ({
    value: tf.square(args[0] as tf.Tensor),
    gradFunc: () => {
      throw new Error('differentiated');
    },
  }));
  const through = tf.grad((x) => tf.sum(explosive(x)));
  assert.throws(() => through(tf.scalar(2)), /differentiated/);
  const cut = tf.grad((x) => tf.sum(tf.add(x, stopGradient(explosive(x)))));
  assert.equal(cut(tf.scalar(2)).dataSync()[0], 1);
});
