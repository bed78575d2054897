import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { logMel, logMelShape, silence } from '../../../../server/training/data/audio/logMel.ts';
import { openAudioDataset } from '../../../../server/training/data/audio/openAudioDataset.ts';
import { wavBytes } from '../../../../server/training/data/audio/playable.ts';
import {
  clipStart,
  createFrameCache,
  isCached,
  openSounds,
} from '../../../../server/training/data/audio/soundReader.ts';
import type { ViewKey } from '../../../../server/training/data/dataset.ts';
import { openDataset } from '../../../../server/training/data/open.ts';
import type { OpenedAudio } from '../../../../server/training/data/opened.ts';
import type { DataOptions } from '../../../../server/training/data/options.ts';
import { temporaryFolder } from '../fixtures.ts';

const rate = 8000;
const spectrum = { sampleRate: rate, mels: 16, window: 25, hop: 10 };
const plain: ViewKey = { view: 0, augmented: false };
const augmented: ViewKey = { view: 0, augmented: true };

/** A tone that rises, so that every moment differs. */
const chirp = (seconds: number, start = 200) =>
  Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, i) => 0.5 * Math.sin((start + 0.02 * i) * (i / rate) * 6),
  );

function put(folder: string, name: string, content: Uint8Array | string): void {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), content);
}

async function open(folder: string, more: Partial<DataOptions> = {}): Promise<OpenedAudio> {
  const options = { audio: folder, testFraction: 0, clip: 0.2, ...spectrum, ...more };
  return (await openDataset(options, { seed: 0 })) as OpenedAudio;
}

async function load(dataset: OpenedAudio, views: readonly ViewKey[], indices = [0], epoch = 0, workers = 0) {
  const loader = dataset.loader({ seed: 5, workers });
  const loaded = await loader.load(Int32Array.from(indices), views, epoch);
  await loader.dispose();
  return loaded;
}

/** [mels, frames] of a recording from one frame on. */
function clipOf(samples: Float32Array, start: number, frames: number): Float32Array {
  const all = logMel(samples, logMelShape(spectrum));
  return Float32Array.from({ length: 16 * frames }, (_, i) => {
    const frame = all[start + (i % frames)];
    return frame === undefined ? silence : frame[Math.floor(i / frames)]!;
  });
}

function assertClose(found: Float32Array, wanted: Float32Array, tolerance = 2e-3): void {
  assert.equal(found.length, wanted.length);
  const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
  assert.ok(worst < tolerance, `off by ${worst}`);
}

test('a folder: labels by subfolder, the middle of long recordings, silence behind short ones', async (t) => {
  const folder = temporaryFolder(t);
  const [long, short] = [chirp(1), chirp(0.1, 700)];
  put(folder, 'a/long.wav', wavBytes(long, rate));
  put(folder, 'b/short.wav', wavBytes(short, rate));
  const dataset = await open(folder, { normalize: 'none' });
  assert.deepEqual(dataset.sample, { modality: 'audio', shape: [16, 20, 1] });
  assert.deepEqual(dataset.classes, ['a', 'b']);
  assert.equal(dataset.summary, '2 recordings as 16 mel bands x 20 frames in 2 classes (WAV)');
  assert.deepEqual(dataset.recordings, {
    sampleRates: [8000, 8000],
    seconds: { shortest: 0.1, median: 1, longest: 1 },
  });
  const [both] = await load(dataset, [plain], [0, 1]);
  assertClose(both!.subarray(0, 320), clipOf(long, 40, 20), 0.05); // 16 bits are coarse where it is silent
  assertClose(both!.subarray(320), clipOf(short, 0, 20), 0.05);
  assert.deepEqual([...both!.subarray(320 + 11, 320 + 20)], new Array(9).fill(Math.fround(silence)));
});

test('training views begin anywhere, by seed, view, epoch and sample; the same in workers', async (t) => {
  const folder = temporaryFolder(t);
  for (let i = 0; i < 40; i++) put(folder, `${i}.wav`, wavBytes(chirp(0.6, 200 + i), rate));
  const dataset = await open(folder);
  const indices = Array.from({ length: 40 }, (_, i) => i);
  const views = [augmented, { ...augmented, view: 1 }];
  const [first, second] = await load(dataset, views, indices);
  assert.notDeepEqual(first, second);
  assert.deepEqual((await load(dataset, views, indices, 0, 2))[1], second);
  assert.notDeepEqual((await load(dataset, views, indices, 1))[0], first);
  const starts = indices.map((index) => clipStart(61, 20, index, { seed: 5, epoch: 0, ...augmented }));
  assert.ok(Math.min(...starts) < 5 && Math.max(...starts) > 36 && Math.max(...starts) <= 41);
  assert.equal(clipStart(61, 20, 3, { seed: 5, epoch: 0, ...plain }), 20);
});

test('values are normalised by the training recordings; other data with the same numbers', async (t) => {
  const folder = temporaryFolder(t);
  for (let i = 0; i < 8; i++) put(folder, `in/${i}.wav`, wavBytes(chirp(0.3, 200 + 50 * i), rate));
  put(folder, 'out/other.wav', wavBytes(chirp(0.3, 900), rate));
  const dataset = await open(path.join(folder, 'in'), { testFraction: 0.25 });
  const [values] = await load(dataset, [plain], [...dataset.split.train]);
  const mean = values!.reduce((sum, value) => sum + value, 0) / values!.length;
  const square = values!.reduce((sum, value) => sum + value * value, 0) / values!.length;
  assert.ok(Math.abs(mean) < 1e-4 && Math.abs(square - 1) < 1e-3);
  const other = (await dataset.like(path.join(folder, 'out'))) as OpenedAudio;
  assert.deepEqual([other.mean, other.std, other.count], [dataset.mean, dataset.std, 1]);
  const [raw] = await load(await open(path.join(folder, 'out'), { normalize: 'none' }), [plain]);
  const [scaled] = await load(other, [plain]);
  assertClose(
    scaled!,
    raw!.map((value) => (value - dataset.mean[0]!) / dataset.std[0]!),
  );
  const single = (await dataset.like(path.join(folder, 'out', 'other.wav'))) as OpenedAudio;
  assertClose((await load(single, [plain]))[0]!, scaled!, 1e-6);
});

test('labels from a table; a test set of its own; what it says when they do not fit', async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['train/x.wav', 'train/y.wav', 'train/z.wav', 'test/u.wav'])
    put(folder, name, wavBytes(chirp(0.3), rate));
  put(folder, 'labels.csv', 'file,label\nx.wav,low\ny,high\nother.wav,low\n');
  const labels = path.join(folder, 'labels.csv');
  const dataset = await open(path.join(folder, 'train'), { labels });
  assert.deepEqual(
    [[...dataset.labels!], dataset.classes],
    [
      [1, 0, -1],
      ['high', 'low'],
    ],
  );
  assert.deepEqual(dataset.notes, [
    'labels.csv names recordings that are not there: other.wav',
    'recordings without a label in labels.csv: z.wav',
  ]);
  const split = await open(path.join(folder, 'train'), {
    labels: 'none',
    test: { audio: path.join(folder, 'test') },
  });
  assert.deepEqual(
    [[...split.split.train], [...split.split.test], split.name(3)],
    [[0, 1, 2], [3], 'test: u.wav'],
  );
  await assert.rejects(
    open(folder),
    /found the subfolders .*train.*data\.audio to .*train and data\.test\.audio/s,
  );
});

test('broken recordings are left out or replaced, with the reason', async (t) => {
  const folder = temporaryFolder(t);
  for (let i = 0; i < 6; i++) put(folder, `ok${i}.wav`, wavBytes(chirp(0.3), rate));
  put(folder, 'cut.wav', wavBytes(chirp(0.3), rate).subarray(0, 1000));
  put(folder, 'empty.flac', '');
  put(folder, 'notes.mp3', 'no sound at all');
  put(folder, 'silent.wav', wavBytes(new Float32Array(2400), rate));
  put(folder, 'song.m4a', 'x');
  put(folder, 'readme.txt', 'x');
  const dataset = await open(folder);
  assert.deepEqual(
    dataset.skipped.map(({ name, reason }) => `${name}: ${reason}`),
    [
      'cut.wav: cut off: 0.0597 of 0.3 seconds are there',
      'empty.flac: empty file',
      'notes.mp3: not a sound file (unknown first bytes)',
      'song.m4a: M4A cannot be read; convert it to WAV or FLAC',
    ],
  );
  assert.equal(dataset.count, 7);
  const said: string[] = [];
  const loader = dataset.loader({
    seed: 0,
    workers: 0,
    onSkipped: ({ name, reason }) => said.push(`${name}: ${reason}`),
  });
  await loader.load(Int32Array.from([0, 6]), [plain], 0);
  await loader.dispose();
  assert.deepEqual(said, ['silent.wav: silent: all its values are 0']);
});

test('folders without a recording, and single files that are none', async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(open(folder), /found no recordings; expected WAV, FLAC, OGG or MP3 files/);
  put(folder, 'a.wav', 'words');
  await assert.rejects(open(folder), /no recording that can be read \(a\.wav: not a sound file/);
  put(folder, 'table.csv', 'a,b\n1,2\n');
  await assert.rejects(open(path.join(folder, 'table.csv')), /use data\.table/);
  await assert.rejects(open(path.join(folder, 'b')), /found nothing there/);
});

test('what does not fit into memory is read clip by clip, with the same numbers', async (t) => {
  const folder = temporaryFolder(t);
  put(folder, '0.wav', wavBytes(chirp(0.5), rate));
  put(folder, '1.wav', wavBytes(chirp(2, 300), rate));
  for (const sampleRate of [rate, 11_025]) {
    const { reader } = await open(folder, { sampleRate });
    const { expected } = reader;
    const small = createFrameCache(expected, 16, 16 * 4 * 100);
    assert.deepEqual([isCached(small, 0), isCached(small, 1)], [true, false]);
    const [kept, read] = [openSounds(reader), openSounds({ ...reader, cache: small })];
    for (const view of [plain, augmented])
      for (const index of [0, 1]) {
        const draw = { views: [view], seed: 1, epoch: 2 };
        const [a] = await kept.read(index, draw);
        const [b] = await read.read(index, draw);
        assertClose(b as Float32Array, a as Float32Array, 2e-2);
      }
  }
});

test('a clip can be played: the samples of the plain view', async (t) => {
  const folder = temporaryFolder(t);
  put(folder, 'a.wav', wavBytes(chirp(1), rate));
  const dataset = await open(folder);
  const wav = await dataset.sound(0);
  const whole = readFileSync(path.join(folder, 'a.wav'));
  assert.equal(wav.length, 44 + 2 * 0.2 * rate);
  assert.deepEqual(wav.subarray(44), whole.subarray(44 + 2 * 40 * 80, 44 + 2 * 40 * 80 + wav.length - 44));
});

test('what training depends on changes the fingerprint', async (t) => {
  const folder = temporaryFolder(t);
  put(folder, 'a.wav', wavBytes(chirp(0.3), rate));
  const print = async (more: Partial<DataOptions>) => (await open(folder, more)).fingerprint;
  const base = await print({});
  assert.equal(await print({}), base);
  for (const more of [{ hop: 5 }, { mels: 20 }, { clip: 0.1 }, { window: 30 }, { sampleRate: 16_000 }])
    assert.notEqual(await print(more), base);
  assert.equal((await openAudioDataset(folder, { testFraction: 0 }, 0)).sample.shape.join(), '64,96,1');
});
