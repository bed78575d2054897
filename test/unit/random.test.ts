import assert from 'node:assert/strict';
import test from 'node:test';
import { philox, randomAt } from '../../server/random.ts';

test('Philox 2x32-10 gives the known answers of Random123', () => {
  // https://github.com/DEShawResearch/random123, tests/kat_vectors
  const known = [
    [0, 0, 0, 0xff1dae59, 0x6cd10df2],
    [0xffffffff, 0xffffffff, 0xffffffff, 0x2c3f628b, 0xab4fd7ad],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0xdd7ce038, 0xf62a4c12],
  ] as const;
  const out = new Uint32Array(2);
  for (const [c0, c1, key, first, second] of known) {
    philox(c0, c1, key, out);
    assert.deepEqual([...out], [first, second]);
  }
});

test('a draw depends on seed, stream and counters, each of them', () => {
  const draw = (seed: number, stream: string, ...counters: number[]) =>
    randomAt(seed, stream, ...counters).uniform();
  assert.equal(draw(1, 'mask', 2, 3), draw(1, 'mask', 2, 3));
  const others = [
    draw(2, 'mask', 2, 3),
    draw(1, 'view', 2, 3),
    draw(1, 'mask', 3, 2),
    draw(1, 'mask', 2),
    draw(1, 'mask', 2, 3, 0),
  ];
  assert.equal(new Set([draw(1, 'mask', 2, 3), ...others]).size, 6);
});

test('uniform and normal numbers have the moments that they promise', () => {
  const random = randomAt(0, 'moments');
  const moments = (next: () => number) => {
    const values = Array.from({ length: 50_000 }, next);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return {
      mean,
      variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length,
      values,
    };
  };
  const uniform = moments(random.uniform);
  assert.ok(Math.abs(uniform.mean - 0.5) < 0.005 && Math.abs(uniform.variance - 1 / 12) < 0.002);
  assert.ok(uniform.values.every((value) => value >= 0 && value < 1));
  const normal = moments(random.normal);
  assert.ok(Math.abs(normal.mean) < 0.02 && Math.abs(normal.variance - 1) < 0.03);
});

test('a permutation holds every number once, and all orders of three come about equally often', () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = randomAt(0, 'order', i).permutation(3).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.deepEqual([...counts.keys()].sort(), ['012', '021', '102', '120', '201', '210']);
  for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 150, String(count));
});
