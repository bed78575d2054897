import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawDropout, simcse } from '../../../server/methods/simcse.ts';
import * as tf from '../../../server/nn/tf.ts';
import { randomAt } from '../../../server/random.ts';
import { mean } from './float64.ts';
import { encoder, sample } from './smallTexts.ts';
import { build, plainBatch, tensors } from './tiny.ts';

test('SimCSE: dropout drops its share and keeps the mean; equal masks make equal views', () => {
  const masks = drawDropout(20_000, 0.1, randomAt(0, 'd'));
  const dropped = masks.filter((v) => v === 0).length / masks.length;
  assert.ok(Math.abs(dropped - 0.1) < 0.01, `${dropped}`);
  assert.ok(Math.abs(mean([...masks]) - 1) < 0.01);
  assert.ok(masks.every((v) => v === 0 || Math.abs(v - 1 / 0.9) < 1e-6));

  const built = build(simcse, sample, { encoder, batchSize: 3, options: { projector: { size: 5 } } });
  const given = tensors(built.task, built.task.prepare(plainBatch(3, sample), built.random(0)));
  assert.deepEqual(given.dropout!.shape, [6, 3, 8]);
  const ones = { ...given, dropout: tf.ones([6, 3, 8]) };
  // Both views are the same then: each finds its twin at cosine 1.
  assert.equal(built.task.loss(built.forward, ones).metrics!.accuracy!.dataSync()[0], 1);
  assert.notEqual(
    built.task.loss(built.forward, given).loss.dataSync()[0],
    built.task.loss(built.forward, ones).loss.dataSync()[0],
  );
});
