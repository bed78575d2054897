import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clm } from '../../../server/methods/clm.ts';
import * as tf from '../../../server/nn/tf.ts';
import { specialTokens } from '../../../server/protocol/tokens.ts';
import { assertLoss, dot, type Matrix, mean, negativeLogProbability } from './float64.ts';
import { asVector, encoded, encoder, normalized, row, sample } from './smallTexts.ts';
import { build, plainBatch, tensors } from './tiny.ts';

test('CLM: value and gradient against float64: each token but the first, from what is encoded just before it', () => {
  const options = { width: 8, depth: 1, heads: 2, attention: 'causal' };
  const built = build(clm, sample, { encoder: { type: 'transformer', ...options }, batchSize: 3 });
  const given = tensors(built.task, built.task.prepare(plainBatch(3, sample), built.random(0)));
  const ids = given.text!.arraySync() as number[][];
  assert.ok(ids.flat().includes(specialTokens.padding));
  const { last } = encoded(built, options, given.text!);
  const table = built.forward.values['encoder/embed/weight']!.arraySync() as Matrix;
  assertLoss(
    (scale, shift) =>
      built.task.loss(
        built.forward.with({
          'encoder/norm/weight': asVector(scale),
          'encoder/norm/bias': asVector(shift),
        }),
        given,
      ).loss,
    (scale, shift) =>
      mean(
        ids.flatMap((text, i) =>
          text.slice(1).flatMap((next, place) => {
            if (next === specialTokens.padding) return [];
            const y = normalized(last[i]![place]!, scale![0]!, shift![0]!);
            return [
              negativeLogProbability(
                table.map((token) => dot(token, y)),
                next,
              ),
            ];
          }),
        ),
      ),
    [row(8, 'scale'), row(8, 'shift')],
  );
});

test('CLM: a token is judged by those before it alone, and the first is not asked for', () => {
  const causal = { ...encoder, attention: 'causal' };
  const built = build(clm, sample, { encoder: causal, batchSize: 2 });
  const guesses = (rows: number[][]) =>
    built.task.guess!(built.forward, { text: tf.tensor2d(rows, [2, 7], 'int32') });
  const [a, b] = [
    guesses([
      [2, 6, 7, 8, 9, 10, 3],
      [2, 6, 3, 0, 0, 0, 0],
    ]),
    guesses([
      [2, 6, 7, 8, 5, 10, 3],
      [2, 6, 3, 0, 0, 0, 0],
    ]),
  ];
  const before = (x: tf.Tensor) => tf.slice(x, [0, 0, 0], [2, 5, 3]).dataSync();
  assert.deepEqual(before(a.probabilities), before(b.probabilities));
  assert.notDeepEqual(a.probabilities.dataSync(), b.probabilities.dataSync());
  assert.deepEqual(a.asked.arraySync(), [
    [0, 1, 1, 1, 1, 1, 1],
    [0, 1, 1, 0, 0, 0, 0],
  ]);
  assert.throws(() => build(clm, sample, { encoder }), /attention: causal/);
});

test('CLM: a model that knows the alphabet has almost no loss', () => {
  const causal = { ...encoder, width: 12, attention: 'causal', mlpRatio: 1 };
  const built = build(clm, sample, { encoder: causal, batchSize: 1 });
  // Each token points at the next one: the table is one-hot, the last norm moves it by one.
  const shifted = tf.tensor2d(
    Array.from({ length: 12 }, (_, i) => Array.from({ length: 12 }, (_, j) => (j === i ? 1 : 0))),
  );
  const silent = Object.fromEntries(
    built.parameters
      .filter(({ name }) => /output|mlp2|positions/.test(name))
      .map(({ name, shape }) => [name, tf.zeros([...shape])]),
  );
  const sharp = { 'encoder/norm/weight': tf.fill([12], 10), 'encoder/embed/weight': shifted };
  const forward = built.forward.with({ ...silent, ...sharp });
  const same = built.task.loss(forward, { text: tf.tensor2d([[6, 6, 6, 6, 6, 6, 6]], [1, 7], 'int32') });
  assert.ok(same.loss.dataSync()[0]! < 1e-6);
  assert.equal(same.metrics!.accuracy!.dataSync()[0], 1);
  const other = built.task.loss(forward, { text: tf.tensor2d([[5, 6, 5, 6, 5, 6, 5]], [1, 7], 'int32') });
  assert.ok(other.loss.dataSync()[0]! > 10);
});
