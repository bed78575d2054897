import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptIndices, pick } from '../../../server/protocol/decimate.ts';

const line = (count: number) => Array.from({ length: count }, (_, index) => index);

test('a curve that is short enough stays whole', () => {
  assert.deepEqual(keptIndices([], [], 10), []);
  assert.deepEqual(keptIndices([5], [1], 10), [0]);
  assert.deepEqual(keptIndices(line(10), line(10), 10), line(10));
});

test('first, last, and the smallest and largest of every bucket are kept, in order and within the limit', () => {
  const x = line(10_000);
  const values = x.map((step) => Math.sin(step / 300) + (step === 7777 ? 50 : 0) - (step === 1234 ? 50 : 0));
  const kept = keptIndices(x, values, 200);
  assert.ok(kept.length <= 200);
  assert.equal(kept[0], 0);
  assert.equal(kept.at(-1), 9999);
  assert.ok(kept.includes(7777) && kept.includes(1234));
  for (let i = 1; i < kept.length; i++) assert.ok(kept[i]! > kept[i - 1]!);
  // Every point lies between the extremes of the bucket that it fell into.
  const width = 9999 / 99;
  for (let bucket = 0; bucket < 99; bucket++) {
    const inside = x.filter((step) => step > bucket * width && step <= (bucket + 1) * width && step < 9999);
    const chosen = kept.filter((step) => inside.includes(step)).map((step) => values[step]!);
    assert.equal(Math.max(...chosen), Math.max(...inside.map((step) => values[step]!)));
    assert.equal(Math.min(...chosen), Math.min(...inside.map((step) => values[step]!)));
  }
});

test('buckets are equal in x: a part that was thinned before is not thinned further', () => {
  const sparse = Array.from({ length: 100 }, (_, i) => i * 100);
  const dense = Array.from({ length: 10_000 }, (_, i) => 10_000 + i);
  const x = [...sparse, ...dense];
  const values = x.map((step) => Math.sin(step));
  const kept = pick(x, keptIndices(x, values, 400));
  assert.ok(kept.filter((step) => step < 10_000).length >= 95);
});

test('steps that are logged twice, and a single step', () => {
  const same = Array.from({ length: 100 }, () => 3);
  const kept = keptIndices(same, line(100), 10);
  assert.deepEqual(kept, [0, 1, 98, 99]);
  assert.deepEqual(keptIndices(line(100), line(100), 1), [0, 99]);
});
