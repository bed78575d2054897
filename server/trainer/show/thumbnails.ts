import type { SampleLoader } from '../../training/data/dataset.ts';
import { readerOf } from '../../training/downstream/samples.ts';
import { Canvas, type Drawable } from './pictures.ts';

/** Fixed, so that sheets of more and of fewer samples agree on where a sample is. */
const columns = 50;
/** Side of a thumbnail at most, in pixels; smaller pictures keep their own. */
const largestSide = 32;
/** Samples that are read at a time. */
const batch = 64;

export interface ThumbnailSheet {
  readonly png: Buffer;
  readonly columns: number;
  readonly size: number;
}

/** One picture with a small picture of each sample, in reading order. */
export async function drawThumbnails(
  drawable: Drawable,
  loader: SampleLoader,
  samples: Int32Array,
): Promise<ThumbnailSheet> {
  const [height = 1, width = 1] = drawable.sample.shape;
  const size = Math.min(largestSide, Math.max(height, width));
  const canvas = new Canvas(columns * size, Math.max(1, Math.ceil(samples.length / columns)) * size);
  const read = readerOf(loader);
  for (let start = 0; start < samples.length; start += batch) {
    const some = samples.subarray(start, start + batch);
    const values = await read(some, 0);
    for (let k = 0; k < some.length; k++) {
      const place = start + k;
      const [left, top] = [(place % columns) * size, Math.floor(place / columns) * size];
      canvas.shrink(values, k, drawable, { left, top, size });
    }
  }
  return { png: await canvas.png(), columns, size };
}
