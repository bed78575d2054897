import { randomAt } from '../../random.ts';
import type { SkippedSample } from './dataset.ts';
import { reasonOf } from './errors.ts';
import type { ImageShape, ImageSource } from './images/source.ts';
import type { Normalization } from './options.ts';
import { CachedReader, type PixelCache } from './pixelCache.ts';

export interface ChannelStatistics {
  readonly mean: readonly number[];
  /** Population standard deviation; 1 where a channel is constant. */
  readonly std: readonly number[];
  readonly least: readonly number[];
  readonly greatest: readonly number[];
  /** How many images they were computed from. */
  readonly count: number;
  /** The first images that could not be read. */
  readonly failed: readonly SkippedSample[];
  /** The first image that was met with a value that is no finite number. */
  readonly strange?: string;
}

/** Images whose reading costs little are all looked at up to here; pictures that must be decoded are sampled. */
const cheapSample = 10_000;
const decodedSample = 1_000;
const inFlight = 16;

/**
 * Mean and standard deviation per channel, values 0..1, over the training images or a sample of them that the seed
 * draws. What is decoded stays in the cache.
 */
export async function channelStatistics(
  source: ImageSource,
  shape: ImageShape,
  train: Int32Array,
  seed: number,
  cache: PixelCache | undefined,
): Promise<ChannelStatistics> {
  const sample = source.cheap(shape) ? cheapSample : decodedSample;
  const order = randomAt(seed, 'statistics').permutation(train.length);
  const chosen = Array.from(order.subarray(0, sample), (i) => train[i]!).sort((a, b) => a - b);
  const reader = new CachedReader(source, shape, cache);
  const channels = shape[2];
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  const least = new Float64Array(channels).fill(Infinity);
  const greatest = new Float64Array(channels).fill(-Infinity);
  const failed: SkippedSample[] = [];
  let count = 0;
  let strange: string | undefined;
  const add = (pixels: ArrayLike<number>, index: number) => {
    for (let i = 0; i < pixels.length; i += channels) {
      for (let k = 0; k < channels; k++) {
        const value = pixels[i + k]!;
        sums[k] = sums[k]! + value;
        squares[k] = squares[k]! + value * value;
        if (value < least[k]!) least[k] = value;
        if (value > greatest[k]!) greatest[k] = value;
      }
    }
    count++;
    if (!sums.every(Number.isFinite)) strange ??= source.name(index);
  };
  for (let start = 0; start < chosen.length; start += inFlight) {
    const block = chosen.slice(start, start + inFlight).map(async (index) => {
      try {
        const read = reader.read(index);
        // Summed at once where it can be: the array may only be valid now. Byte sums are exact in any order.
        if (read instanceof Promise) add(await read, index);
        else add(read, index);
      } catch (error) {
        failed.push({ name: source.name(index), reason: reasonOf(error) });
      }
    });
    await Promise.all(block);
  }
  const values = count * shape[0] * shape[1];
  const unit = source.pixels === 'uint8' ? 255 : 1;
  const mean = Array.from(sums, (sum) => sum / values / unit);
  const std = Array.from(squares, (square, k) => {
    const variance = square / values - (sums[k]! / values) ** 2;
    return variance > 1e-12 ? Math.sqrt(variance) / unit : 1;
  });
  const unitRange = (values: Float64Array) => Array.from(values, (value) => value / unit);
  return {
    mean,
    std,
    least: unitRange(least),
    greatest: unitRange(greatest),
    count,
    failed,
    ...(strange === undefined ? {} : { strange }),
  };
}

/** For the log: samples whose headers were in order and which still could not be decoded; nothing when all could. */
export function noteFailed(
  { count, failed }: Pick<ChannelStatistics, 'count' | 'failed'>,
  words: string,
): string[] {
  const [first] = failed;
  if (first === undefined) return [];
  const looked = (count + failed.length).toLocaleString('en');
  return [
    `${failed.length.toLocaleString('en')} of the ${looked} ${words} looked at cannot be decoded, e.g. ${first.name}: ${first.reason}; training takes others in their place and names them`,
  ];
}

/** What is subtracted from each channel and what it is then divided by. */
export function channelScale(
  { mean, std, least, greatest }: ChannelStatistics,
  normalization: Normalization,
): { readonly mean: readonly number[]; readonly std: readonly number[] } {
  if (normalization === 'standard') return { mean, std };
  if (normalization === 'none') return { mean: mean.map(() => 0), std: mean.map(() => 1) };
  return { mean: least, std: least.map((low, k) => greatest[k]! - low || 1) };
}
