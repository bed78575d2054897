/** Triangles of one band: weights of the Fourier bins from `first` on. */
export interface MelBand {
  readonly first: number;
  readonly weights: Float64Array;
}

export interface MelOptions {
  readonly sampleRate: number;
  /** Length of the Fourier transform. */
  readonly fourier: number;
  /** Number of bands. */
  readonly mels: number;
}

/** Below it, Slaney's scale is linear, 200/3 Hz a mel; above it, 27 mels are a factor of 6.4. */
const corner = 1000;
const linear = 200 / 3;
const logarithmic = Math.log(6.4) / 27;

/** Slaney's mel scale (Auditory Toolbox, 1998), which librosa uses by default. */
export function hertzToMel(hertz: number): number {
  return hertz < corner ? hertz / linear : corner / linear + Math.log(hertz / corner) / logarithmic;
}

export function melToHertz(mel: number): number {
  const knee = corner / linear;
  return mel < knee ? mel * linear : corner * Math.exp((mel - knee) * logarithmic);
}

/**
 * Overlapping triangles, equally spaced in mels from 0 Hz to half the sample rate, each of area 1 (Slaney's norm):
 * librosa.filters.mel(sr, n_fft, n_mels). Row 0 is the lowest band.
 */
export function melBands({ sampleRate, fourier, mels }: MelOptions): readonly MelBand[] {
  const top = hertzToMel(sampleRate / 2);
  const edge = (i: number) => melToHertz((top * i) / (mels + 1));
  const bins = fourier / 2 + 1;
  const frequency = (bin: number) => (bin * sampleRate) / fourier;
  return Array.from({ length: mels }, (_, band) => {
    const [low, middle, high] = [edge(band), edge(band + 1), edge(band + 2)] as const;
    const weights: number[] = [];
    let first = 0;
    for (let bin = 0; bin < bins; bin++) {
      const rise = (frequency(bin) - low) / (middle - low);
      const fall = (high - frequency(bin)) / (high - middle);
      const weight = Math.min(rise, fall);
      if (weight <= 0) continue;
      if (weights.length === 0) first = bin;
      weights.push((2 * weight) / (high - low));
    }
    return { first, weights: Float64Array.from(weights) };
  });
}

/**
 * The shortest Fourier transform, a power of two, that holds the window and leaves no band without a bin: with more
 * bands or a shorter window the lowest triangles fall between two bins.
 */
export function fourierLength(window: number, sampleRate: number, mels: number): number {
  let fourier = 2;
  while (fourier < window) fourier *= 2;
  const empty = () => melBands({ sampleRate, fourier, mels }).some(({ weights }) => weights.length === 0);
  while (empty()) fourier *= 2;
  return fourier;
}
