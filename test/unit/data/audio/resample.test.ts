import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resample } from '../../../../server/training/data/audio/resample.ts';

async function* inPieces(values: Float32Array, length: number): AsyncGenerator<Float32Array> {
  for (let at = 0; at < values.length; at += length) yield values.subarray(at, at + length);
}

async function resampled(
  values: Float32Array,
  from: number,
  to: number,
  length = 5000,
): Promise<Float32Array> {
  const out: number[] = [];
  for await (const piece of resample(inPieces(values, length), from, to)) out.push(...piece);
  return Float32Array.from(out);
}

const sine = (hertz: number, rate: number, seconds: number) =>
  Float32Array.from(
    { length: Math.round(rate * seconds) },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate),
  );

for (const [from, to] of [
  [44_100, 16_000],
  [8000, 16_000],
  [48_000, 8000],
  [11_025, 8000],
  [192_000, 8000],
] as const)
  test(`a sine stays a sine from ${from} to ${to} Hz, and its length what it was`, async () => {
    const found = await resampled(sine(440, from, 0.5), from, to);
    const wanted = sine(440, to, 0.5);
    assert.equal(found.length, wanted.length);
    let worst = 0;
    for (let i = Math.round(0.02 * to); i < 0.48 * to; i++)
      worst = Math.max(worst, Math.abs(found[i]! - wanted[i]!));
    assert.ok(worst < 1e-4, `off by ${worst}`);
  });

test('what the lower rate cannot hold is taken away, not folded', async () => {
  const found = await resampled(sine(6000, 16_000, 0.5), 16_000, 8000);
  const middle = found.subarray(400, 3600);
  assert.ok(middle.every((value) => Math.abs(value) < 1e-3));
});

test('pieces of any length give the same, a longer sound than the converter holds too', async () => {
  const values = sine(300, 16_000, 20);
  const one = await resampled(values, 16_000, 8000, values.length);
  const many = await resampled(values, 16_000, 8000, 777);
  assert.equal(one.length, 160_000);
  const worst = one.reduce((most, value, i) => Math.max(most, Math.abs(value - many[i]!)), 0);
  assert.ok(worst < 1e-6, `off by ${worst}`);
});

test('equal rates pass, very short sounds keep their length', async () => {
  const values = sine(300, 8000, 0.1);
  assert.deepEqual(await resampled(values, 8000, 8000), values);
  assert.equal((await resampled(values.subarray(0, 10), 8000, 16_000)).length, 20);
  assert.equal((await resampled(new Float32Array(0), 8000, 16_000)).length, 0);
});
