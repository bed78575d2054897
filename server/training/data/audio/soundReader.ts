import path from 'node:path';
import { randomAt } from '../../../random.ts';
import type { Draw, SampleReader } from '../sampleReader.ts';
import { memoryLimit } from '../storage.ts';
import { LogMel, type LogMelShape, silence } from './logMel.ts';
import { readFrames } from './recording.ts';

/** Recordings as plain data and shared memory: it is posted to the workers. */
export interface SoundsSpec {
  readonly kind: 'audio';
  /** One after the other: the data and its separate test set. */
  readonly parts: readonly SoundsPart[];
  readonly spectrum: LogMelShape;
  /** Frames of a clip. */
  readonly frames: number;
  /** Frames of each recording as its header tells them. */
  readonly expected: Int32Array;
  readonly cache: FrameCache;
}

export interface SoundsPart {
  readonly folder: string;
  /** Paths relative to the folder, with forward slashes. */
  readonly files: readonly string[];
}

/** Whole spectrograms in memory that every thread shares, filled as recordings are first read. */
export interface FrameCache {
  /** Logarithms [frames][mels] of one recording after the other. */
  readonly values: Float32Array;
  /** The first frame of each recording, and one more: where the last one ends. Of those left out both are equal. */
  readonly starts: Int32Array;
  /** Frames that are there, 0 as long as none is. */
  readonly ready: Int32Array;
}

/** What headers tell may be a little less than what is decoded. */
const slack = 2;

/**
 * Memory for the spectrograms, the shortest ones first; recordings that do not fit are read again for each clip.
 * @param expected frames of each recording.
 */
export function createFrameCache(expected: Int32Array, mels: number, limit = memoryLimit): FrameCache {
  const shortestFirst = [...expected.keys()].sort((a, b) => expected[a]! - expected[b]!);
  const kept = new Uint8Array(expected.length);
  const bytes = mels * Float32Array.BYTES_PER_ELEMENT;
  let left = Math.floor(limit / bytes);
  for (const index of shortestFirst) {
    left -= expected[index]! + slack;
    if (left < 0) break;
    kept[index] = 1;
  }
  const starts = new Int32Array(new SharedArrayBuffer(4 * (expected.length + 1)));
  for (const [index, frames] of expected.entries())
    starts[index + 1] = starts[index]! + (kept[index] === 1 ? frames + slack : 0);
  return {
    values: new Float32Array(new SharedArrayBuffer(starts.at(-1)! * bytes)),
    starts,
    ready: new Int32Array(new SharedArrayBuffer(4 * expected.length)),
  };
}

/** Whether the spectrogram of a recording is kept in memory. */
export function isCached({ starts }: FrameCache, index: number): boolean {
  return starts[index + 1]! > starts[index]!;
}

/** What a recording is called: its path below the folder, that of the test set marked. */
export function nameOf(parts: readonly SoundsPart[], index: number): string {
  const { part, file } = find(parts, index);
  return part === parts[0] ? file : `test: ${file}`;
}

/** Where a recording lies. */
export function fileOf(parts: readonly SoundsPart[], index: number): string {
  const { part, file } = find(parts, index);
  return path.resolve(part.folder, ...file.split('/'));
}

function find(parts: readonly SoundsPart[], index: number): { part: SoundsPart; file: string } {
  let left = index;
  for (const part of parts) {
    const file = part.files[left];
    if (file !== undefined) return { part, file };
    left -= part.files.length;
  }
  throw new RangeError(`recording ${index}`);
}

/**
 * Where the clip of a view begins, in frames: in the middle of the recording, and anywhere for an augmented view, drawn by
 * seed, view, epoch and sample. Recordings shorter than the clip begin with it.
 */
export function clipStart(total: number, frames: number, index: number, view: ViewDraw): number {
  const room = total - frames;
  if (room <= 0) return 0;
  if (!view.augmented) return Math.floor(room / 2);
  return randomAt(view.seed, `clip${view.view}`, view.epoch, index).integer(room + 1);
}

export interface ViewDraw {
  readonly seed: number;
  readonly view: number;
  readonly epoch: number;
  readonly augmented: boolean;
}

/** Clips of recordings as log-mel spectrograms [mels, frames, 1], row 0 the lowest band; silence behind a short one. */
export function openSounds(spec: SoundsSpec): SampleReader {
  const { parts, frames, cache, expected } = spec;
  const { mels } = spec.spectrum;
  const spectrum = new LogMel(spec.spectrum);
  // One recording after the other: decoding is work for one thread, and each takes memory.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };

  const cut = (values: Float32Array, total: number, start: number): Float32Array => {
    const clip = new Float32Array(mels * frames).fill(silence);
    const there = Math.min(frames, total - start);
    for (let frame = 0; frame < there; frame++)
      for (let band = 0; band < mels; band++)
        clip[band * frames + frame] = values[(start + frame) * mels + band]!;
    return clip;
  };
  const cutAll = (index: number, draw: Draw): Float32Array[] => {
    const total = Atomics.load(cache.ready, index);
    const values = cache.values.subarray(cache.starts[index]! * mels, cache.starts[index + 1]! * mels);
    return draw.views.map((view) =>
      cut(values, total, clipStart(total, frames, index, { ...draw, ...view })),
    );
  };
  /** Two threads may write the same spectrogram at once: they write the same numbers. */
  const fill = async (index: number): Promise<void> => {
    if (Atomics.load(cache.ready, index) > 0) return;
    const start = cache.starts[index]!;
    const most = cache.starts[index + 1]! - start;
    let at = start * mels;
    const read = await readFrames(fileOf(parts, index), spectrum, { most }, (frame) => {
      cache.values.set(frame, at);
      at += mels;
    });
    if (read.silent) throw new Error('silent: all its values are 0');
    Atomics.store(cache.ready, index, read.frames);
  };
  const readClip = async (index: number, start: number): Promise<Float32Array> => {
    const values = new Float32Array(mels * frames);
    let at = 0;
    const part = { first: start, most: frames };
    const read = await readFrames(fileOf(parts, index), spectrum, part, (frame) => {
      values.set(frame, at);
      at += mels;
    });
    return cut(values, read.frames, 0);
  };
  const readAll = async (index: number, draw: Draw): Promise<Float32Array[]> => {
    const clips: Float32Array[] = [];
    for (const view of draw.views)
      clips.push(await readClip(index, clipStart(expected[index]!, frames, index, { ...draw, ...view })));
    return clips;
  };

  return {
    unit: 'deviation',
    name: (index) => nameOf(parts, index),
    read(index, draw) {
      if (!isCached(cache, index)) return inTurn(() => readAll(index, draw));
      if (Atomics.load(cache.ready, index) > 0) return cutAll(index, draw);
      return inTurn(() => fill(index)).then(() => cutAll(index, draw));
    },
    close() {},
  };
}
