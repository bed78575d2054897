import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cosineSimilarity, mse, oneHot, softmaxCrossEntropy } from '../../../server/nn/losses.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, assertGradients, normals } from '../../support/numeric.ts';

test('oneHot', () => {
  assert.deepEqual(oneHot(tf.tensor1d([1, 0], 'int32'), 3).arraySync(), [
    [0, 1, 0],
    [1, 0, 0],
  ]);
});

test('softmaxCrossEntropy: uniform logits give ln(classes); labels as numbers or distributions', () => {
  const labels = tf.tensor1d([0, 2], 'int32');
  const uniform = softmaxCrossEntropy(tf.zeros([2, 5]), labels);
  assertClose(uniform.dataSync(), [Math.log(5)], 1e-6);
  const logits = normals([2, 3]) as tf.Tensor2D;
  const rows = logits.arraySync();
  const expected =
    rows.reduce((sum, row, i) => {
      const total = row.reduce((a, b) => a + Math.exp(b), 0);
      return sum + Math.log(total) - row[i === 0 ? 0 : 2]!;
    }, 0) / 2;
  assertClose(softmaxCrossEntropy(logits, labels).dataSync(), [expected], 1e-6);
  assertClose(softmaxCrossEntropy(logits, oneHot(labels, 3)).dataSync(), [expected], 1e-6);
});

test('softmaxCrossEntropy: gradients with class numbers and with soft labels', () => {
  const logits = normals([4, 3]);
  const numbers = tf.tensor1d([0, 2, 1, 1], 'int32');
  assertGradients((x) => softmaxCrossEntropy(x as tf.Tensor2D, numbers), [logits]);
  const soft = tf.softmax(normals([4, 3], 'labels'));
  assertGradients((x) => softmaxCrossEntropy(x as tf.Tensor2D, soft), [logits]);
});

test('softmaxCrossEntropy: huge logits and masked classes stay finite', () => {
  const logits = tf.tensor2d([1000, 0, -1e9, 0, 1000, -1e9], [2, 3]);
  const labels = tf.tensor1d([0, 0], 'int32');
  assertClose(softmaxCrossEntropy(logits, labels).dataSync(), [500], 1e-6);
  const gradient = tf.grad((x) => softmaxCrossEntropy(x as tf.Tensor2D, labels))(logits);
  assertClose(gradient.dataSync(), [0, 0, 0, -0.5, 0.5, 0], 1e-6);
});

test('softmaxCrossEntropy: labels of another shape are refused', () => {
  assert.throws(
    () => softmaxCrossEntropy(tf.zeros([2, 3]), tf.tensor1d([0], 'int32')),
    /\[2, 3\] with labels \[1\]/,
  );
});

test('mse: mean over all elements, gradients to both sides', () => {
  assert.equal(mse(tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 5]])).dataSync()[0], 6.5);
  assertGradients((a, b) => mse(a!, b!), [normals([3, 2]), normals([3, 2], 'other')]);
  assert.throws(() => mse(tf.zeros([2]), tf.zeros([3])), /\[2\] and \[3\]/);
});

test('cosineSimilarity of rows, gradients', () => {
  const a = tf.tensor2d([1, 0, 1, 1], [2, 2]);
  const b = tf.tensor2d([-2, 0, 1, 0], [2, 2]);
  assertClose(cosineSimilarity(a, b).dataSync(), [-1, Math.SQRT1_2], 1e-6);
  assertGradients(
    (a, b) => cosineSimilarity(a as tf.Tensor2D, b as tf.Tensor2D),
    [normals([3, 4]), normals([3, 4], 'other')],
  );
});
