import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenAccuracy, tokenCrossEntropy } from '../../../server/methods/tokenLoss.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, type Matrix, negativeLogProbability, sines, sum } from './float64.ts';

const labels = [3, 0, 2, 2];
const weights = [1, 0, 1, 0.5];
const asLabels = tf.tensor1d(labels, 'int32');
const asWeights = tf.tensor1d(weights);

/** Weighted mean of -log p(label), by its definition. */
function reference(logits: Matrix): number {
  const losses = logits.map((row, i) => negativeLogProbability(row, labels[i]!) * weights[i]!);
  return sum(losses) / sum(weights);
}

test('cross-entropy of tokens: value and gradient against float64', () => {
  assertLoss((x) => tokenCrossEntropy(x, asLabels, asWeights), reference, [normals([4, 5]) as tf.Tensor2D]);
});

test('cross-entropy of tokens: a number from PyTorch 2.14 (cross_entropy, reduction none, times weights)', () => {
  assertClose(tokenCrossEntropy(sines(4, 5), asLabels, asWeights).dataSync(), [1.8204608903949555], 1e-5);
});

test('cross-entropy of tokens stays finite for large scores, and is 0 without any weight', () => {
  const large = tf.tensor2d([[1000, 0, -1000]]);
  const one = tf.tensor1d([1]);
  assertClose(tokenCrossEntropy(large, tf.tensor1d([2], 'int32'), one).dataSync(), [2000], 1e-6);
  assert.equal(tokenCrossEntropy(large, tf.tensor1d([2], 'int32'), tf.zeros([1])).dataSync()[0], 0);
});

test('accuracy of tokens counts rows by their weights', () => {
  const logits = tf.tensor2d([
    [0, 0, 0, 9],
    [0, 9, 0, 0],
    [0, 0, 9, 0],
    [9, 0, 0, 0],
  ]);
  assertClose(tokenAccuracy(logits, asLabels, asWeights).dataSync(), [2 / 2.5], 1e-6);
});
