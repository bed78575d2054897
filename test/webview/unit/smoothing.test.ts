import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptIndices, pick } from '../../../server/protocol/decimate.ts';
import { smooth } from '../../../webview/charts/smoothing.ts';

const steps = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test('no smoothing gives the values back', () => {
  assert.deepEqual(smooth([0, 1, 2], [3, 1, 2], 0), [3, 1, 2]);
  assert.deepEqual(smooth([5], [3], 0.9), [3]);
});

test('a constant stays what it is from its first point on: no pull towards zero', () => {
  for (const value of smooth(steps(50), new Array(50).fill(7), 0.9)) assert.ok(Math.abs(value - 7) < 1e-12);
});

test('more smoothing leaves less of the noise and keeps the level', () => {
  const x = steps(1000);
  const y = x.map((step) => 5 + (step % 2 === 0 ? 1 : -1));
  const spread = (values: readonly number[]): number => {
    const tail = values.slice(200);
    return Math.max(...tail) - Math.min(...tail);
  };
  const little = spread(smooth(x, y, 0.2));
  const much = spread(smooth(x, y, 0.8));
  assert.ok(much < little && little < 2, `${much} < ${little} < 2`);
  assert.ok(Math.abs(smooth(x, y, 0.8).at(-1)! - 5) < 0.05);
});

test('a thinned curve is smoothed like the whole one', () => {
  const x = steps(20_000);
  const y = x.map((step) => Math.exp(-step / 5000) + 0.2 * Math.sin(step * 1.7));
  const whole = smooth(x, y, 0.7);
  const kept = keptIndices(x, y, 1000);
  const thinned = smooth(pick(x, kept), pick(y, kept), 0.7);
  kept.forEach((index, position) => {
    if (index < 1000) return;
    assert.ok(Math.abs(thinned[position]! - whole[index]!) < 0.05, `at ${index}`);
  });
});
