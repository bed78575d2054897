import assert from 'node:assert/strict';
import test from 'node:test';
import { createSampler } from '../../../server/trainer/sampler.ts';

const pool = Int32Array.from({ length: 23 }, (_, i) => 100 + i);

test('every epoch shows each sample at most once, in whole batches, in a new order', () => {
  const sampler = createSampler(pool, 5, 0);
  assert.equal(sampler.stepsPerEpoch, 4);
  const orders = [0, 1].map((epoch) =>
    [0, 1, 2, 3].flatMap((i) => {
      const batch = sampler.batch(epoch * 4 + i);
      assert.equal(batch.epoch, epoch);
      return [...batch.indices];
    }),
  );
  for (const order of orders) {
    assert.equal(new Set(order).size, 20);
    assert.ok(order.every((index) => pool.includes(index)));
  }
  assert.notDeepEqual(orders[0], orders[1]);
});

test('a batch depends on seed and step alone, not on what was asked before', () => {
  const walked = createSampler(pool, 5, 3);
  for (let step = 0; step < 9; step++) walked.batch(step);
  assert.deepEqual(createSampler(pool, 5, 3).batch(9), walked.batch(9));
  assert.notDeepEqual(createSampler(pool, 5, 4).batch(9), walked.batch(9));
});

test('a batch larger than the data is refused', () => {
  assert.throws(() => createSampler(pool, 24, 0), /24 cannot be drawn from 23/);
});
