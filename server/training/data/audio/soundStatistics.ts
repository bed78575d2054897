import { randomAt } from '../../../random.ts';
import type { SkippedSample } from '../dataset.ts';
import { reasonOf } from '../errors.ts';
import type { SampleReader } from '../sampleReader.ts';
import type { ChannelStatistics } from '../stats.ts';

/** Recordings looked at. */
const most = 1000;

/**
 * Mean and standard deviation of all values of the clips in the middle of the training recordings, or of a sample of
 * them that the seed draws.
 */
export async function soundStatistics(
  reader: SampleReader,
  train: Int32Array,
  seed: number,
): Promise<ChannelStatistics> {
  const order = randomAt(seed, 'statistics').permutation(train.length);
  const chosen = Array.from(order.subarray(0, most), (i) => train[i]!).sort((a, b) => a - b);
  const failed: SkippedSample[] = [];
  let [count, values, sum, squares] = [0, 0, 0, 0];
  let [least, greatest] = [Infinity, -Infinity];
  for (const index of chosen) {
    try {
      const [clip] = await reader.read(index, { seed, epoch: 0, views: [{ view: 0, augmented: false }] });
      for (const value of clip!) {
        sum += value;
        squares += value * value;
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
      }
      values += clip!.length;
      count++;
    } catch (error) {
      failed.push({ name: reader.name(index), reason: reasonOf(error) });
    }
  }
  const mean = sum / values;
  const variance = squares / values - mean ** 2;
  const std = variance > 1e-12 ? Math.sqrt(variance) : 1;
  return { mean: [mean], std: [std], least: [least], greatest: [greatest], count, failed };
}
