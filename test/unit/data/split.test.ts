import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomAt } from '../../../server/random.ts';
import { choose, splitSamples } from '../../../server/training/data/split.ts';

const all = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

test('a split is a partition, stratified, deterministic, and different for another seed', () => {
  for (let trial = 0; trial < 60; trial++) {
    const random = randomAt(trial, 'trial');
    const count = 1 + random.integer(300);
    const classes = 1 + random.integer(8);
    const labels = Int32Array.from({ length: count }, () => random.integer(classes + 1) - 1);
    const fraction = random.uniform() * 0.9;
    const { train, test } = splitSamples(all(count), fraction, trial, labels);
    assert.deepEqual(
      [...train, ...test].sort((a, b) => a - b),
      [...all(count)],
    );
    assert.deepEqual(train, train.slice().sort());
    for (let label = -1; label < classes; label++) {
      const total = labels.filter((value) => value === label).length;
      const tested = test.filter((i) => labels[i] === label).length;
      assert.ok(
        Math.abs(tested - total * fraction) < 1 + 1e-9,
        `class ${label}: ${tested} of ${total} at ${fraction}`,
      );
      if (total > 0) assert.ok(tested < total, 'one of each class stays for training');
    }
    assert.deepEqual(splitSamples(all(count), fraction, trial, labels), { train, test });
  }
  const labels = new Int32Array(100);
  assert.notDeepEqual(
    splitSamples(all(100), 0.2, 1, labels).test,
    splitSamples(all(100), 0.2, 2, labels).test,
  );
});

test('sizes of a split', () => {
  const sizes = (count: number, fraction: number) => {
    const { train, test } = splitSamples(all(count), fraction, 0);
    return [train.length, test.length];
  };
  assert.deepEqual(sizes(10, 0.2), [8, 2]);
  assert.deepEqual(sizes(10, 0), [10, 0]);
  assert.deepEqual(sizes(1, 0.9), [1, 0]);
  assert.deepEqual(sizes(1797, 0.2), [1438, 359]);
});

test('a limit takes that many, spread over the data', () => {
  assert.deepEqual(choose(5, undefined, 0), all(5));
  assert.deepEqual(choose(5, 9, 0), all(5));
  const some = choose(1000, 100, 7);
  assert.equal(new Set(some).size, 100);
  assert.ok(some.at(-1)! > 800 && some[0]! < 200);
  assert.deepEqual(some, choose(1000, 100, 7));
  assert.notDeepEqual(some, choose(1000, 100, 8));
});
