import type { Pixels } from '../../views/affine.ts';
import { openSource } from './images/openSource.ts';
import type { ImageShape, ImageSource, SourceSpec } from './images/source.ts';
import type { Draw, SampleReader } from './sampleReader.ts';
import { memoryLimit } from './storage.ts';

/** Decoded pixels of all samples in memory that every thread shares, filled as samples are first read. */
export interface PixelCache {
  readonly pixels: SharedArrayBuffer;
  /** One byte per sample: 1 once its pixels are there. */
  readonly ready: SharedArrayBuffer;
}

/** A cache for a source whose decoding costs more than its memory; undefined otherwise. */
export function createCache(source: ImageSource, shape: ImageShape): PixelCache | undefined {
  const bytes = source.count * sizeOf(shape) * (source.pixels === 'uint8' ? 1 : 4);
  if (source.cheap(shape) || bytes > memoryLimit) return undefined;
  return { pixels: new SharedArrayBuffer(bytes), ready: new SharedArrayBuffer(source.count) };
}

export function sizeOf([height, width, channels]: ImageShape): number {
  return height * width * channels;
}

/** Reads samples through the cache. A picture that cannot be decoded rejects, or throws. */
export class CachedReader {
  readonly #source: ImageSource;
  readonly #shape: ImageShape;
  readonly #size: number;
  readonly #pixels: Pixels | undefined;
  readonly #ready: Uint8Array | undefined;

  constructor(source: ImageSource, shape: ImageShape, cache: PixelCache | undefined) {
    this.#source = source;
    this.#shape = shape;
    this.#size = sizeOf(shape);
    if (cache === undefined) return;
    this.#pixels = source.pixels === 'uint8' ? new Uint8Array(cache.pixels) : new Float32Array(cache.pixels);
    this.#ready = new Uint8Array(cache.ready);
  }

  /** Pixels in the sample's shape; valid until the next call unless a promise is returned. */
  read(index: number): Pixels | Promise<Pixels> {
    if (this.#ready === undefined || this.#pixels === undefined) return this.#source.read(index, this.#shape);
    const start = index * this.#size;
    if (Atomics.load(this.#ready, index) === 1) return this.#pixels.subarray(start, start + this.#size);
    const read = this.#source.read(index, this.#shape);
    if (read instanceof Promise) return read.then((pixels) => this.#keep(index, pixels));
    return this.#keep(index, read);
  }

  /** Two threads may write the same sample at once: they write the same bytes. */
  #keep(index: number, pixels: Pixels): Pixels {
    this.#pixels!.set(pixels, index * this.#size);
    Atomics.store(this.#ready!, index, 1);
    return pixels;
  }

  close(): void {
    this.#source.close();
  }
}

/** How a worker opens pictures. */
export interface PixelsSpec {
  readonly kind: 'images';
  readonly source: SourceSpec;
  readonly shape: ImageShape;
  readonly cache: PixelCache | undefined;
}

/** Pictures, every view of which starts from the same pixels. */
export function openPixels({ source: spec, shape, cache }: PixelsSpec): SampleReader {
  const source = openSource(spec);
  const reader = new CachedReader(source, shape, cache);
  const forEach = ({ views }: Draw, pixels: Pixels) => views.map(() => pixels);
  return {
    unit: 'pixels',
    name: (index) => source.name(index),
    read(index, draw) {
      const read = reader.read(index);
      return read instanceof Promise ? read.then((pixels) => forEach(draw, pixels)) : forEach(draw, read);
    },
    close: () => reader.close(),
  };
}
