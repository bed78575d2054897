import assert from 'node:assert/strict';
import test from 'node:test';
import { Delivery } from '../../../extension/views/delivery.ts';

test('the editor is told of what it holds differently, and of nothing else', () => {
  const delivery = new Delivery();
  assert.equal(delivery.tell('run', 'running, 1 %', 0), false, 'it never asked');
  delivery.give('run', 'running, 1 %');
  assert.equal(delivery.tell('run', 'running, 1 %', 0), false);
  assert.equal(delivery.tell('run', 'running, 2 %', 0), true);
  assert.equal(delivery.tell('run', 'running, 2 %', 500), false, 'it may still be asking');
  assert.equal(delivery.tell('run', 'running, 3 %', 500), true);
  delivery.give('run', 'running, 3 %');
  assert.equal(delivery.tell('run', 'running, 3 %', 5000), false);
  assert.equal(delivery.nextLook(5000), undefined);
});

test('what the editor was told of and did not ask for is told again, though not for ever', () => {
  const delivery = new Delivery();
  delivery.give('config', 'a');
  const told: number[] = [];
  for (let now = 0; now <= 60_000; now += 500) {
    if (delivery.tell('config', 'b,a', now)) told.push(now);
    const next = delivery.nextLook(now);
    assert.ok(next === undefined || next > 0, 'never at once: that would be a loop');
  }
  assert.deepEqual(told, [0, 2000, 4000, 6000, 8000]);
  assert.ok(delivery.differs('config', 'b,a'));
});

test('a node that is gone is forgotten', () => {
  const delivery = new Delivery();
  delivery.give('run', 'running');
  delivery.tell('run', 'finished', 0);
  assert.equal(delivery.nextLook(0), 2000);
  assert.equal(delivery.nextLook(4001), undefined);
});
