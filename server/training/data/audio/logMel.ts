import FFT from 'fft.js';
import { fourierLength, type MelBand, melBands } from './melBands.ts';

export interface LogMelOptions {
  /** Samples per second. */
  readonly sampleRate: number;
  readonly mels: number;
  /** Milliseconds. */
  readonly window: number;
  /** Milliseconds from one frame to the next. */
  readonly hop: number;
}

/** The same in whole samples. */
export interface LogMelShape {
  readonly sampleRate: number;
  readonly mels: number;
  readonly window: number;
  readonly hop: number;
  /** Length of the Fourier transform, a power of two. */
  readonly fourier: number;
}

/** Power below which a band counts as silent: 77 dB below a full-scale tone in a band of 100 Hz. */
export const powerFloor = 1e-6;
/** What a band of silence becomes. */
export const silence = Math.log(powerFloor);

export function logMelShape({ sampleRate, mels, window, hop }: LogMelOptions): LogMelShape {
  const samples = (milliseconds: number) => Math.max(1, Math.round((milliseconds / 1000) * sampleRate));
  const windowLength = samples(window);
  return {
    sampleRate,
    mels,
    window: windowLength,
    hop: samples(hop),
    fourier: fourierLength(windowLength, sampleRate, mels),
  };
}

/** Frames of a recording: one is centred on every hop from its first sample on. */
export function frameCount(samples: number, { hop }: Pick<LogMelShape, 'hop'>): number {
  return samples === 0 ? 0 : 1 + Math.floor(samples / hop);
}

/**
 * Log-mel spectrogram of a stream of samples, frame by frame: periodic Hann window in the middle of the transform, power,
 * {@link melBands}, natural logarithm of max(power, {@link powerFloor}). Beyond both ends there is silence. The same as
 * `np.log(np.maximum(librosa.feature.melspectrogram(y, sr, n_fft, hop_length, win_length, n_mels), floor))` in librosa
 * 0.10 and later.
 */
export class LogMel {
  readonly shape: LogMelShape;
  readonly #fourier: FFT;
  readonly #window: Float64Array;
  readonly #bands: readonly MelBand[];
  readonly #input: number[];
  readonly #spectrum: number[];
  readonly #power: Float64Array;
  readonly #frame: Float32Array;
  #pending: Float32Array<ArrayBufferLike>;
  /** Samples still to come that lie between two frames: a hop may be longer than the transform. */
  #gap = 0;

  constructor(shape: LogMelShape) {
    this.shape = shape;
    const { fourier, window } = shape;
    this.#fourier = new FFT(fourier);
    this.#window = hann(window, fourier);
    this.#bands = melBands(shape);
    this.#input = new Array<number>(fourier).fill(0);
    this.#spectrum = this.#fourier.createComplexArray();
    this.#power = new Float64Array(fourier / 2 + 1);
    this.#frame = new Float32Array(shape.mels);
    this.#pending = new Float32Array(fourier / 2);
  }

  /**
   * Begins a new stream.
   * @param context the samples before the first one that follows, as many as half a transform; silence if not given.
   */
  reset(context = new Float32Array(this.shape.fourier / 2)): void {
    this.#pending = context;
    this.#gap = 0;
  }

  /** Takes samples; `emit` gets every frame that they complete, [mels], valid until it returns. */
  push(samples: Float32Array, emit: (frame: Float32Array) => void): void {
    const { fourier, hop } = this.shape;
    const all = new Float32Array(this.#pending.length + samples.length);
    all.set(this.#pending);
    all.set(samples, this.#pending.length);
    let start = this.#gap;
    for (; start + fourier <= all.length; start += hop) emit(this.#transform(all, start));
    this.#gap = Math.max(0, start - all.length);
    this.#pending = all.slice(Math.min(start, all.length));
  }

  /** The frames that reach over the end. */
  end(emit: (frame: Float32Array) => void): void {
    this.push(new Float32Array(this.shape.fourier / 2), emit);
  }

  #transform(samples: Float32Array, start: number): Float32Array {
    const input = this.#input;
    for (let i = 0; i < input.length; i++) input[i] = samples[start + i]! * this.#window[i]!;
    const spectrum = this.#spectrum;
    this.#fourier.realTransform(spectrum, input);
    const power = this.#power;
    for (let bin = 0; bin < power.length; bin++)
      power[bin] = spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2;
    for (const [band, { first, weights }] of this.#bands.entries()) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * power[first + i]!;
      this.#frame[band] = Math.log(Math.max(sum, powerFloor));
    }
    return this.#frame;
  }
}

/** Periodic Hann window of the given length in the middle of a transform. */
function hann(length: number, fourier: number): Float64Array {
  const window = new Float64Array(fourier);
  const start = Math.floor((fourier - length) / 2);
  for (let i = 0; i < length; i++) window[start + i] = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length);
  return window;
}

/** Log-mel spectrogram of a whole recording, [frames][mels]: for short ones. */
export function logMel(samples: Float32Array, shape: LogMelShape): Float32Array[] {
  const frames: Float32Array[] = [];
  const keep = (frame: Float32Array) => void frames.push(frame.slice());
  const stream = new LogMel(shape);
  stream.push(samples, keep);
  stream.end(keep);
  return frames;
}
