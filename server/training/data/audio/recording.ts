import { SoundFile as File, type SoundFile, type SoundFormat, type SoundInfo } from './formats/format.ts';
import { formatOf } from './formats/registry.ts';
import type { LogMel, LogMelShape } from './logMel.ts';
import { resample } from './resample.ts';

/** libsamplerate takes no more; a rate beyond it is a damaged header. */
const highestRate = 192_000;

/** A sound file, open. */
export interface Recording {
  readonly info: SoundInfo;
  readonly format: SoundFormat;
  readonly file: SoundFile;
}

/**
 * What a sound file's headers tell.
 * @throws an Error whose message is the reason, where they tell that it cannot be read.
 */
export function probeRecording(path: string): SoundInfo {
  return withRecording(path, ({ info }) => info);
}

function withRecording<Result>(path: string, use: (recording: Recording) => Result): Result {
  const file = new File(path);
  try {
    return use(identify(file));
  } finally {
    file.close();
  }
}

function identify(file: SoundFile): Recording {
  if (file.size === 0) throw new Error('empty file');
  const format = formatOf(file.read(0, 64));
  if (format === undefined) throw new Error('not a sound file (unknown first bytes)');
  const info = probe(format, file);
  if (info.length === 0) throw new Error('no sound in it');
  if (info.sampleRate > highestRate)
    throw new Error(
      `a header with a sample rate of ${info.sampleRate.toLocaleString('en')} Hz; up to ${highestRate.toLocaleString('en')} can be read`,
    );
  return { info, format, file };
}

/** A damaged header may point behind its own end: Node's message about that says nothing to anyone. */
function probe(format: SoundFormat, file: SoundFile): SoundInfo {
  try {
    return format.probe(file);
  } catch (error) {
    if (error instanceof RangeError) throw new Error('cut off within its header');
    throw error;
  }
}

/**
 * The mono sound of a file at the given rate, from sample `from` (at that rate) on. Flat memory; end the loop and the
 * file is closed. Formats without an index are decoded from their start and what lies before `from` is dropped.
 * @throws an Error whose message is the reason, where the file is broken.
 */
export async function* soundOf(
  path: string,
  sampleRate: number,
  from = 0,
): AsyncGenerator<Float32Array, void, undefined> {
  const file = new File(path);
  try {
    const { info, format } = identify(file);
    const start = alignedStart(from, sampleRate, info.sampleRate);
    let skip = from - start.at;
    const own = finite(format.decode(file, info, start.own));
    for await (const piece of resample(own, info.sampleRate, sampleRate)) {
      const rest = piece.subarray(Math.min(skip, piece.length));
      skip -= piece.length - rest.length;
      if (rest.length > 0) yield rest;
    }
  } finally {
    file.close();
  }
}

/** Samples that a resampling filter needs before the one that is wanted; far more than any filter of libsamplerate. */
const filterReach = 1024;

/**
 * Where to begin decoding so that the filter has settled at `from`: a sample that both rates share, counted at the
 * wanted rate (`at`) and at the file's own.
 */
function alignedStart(from: number, rate: number, ownRate: number): { at: number; own: number } {
  if (rate === ownRate) return { at: from, own: from };
  const divisor = commonDivisor(rate, ownRate);
  const [step, ownStep] = [rate / divisor, ownRate / divisor];
  const steps = Math.max(0, Math.floor((from - filterReach) / step));
  return { at: steps * step, own: steps * ownStep };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

async function* finite(pieces: AsyncIterable<Float32Array>): AsyncGenerator<Float32Array, void, undefined> {
  for await (const piece of pieces) {
    for (let i = 0; i < piece.length; i++)
      if (!Number.isFinite(piece[i])) throw new Error('a value that is not a number, or infinite');
    yield piece;
  }
}

/**
 * Frames of the log-mel spectrogram of a file, from frame `first` on, at most `most`; `emit` gets each, [mels], valid
 * until it returns.
 * @returns whether there was anything but silence in what was read.
 */
export async function readFrames(
  path: string,
  spectrum: LogMel,
  { first = 0, most = Infinity }: { readonly first?: number; readonly most?: number },
  emit: (frame: Float32Array) => void,
): Promise<{ readonly frames: number; readonly silent: boolean }> {
  const { shape } = spectrum;
  const begin = first * shape.hop - shape.fourier / 2;
  // Before the first sample there is silence.
  spectrum.reset(new Float32Array(Math.max(0, -begin)));
  let frames = 0;
  let silent = true;
  const take = (frame: Float32Array) => {
    if (frames++ < most) emit(frame);
  };
  let samples = 0;
  for await (const piece of soundOf(path, shape.sampleRate, Math.max(0, begin))) {
    samples += piece.length;
    silent &&= piece.every((value) => value === 0);
    spectrum.push(piece, take);
    if (frames >= most) return { frames: most, silent };
  }
  if (samples === 0 && first === 0) throw new Error('no sound in it');
  spectrum.end(take);
  return { frames: Math.min(frames, most), silent };
}

export type { LogMelShape };
