import type { CroppedView } from '../../methods/method.ts';
import type { Pixels } from '../../views/affine.ts';
import { ViewRenderer, viewRandom } from '../../views/pipeline.ts';
import { type Recipe, withArea } from '../../views/recipe.ts';
import type { SkippedSample, ViewKey } from './dataset.ts';
import { reasonOf } from './errors.ts';
import type { ImageShape } from './images/source.ts';
import { sizeOf } from './pixelCache.ts';
import { openReader, type ReaderSpec } from './readers.ts';
import type { Draw, SampleReader } from './sampleReader.ts';

/** Everything that preparing samples needs, as plain data and shared memory: it is posted to the workers. */
export interface PreparerSpec {
  readonly samples: ReaderSpec;
  readonly shape: ImageShape;
  /** A number per sample; a sample that cannot be read is replaced by one of the same number (split and class). */
  readonly groups: Int32Array;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly seed: number;
  readonly recipe: Recipe;
}

export interface Prepared {
  /** [view][batch * size of a sample or of the crop] */
  readonly views: Float32Array<ArrayBuffer>[];
  /** Samples that had to be replaced, each named once. */
  readonly skipped: readonly SkippedSample[];
}

const inFlight = 16;
const replacements = 100;

/** Reads, augments and normalises samples: the work of one worker. */
export class SamplePreparer {
  readonly #spec: PreparerSpec;
  readonly #reader: SampleReader;
  readonly #renderer: ViewRenderer;
  readonly #croppers = new Map<string, ViewRenderer>();
  readonly #size: number;
  readonly #broken = new Set<number>();

  constructor(spec: PreparerSpec) {
    this.#spec = spec;
    this.#reader = openReader(spec.samples);
    const [height, width, channels] = spec.shape;
    const unit = this.#reader.unit === 'deviation' ? spec.std[0]! : 1;
    this.#renderer = new ViewRenderer(spec.recipe, [height, width], channels, spec.mean, unit);
    this.#size = sizeOf(spec.shape);
  }

  async prepare(indices: Int32Array, views: readonly ViewKey[], epoch: number): Promise<Prepared> {
    const outs = views.map(({ crop }) => new Float32Array(indices.length * this.#sizeOf(crop)));
    const skipped: SkippedSample[] = [];
    for (let start = 0; start < indices.length; start += inFlight) {
      const waiting: Promise<void>[] = [];
      for (let slot = start; slot < Math.min(indices.length, start + inFlight); slot++) {
        const index = indices[slot]!;
        const write = (read: readonly Pixels[]) => {
          for (const [v, key] of views.entries()) this.#write(outs[v]!, slot, read[v]!, key, epoch, index);
        };
        const draw = { seed: this.#spec.seed, epoch, views };
        const read = this.#broken.has(index) ? this.#replace(index, draw) : this.#read(index, draw, skipped);
        if (read instanceof Promise) waiting.push(read.then(write));
        else write(read);
      }
      if (waiting.length > 0) await Promise.all(waiting);
    }
    return { views: outs, skipped };
  }

  close(): void {
    this.#reader.close();
  }

  /** One sample, or its replacement if it cannot be read. */
  #read(index: number, draw: Draw, skipped: SkippedSample[]): readonly Pixels[] | Promise<readonly Pixels[]> {
    const failed = (error: unknown) => {
      if (!this.#broken.has(index)) skipped.push({ name: this.#reader.name(index), reason: reasonOf(error) });
      this.#broken.add(index);
      return this.#replace(index, draw);
    };
    try {
      const read = this.#reader.read(index, draw);
      return read instanceof Promise ? read.catch(failed) : read;
    } catch (error) {
      return failed(error);
    }
  }

  /** The next readable sample of the same split and class, going round: the same for every worker. */
  async #replace(index: number, draw: Draw): Promise<readonly Pixels[]> {
    const { groups } = this.#spec;
    let tries = 0;
    for (let step = 1; step < groups.length && tries < replacements; step++) {
      const other = (index + step) % groups.length;
      if (groups[other] !== groups[index]) continue;
      tries++;
      try {
        const read = this.#reader.read(other, draw);
        // A view would not outlive the next read.
        return read instanceof Promise ? await read : read.map((pixels) => pixels.slice());
      } catch {
        // The next one, then. It is reported when it is its own turn.
      }
    }
    throw new Error(
      `${this.#reader.name(index)} cannot be read, and neither can ${tries === 0 ? 'any other sample of its class' : `the ${tries} samples after it`}: is the data still there?`,
    );
  }

  #sizeOf(crop: CroppedView | undefined): number {
    return crop === undefined ? this.#size : crop.size[0] * crop.size[1] * this.#spec.shape[2];
  }

  #rendererOf(crop: CroppedView | undefined): ViewRenderer {
    if (crop === undefined) return this.#renderer;
    const key = `${crop.size} ${crop.area}`;
    let renderer = this.#croppers.get(key);
    if (renderer === undefined) {
      const { recipe, shape, mean } = this.#spec;
      renderer = new ViewRenderer(withArea(recipe, crop.area), crop.size, shape[2], mean);
      this.#croppers.set(key, renderer);
    }
    return renderer;
  }

  #write(out: Float32Array, slot: number, pixels: Pixels, key: ViewKey, epoch: number, index: number): void {
    const { shape, mean, std, seed } = this.#spec;
    const [height, width, channels] = shape;
    const start = slot * this.#sizeOf(key.crop);
    if (key.augmented) {
      const image = { height, width, channels, data: pixels };
      const view = this.#rendererOf(key.crop).render(image, viewRandom(seed, key.view, epoch, index));
      normalise(view.data, 1, out, start, mean, std);
    } else normalise(pixels, pixels instanceof Float32Array ? 1 : 1 / 255, out, start, mean, std);
  }
}

function normalise(
  values: Pixels,
  unit: number,
  out: Float32Array,
  start: number,
  mean: readonly number[],
  std: readonly number[],
): void {
  const channels = mean.length;
  for (let k = 0; k < channels; k++) {
    const gain = unit / std[k]!;
    const bias = -mean[k]! / std[k]!;
    for (let i = k; i < values.length; i += channels) out[start + i] = values[i]! * gain + bias;
  }
}
