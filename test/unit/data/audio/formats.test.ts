import assert from 'node:assert/strict';
import { closeSync, cpSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { probeRecording, soundOf } from '../../../../server/training/data/audio/recording.ts';
import { temporaryFolder } from '../fixtures.ts';

const fixtures = path.resolve('test/fixtures/audio');
const fixture = (name: string) => path.join(fixtures, name);

async function read(file: string, rate: number, from = 0): Promise<Float32Array> {
  const values: number[] = [];
  for await (const piece of soundOf(file, rate, from)) values.push(...piece);
  return Float32Array.from(values);
}

/** The largest distance from the tone that all fixtures hold, away from both ends. */
function fromTone(values: Float32Array, rate: number): number {
  let worst = 0;
  for (let i = Math.round(rate * 0.03); i < rate * 0.12; i++)
    worst = Math.max(worst, Math.abs(values[i]! - 0.375 * Math.sin((2 * Math.PI * 440 * i) / rate)));
  return worst;
}

/** Format in words, own rate, and how far from the truth its coding may be. */
const files: Readonly<Record<string, readonly [string, number, number]>> = {
  'u8.wav': ['WAV', 16_000, 0.01],
  's16.wav': ['WAV', 16_000, 1e-4],
  's24.wav': ['WAV', 16_000, 1e-6],
  's32.wav': ['WAV', 16_000, 1e-6],
  'f32.wav': ['WAV', 16_000, 1e-6],
  'f64.wav': ['WAV', 16_000, 1e-6],
  'mulaw.wav': ['WAV', 16_000, 0.02],
  'alaw.wav': ['WAV', 16_000, 0.02],
  'rf64.wav': ['WAV', 16_000, 1e-4],
  's16.flac': ['FLAC', 16_000, 1e-4],
  's24.flac': ['FLAC', 16_000, 1e-6],
  'flac.ogg': ['Ogg FLAC', 16_000, 1e-4],
  'vorbis.ogg': ['Ogg Vorbis', 16_000, 0.02],
  'opus.ogg': ['Ogg Opus', 48_000, 0.02],
  'layer3.mp3': ['MP3', 44_100, 0.02],
};

for (const [name, [format, rate, tolerance]] of Object.entries(files)) {
  test(`${name}: both channels mixed, in its own rate and in another`, async () => {
    const info = probeRecording(fixture(name));
    assert.deepEqual([info.format, info.sampleRate, info.channels], [format, rate, 2]);
    const own = await read(fixture(name), rate);
    assert.ok(Math.abs(own.length - 0.15 * rate) <= 1, `${own.length} samples`);
    assert.ok(info.expectedLength >= own.length && info.expectedLength < 1.5 * own.length + 3000);
    assert.ok(fromTone(own, rate) < tolerance, `off by ${fromTone(own, rate)}`);
    const other = await read(fixture(name), 22_050);
    assert.ok(Math.abs(other.length - 0.15 * 22_050) <= 1, `${other.length} samples`);
    assert.ok(fromTone(other, 22_050) < tolerance + 1e-4, `off by ${fromTone(other, 22_050)}`);
  });

  test(`${name}: from the middle on it is what the whole is from there on`, async () => {
    for (const to of [rate, 8000]) {
      const whole = await read(fixture(name), to);
      const part = await read(fixture(name), to, 500);
      assert.equal(part.length, whole.length - 500);
      const worst = part.reduce((most, value, i) => Math.max(most, Math.abs(value - whole[i + 500]!)), 0);
      assert.ok(worst < 1e-5, `off by ${worst}`);
    }
  });

  test(`${name}: cut off, damaged`, async (t) => {
    const bytes = readFileSync(fixture(name));
    const file = path.join(temporaryFolder(t), name);
    for (const share of [0.001, 0.3, 0.7]) {
      writeFileSync(file, bytes.subarray(0, Math.ceil(bytes.length * share)));
      await assert.rejects(
        read(file, rate),
        /^Error: (cut off|damaged|not a sound file|no MPEG frame)/,
        `${share}`,
      );
    }
  });
}

test('files without sound say what they are', async (t) => {
  const folder = temporaryFolder(t);
  const put = (name: string, content: string | Uint8Array) => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  await assert.rejects(read(put('a.wav', ''), 8000), /^Error: empty file$/);
  await assert.rejects(read(put('b.mp3', 'These are words.'), 8000), /^Error: not a sound file/);
  await assert.rejects(read(fixture('adpcm.wav'), 8000), /IMA ADPCM cannot be read; convert it/);
  const wav = readFileSync(fixture('s16.wav'));
  const data = wav.indexOf('data');
  const none = Buffer.from(wav.subarray(0, data + 8));
  none.writeUInt32LE(0, data + 4);
  await assert.rejects(read(put('c.wav', none), 8000), /^Error: no sound in it$/);
  const nan = Buffer.from(readFileSync(fixture('f32.wav')));
  nan.writeFloatLE(Number.NaN, nan.indexOf('data') + 48);
  await assert.rejects(read(put('d.wav', nan), 8000), /not a number/);
  const flac = Buffer.from(readFileSync(fixture('s16.flac')));
  flac.fill(0xaa, 9000, 9500);
  await assert.rejects(read(put('e.flac', flac), 16_000), /^Error: (damaged|cut off)/);
});

test('a WAV file that was written to a pipe has no size in its header', async (t) => {
  const wav = Buffer.from(readFileSync(fixture('s16.wav')));
  wav.writeUInt32LE(0xffffffff, wav.indexOf('data') + 4);
  const file = path.join(temporaryFolder(t), 'piped.wav');
  writeFileSync(file, wav);
  assert.ok(fromTone(await read(file, 16_000), 16_000) < 1e-4);
});

test('the extension does not matter', async (t) => {
  const file = path.join(temporaryFolder(t), 'a.wav');
  cpSync(fixture('s16.flac'), file);
  assert.equal(probeRecording(file).format, 'FLAC');
});

test('a WAV file of 3 GB: any part is read at once, in flat memory', async (t) => {
  const file = path.join(temporaryFolder(t), 'huge.wav');
  const head = Buffer.from(readFileSync(fixture('s16.wav'))).subarray(0, 44);
  const bytes = 3 * 2 ** 30;
  head.writeUInt32LE(bytes, 40);
  head.write('data', 36, 'latin1');
  head.writeUInt16LE(1, 22);
  head.writeUInt16LE(2, 32);
  const handle = openSync(file, 'w');
  writeSync(handle, head);
  ftruncateSync(handle, 44 + bytes); // a hole: takes no place on the disk
  writeSync(handle, Buffer.from([0, 64]), 0, 2, 44 + 2 * 1_500_000_000);
  closeSync(handle);
  assert.equal(probeRecording(file).length, bytes / 2);
  const before = process.memoryUsage().arrayBuffers;
  for await (const piece of soundOf(file, 16_000, 1_500_000_000 - 10)) {
    assert.deepEqual([...piece.subarray(9, 12)], [0, 0.5, 0]);
    break;
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 50e6);
});
