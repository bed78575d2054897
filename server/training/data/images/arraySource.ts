import type { Pixels } from '../../../views/affine.ts';
import { StorageReader } from '../storage.ts';
import { elementSize, toNumbers } from './elements.ts';
import { resizeCover } from './resize.ts';
import type { ArraySpec, ImageShape, ImageSource } from './source.ts';

/** Images that lie one after the other as plain numbers: IDX, NPY, NPZ and CIFAR. */
export class ArraySource implements ImageSource {
  readonly spec: ArraySpec;
  readonly count: number;
  readonly #readers: readonly StorageReader[];
  readonly #record: Uint8Array;

  constructor(spec: ArraySpec) {
    this.spec = spec;
    this.count = spec.segments.reduce((sum, segment) => sum + segment.count, 0);
    this.#readers = spec.segments.map((segment) => new StorageReader(segment.storage));
    this.#record = new Uint8Array(recordSize(spec));
  }

  get format(): string {
    return this.spec.format;
  }

  get shape(): ImageShape {
    return this.spec.shape;
  }

  get pixels(): 'uint8' | 'float32' {
    return keepsBytes(this.spec) ? 'uint8' : 'float32';
  }

  cheap(shape: ImageShape): boolean {
    return shape.every((length, i) => length === this.spec.shape[i]);
  }

  name(index: number): string {
    return `image ${index}`;
  }

  read(index: number, shape: ImageShape): Pixels {
    const [height, width, channels] = this.spec.shape;
    const data = this.#values(index);
    if (this.cheap(shape)) return data;
    const resized = resizeCover({ height, width, channels, data }, shape);
    return resized;
  }

  /** Raw numbers of one record, as they are stored. */
  numbers(index: number): ArrayLike<number> {
    return toNumbers(this.spec.type, this.#bytes(index), this.spec.littleEndian);
  }

  close(): void {
    for (const reader of this.#readers) reader.close();
  }

  #bytes(index: number): Uint8Array {
    let left = index;
    for (const [i, segment] of this.spec.segments.entries()) {
      if (left < segment.count) {
        const start = segment.start + left * segment.stride;
        const { storage } = segment;
        if (storage.kind === 'memory' && this.spec.type === 'uint8')
          return storage.bytes.subarray(start, start + this.#record.length);
        this.#readers[i]!.read(this.#record, start);
        return this.#record;
      }
      left -= segment.count;
    }
    throw new RangeError(`image ${index} of ${this.count}`);
  }

  /** Interleaved pixels in the stored size. */
  #values(index: number): Pixels {
    const { layout, scale, offset, shape } = this.spec;
    const values = this.numbers(index);
    const bytes = keepsBytes(this.spec);
    if (bytes && layout === 'HWC') return values as Uint8Array;
    const out = bytes ? new Uint8Array(values.length) : new Float32Array(values.length);
    const [height, width, channels] = shape;
    const area = height * width;
    const [pixelStep, planeStep] = layout === 'HWC' ? [channels, 1] : [1, area];
    for (let i = 0; i < area; i++) {
      for (let k = 0; k < channels; k++) {
        const value = values[i * pixelStep + k * planeStep]!;
        out[i * channels + k] = bytes ? value : value * scale + offset;
      }
    }
    return out;
  }
}

/** Whether the stored bytes already are pixels of the full range. */
function keepsBytes(spec: ArraySpec): boolean {
  return spec.type === 'uint8' && spec.scale === 1 / 255 && spec.offset === 0;
}

export function recordSize({ shape, type }: Pick<ArraySpec, 'shape' | 'type'>): number {
  return shape[0] * shape[1] * shape[2] * elementSize[type];
}

const rangeSample = 10_000;

/**
 * How values become 0..1: as they are when they lie in 0..1, by 1/255 in 0..255, otherwise from the least to the
 * greatest, looked up in up to 10,000 images spread over the data.
 */
export function findRange(spec: ArraySpec): { scale: number; offset: number } {
  const source = new ArraySource(spec);
  let least = Infinity;
  let greatest = -Infinity;
  const step = Math.max(1, Math.floor(source.count / rangeSample));
  for (let i = 0; i < source.count; i += step) {
    const values = source.numbers(i);
    for (let j = 0; j < values.length; j++) {
      const value = values[j]!;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    if (spec.type === 'uint8' && greatest > 1) break;
  }
  source.close();
  if (least >= 0 && greatest <= 1) return { scale: 1, offset: 0 };
  if (least >= 0 && greatest <= 255) return { scale: 1 / 255, offset: 0 };
  const scale = greatest > least ? 1 / (greatest - least) : 1;
  return { scale, offset: -least * scale };
}
