import type { Recordings } from '../../../protocol/trainer.ts';
import { DataError } from '../errors.ts';
import { hashOf } from '../fingerprint.ts';
import { PooledLoader } from '../loader.ts';
import type { OpenedAudio } from '../opened.ts';
import type { DataOptions } from '../options.ts';
import { choose, splitSamples } from '../split.ts';
import { channelScale, noteFailed } from '../stats.ts';
import { splitByList } from '../testList.ts';
import { frameCount, type LogMelShape, logMelShape, powerFloor } from './logMel.ts';
import { readSamples, wavBytes } from './playable.ts';
import {
  clipStart,
  createFrameCache,
  fileOf,
  isCached,
  nameOf,
  openSounds,
  type SoundsSpec,
} from './soundReader.ts';
import { joinLabels, openSoundSet, type SoundSet } from './soundSet.ts';
import { soundStatistics } from './soundStatistics.ts';

/** Positions in a recording are 32-bit numbers: four months at a hop of 10 ms. */
const mostFrames = 2 ** 30;

/** Opens recordings, and the separate test set if there is one: everything but the sound. */
export async function openAudioDataset(where: string, data: DataOptions, seed: number): Promise<OpenedAudio> {
  const { sampleRate = 16_000, clip = 0.96, mels = 64, window = 25, hop = 10, normalize = 'standard' } = data;
  const notes: string[] = [];
  const sets = [await openSoundSet(where, { labels: data.labels, key: ['data', 'audio'] }, notes)];
  const test = data.test?.audio;
  if (test !== undefined)
    sets.push(
      await openSoundSet(
        test,
        { labels: data.test?.labels ?? data.labels, key: ['data', 'test', 'audio'] },
        notes,
      ),
    );
  const files = sets.flatMap((set) => set.files);
  const spectrum = logMelShape({ sampleRate, mels, window, hop });
  const frames = Math.max(1, Math.round((clip * 1000) / hop));
  const expected = Int32Array.from(files, ({ expectedLength, sampleRate: own }) =>
    Math.min(frameCount((expectedLength * sampleRate) / own, spectrum), mostFrames),
  );
  const cache = createFrameCache(expected, mels);
  const reader: SoundsSpec = {
    kind: 'audio',
    parts: sets.map((set) => ({ folder: set.folder, files: set.files.map(({ name }) => name) })),
    spectrum,
    frames,
    expected,
    cache,
  };
  noteLong(
    reader,
    files.map(({ format }) => format),
    notes,
  );

  const name = (index: number) => nameOf(reader.parts, index);
  const labels = joinLabels(sets, test ?? where);
  const own = sets[0]!.files.length;
  const chosen = choose(own, data.limit, seed);
  const split =
    sets.length > 1
      ? { train: chosen, test: Int32Array.from({ length: files.length - own }, (_, i) => own + i) }
      : data.testList === undefined
        ? splitSamples(chosen, data.testFraction, seed, labels?.labels)
        : splitByList(data.testList, chosen, files.length, name);
  const statistics = await soundStatistics(openSounds(reader), split.train, seed);
  const broken = statistics.failed[0];
  if (statistics.count === 0)
    throw new DataError({
      key: ['data', 'audio'],
      where,
      found:
        broken === undefined
          ? 'no recordings to train on'
          : `no recording that can be decoded (${broken.name}: ${broken.reason})`,
      expected: 'at least one readable recording',
      fix:
        broken === undefined
          ? 'Lower data.testFraction, or add recordings.'
          : 'Copy the recordings again, or convert them to WAV or FLAC.',
    });
  notes.push(...noteFailed(statistics, 'recordings'));
  const skipped = sets.flatMap((set) => set.skipped);
  const shape = [mels, frames, 1] as const;
  const dataset: OpenedAudio = {
    kind: 'audio',
    sample: { modality: 'audio', shape },
    count: files.length,
    ...labels,
    split,
    skipped,
    ...channelScale(statistics, normalize),
    fingerprint: hashOf([
      sets.map((set) => set.fingerprint),
      labels === undefined ? [] : [Array.from(labels.labels), labels.classes],
      data.testList === undefined ? [] : [Array.from(split.test)],
      {
        sampleRate,
        clip,
        mels,
        window,
        hop,
        testFraction: data.testFraction,
        limit: data.limit,
        normalize,
        seed,
      },
    ]),
    summary: summarise(sets, shape, labels?.classes.length, skipped.length),
    recordings: factsOf(sets),
    recipe: recipeOf(spectrum, frames),
    rawInput: {
      words: `mean over time of ${mels} mel bands`,
      size: mels,
      read: (indices) => meanBands(dataset, indices),
    },
    name,
    origin: (index) => ({ file: fileOf(reader.parts, index) }),
    notes,
    shape,
    reader,
    async sound(index) {
      const total = isCached(cache, index) ? Atomics.load(cache.ready, index) : expected[index]!;
      const start = clipStart(total, frames, index, { seed, view: 0, epoch: 0, augmented: false });
      const { hop: step } = spectrum;
      const samples = await readSamples(fileOf(reader.parts, index), sampleRate, start * step, frames * step);
      return wavBytes(samples, sampleRate);
    },
    loader(options) {
      return new PooledLoader(this, options);
    },
    async like(input) {
      const same = { sampleRate, clip, mels, window, hop, normalize, testFraction: 0 };
      const opened = await openAudioDataset(input, same, seed);
      return { ...opened, mean: this.mean, std: this.std };
    },
    close() {},
  };
  return dataset;
}

/**
 * Each band's mean over time, normalised like the clips: the strongest control that needs no learning. The values of all
 * frames one by one do much worse, because nothing says which of them belong together.
 */
async function meanBands(dataset: OpenedAudio, indices: Int32Array): Promise<Float32Array> {
  const [mels, frames] = dataset.shape;
  const loader = dataset.loader({ seed: 0, workers: 0 });
  const means = new Float32Array(indices.length * mels);
  for (let start = 0; start < indices.length; start += 256) {
    const [clips] = await loader.load(
      indices.subarray(start, start + 256),
      [{ view: 0, augmented: false }],
      0,
    );
    for (let row = 0; row * frames < clips!.length; row++) {
      let sum = 0;
      for (let frame = 0; frame < frames; frame++) sum += clips![row * frames + frame]!;
      means[start * mels + row] = sum / frames;
    }
  }
  await loader.dispose();
  return means;
}

/** How the encoder's input is computed, for whoever calls it outside of Selfsup. */
function recipeOf(spectrum: LogMelShape, frames: number): Record<string, string> {
  const { sampleRate, mels, window, hop, fourier } = spectrum;
  return {
    logMel: JSON.stringify({
      ...spectrum,
      frames,
      floor: powerFloor,
      scale: 'slaney',
      norm: 'slaney',
      log: 'natural',
    }),
    librosa: `numpy.log(numpy.maximum(librosa.feature.melspectrogram(y=y, sr=${sampleRate}, n_fft=${fourier}, hop_length=${hop}, win_length=${window}, n_mels=${mels}), ${powerFloor}))[:, :${frames}] with y mono, as [${mels}, ${frames}, 1]; shorter recordings are followed by log(${powerFloor})`,
  };
}

/** What does not fit into memory is decoded for each clip anew. */
function noteLong({ cache, parts }: SoundsSpec, formats: readonly string[], notes: string[]): void {
  const long = formats.flatMap((format, index) => (isCached(cache, index) ? [] : [{ format, index }]));
  if (long.length === 0) return;
  const packed = long.filter(({ format }) => format !== 'WAV').length;
  notes.push(
    `${long.length} of the recordings are too long to be kept in memory, the first is ${nameOf(parts, long[0]!.index)}: their clips are read when they are needed${packed === 0 ? '' : `, and ${packed} of them must be decoded from the start for each: WAV files, or shorter ones, are faster`}`,
  );
}

function factsOf(sets: readonly SoundSet[]): Recordings {
  const files = sets.flatMap((set) => set.files);
  const seconds = files
    .map(({ expectedLength, sampleRate }) => expectedLength / sampleRate)
    .sort((a, b) => a - b);
  const rates = files.map(({ sampleRate }) => sampleRate).sort((a, b) => a - b);
  return {
    sampleRates: [rates[0]!, rates.at(-1)!],
    seconds: { shortest: seconds[0]!, median: seconds[seconds.length >> 1]!, longest: seconds.at(-1)! },
  };
}

function summarise(
  sets: readonly SoundSet[],
  [mels, frames]: LogMelSampleShape,
  classes: number | undefined,
  skipped: number,
): string {
  const files = sets.flatMap((set) => set.files);
  const formats = [...new Set(files.map(({ format }) => format))].join(', ');
  const inClasses = classes === undefined ? '' : ` in ${classes} classes`;
  const left = skipped === 0 ? '' : `, ${skipped.toLocaleString('en')} skipped`;
  return `${files.length.toLocaleString('en')} recordings as ${mels} mel bands x ${frames} frames${inClasses} (${formats})${left}`;
}

type LogMelSampleShape = readonly [mels: number, frames: number, channels: 1];
