import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  frameCount,
  LogMel,
  logMel,
  logMelShape,
  silence,
} from '../../../../server/training/data/audio/logMel.ts';
import {
  fourierLength,
  hertzToMel,
  melBands,
  melToHertz,
} from '../../../../server/training/data/audio/melBands.ts';

interface Fixture {
  readonly cases: readonly {
    readonly sampleRate: number;
    readonly window: number;
    readonly hop: number;
    readonly mels: number;
    readonly fourier: number;
    readonly frames: number;
    readonly values: readonly number[];
  }[];
  /** [8 bands][129 bins] */
  readonly bands: readonly (readonly number[])[];
}

const fixture = JSON.parse(readFileSync('test/fixtures/audio/logMel.json', 'utf8')) as Fixture;

/** What test/fixtures/audio/make.py gives librosa. */
function sound(rate: number, seconds: number): Float32Array {
  let state = 1n;
  const count = Math.floor(rate * seconds);
  return Float32Array.from({ length: count }, (_, i) => {
    state = (state * 1103515245n + 12345n) % 2147483648n;
    const t = i / rate;
    return (
      0.4 * Math.sin(2 * Math.PI * 440 * t) +
      ((0.5 * t) / seconds) * Math.sin(2 * Math.PI * 1700 * t) +
      0.02 * (Number(state) / 2147483648 - 0.5)
    );
  });
}

for (const { sampleRate, window, hop, mels, fourier, frames, values } of fixture.cases)
  test(`log-mel at ${sampleRate} Hz equals librosa's`, () => {
    const shape = { sampleRate, window, hop, mels, fourier };
    const found = logMel(sound(sampleRate, 0.1), shape);
    assert.equal(found.length, frames);
    assert.equal(frameCount(sampleRate * 0.1, shape), frames);
    for (const [frame, row] of found.entries())
      for (const [band, value] of row.entries()) {
        const wanted = values[frame * mels + band]!;
        assert.ok(Math.abs(value - wanted) < 2e-4, `frame ${frame}, band ${band}: ${value}, not ${wanted}`);
      }
  });

test('mel bands equal those of librosa, as numbers and as their areas', () => {
  const bands = melBands({ sampleRate: 8000, fourier: 256, mels: 8 });
  for (const [band, wanted] of fixture.bands.entries()) {
    const { first, weights } = bands[band]!;
    const found = wanted.map((_, bin) => weights[bin - first] ?? 0);
    for (const [bin, value] of found.entries()) assert.ok(Math.abs(value - wanted[bin]!) < 1e-8);
  }
});

test("Slaney's scale: linear below 1000 Hz, 27 mels for a factor of 6.4 above, and back", () => {
  assert.ok(Math.abs(hertzToMel(1000) - 15) < 1e-12);
  assert.ok(Math.abs(hertzToMel(6400) - 42) < 1e-12);
  for (const hertz of [0, 123, 1000, 4567]) assert.ok(Math.abs(melToHertz(hertzToMel(hertz)) - hertz) < 1e-9);
});

test('a transform is long enough that no band is empty', () => {
  assert.equal(fourierLength(200, 8000, 40), 256);
  assert.ok(fourierLength(200, 8000, 200) > 256);
  const fourier = fourierLength(80, 16_000, 128);
  assert.ok(melBands({ sampleRate: 16_000, fourier, mels: 128 }).every(({ weights }) => weights.length > 0));
});

test('a stream gives the same frames in whatever pieces it comes', () => {
  const samples = sound(8000, 0.3);
  for (const hop of [10, 60]) {
    const shape = logMelShape({ sampleRate: 8000, mels: 20, window: 25, hop });
    const whole = logMel(samples, shape);
    const found: Float32Array[] = [];
    const keep = (frame: Float32Array) => void found.push(frame.slice());
    const stream = new LogMel(shape);
    for (let at = 0, length = 1; at < samples.length; at += length, length = (length * 7) % 501)
      stream.push(samples.subarray(at, at + length), keep);
    stream.end(keep);
    assert.equal(found.length, frameCount(samples.length, shape));
    assert.deepEqual(found, whole);
  }
});

test('silence is the floor', () => {
  const shape = logMelShape({ sampleRate: 8000, mels: 20, window: 25, hop: 10 });
  for (const frame of logMel(new Float32Array(800), shape))
    assert.deepEqual([...frame], new Array(20).fill(Math.fround(silence)));
});
