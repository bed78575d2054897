import sharp from 'sharp';
import type { Dataset } from '../../training/data/dataset.ts';
import type { Look } from './presenter.ts';

/** Samples that can be drawn. */
export interface Drawable extends Pick<Dataset, 'sample' | 'mean' | 'std'> {
  readonly look: Look;
}

/** Rows of samples, each sample normalised like the data: what a preview shows. */
export interface PictureRow {
  /** [count * sample size]. */
  readonly values: Float32Array;
}

const gap = 4;

/** Which of `length` pixels the place-th of `places` covers: from, to. */
function span(place: number, places: number, length: number): [number, number] {
  const from = Math.floor((place * length) / places);
  return [from, Math.max(from + 1, Math.floor(((place + 1) * length) / places))];
}

/** Which row of a sample is drawn at a height counted from the top. */
function rowAt(fromTop: number, height: number, { upwards }: Look): number {
  return upwards === true ? height - 1 - fromTop : fromTop;
}

/** RGB pixels of one size, to be drawn on. */
export class Canvas {
  readonly pixels: Buffer;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.pixels = Buffer.alloc(width * height * 3, 0x80);
  }

  /** Draws a sample of `values`, counted from 0, with its upper left corner at (left, top). */
  draw(values: Float32Array, sample: number, drawable: Drawable, left: number, top: number): void {
    const { look } = drawable;
    const size = look.size(drawable.sample.shape);
    const [height, width, channels] = size;
    const [scaleY, scaleX] = look.scale(size);
    const start = sample * height * width * channels;
    for (let y = 0; y < height * scaleY; y++) {
      const row = rowAt(Math.floor(y / scaleY), height, look);
      for (let x = 0; x < width * scaleX; x++) {
        const source = start + (row * width + Math.floor(x / scaleX)) * channels;
        const at = ((top + y) * this.width + left + x) * 3;
        for (let c = 0; c < 3; c++) {
          const channel = channels === 1 ? 0 : c;
          this.pixels[at + c] = look.byte(values[source + channel]!, channel, drawable, c);
        }
      }
    }
  }

  /** Draws an image of `values` into a square, as large as it fits, each pixel the mean of what it covers. */
  shrink(
    values: Float32Array,
    sample: number,
    drawable: Drawable,
    { left, top, size }: { left: number; top: number; size: number },
  ): void {
    const { look } = drawable;
    const [height, width, channels] = look.size(drawable.sample.shape);
    const start = sample * height * width * channels;
    const scale = Math.max(height, width) / size;
    const rows = Math.max(1, Math.round(height / scale));
    const columns = Math.max(1, Math.round(width / scale));
    const marginY = Math.floor((size - rows) / 2);
    const marginX = Math.floor((size - columns) / 2);
    for (let y = 0; y < rows; y++) {
      const [y0, y1] = span(y, rows, height);
      for (let x = 0; x < columns; x++) {
        const [x0, x1] = span(x, columns, width);
        const at = ((top + marginY + y) * this.width + left + marginX + x) * 3;
        for (let c = 0; c < 3; c++) {
          const channel = channels === 1 ? 0 : c;
          let sum = 0;
          for (let v = y0; v < y1; v++)
            for (let u = x0; u < x1; u++)
              sum += values[start + (rowAt(v, height, look) * width + u) * channels + channel]!;
          this.pixels[at + c] = look.byte(sum / ((y1 - y0) * (x1 - x0)), channel, drawable, c);
        }
      }
    }
  }

  png(): Promise<Buffer> {
    const { width, height } = this;
    return sharp(this.pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
  }
}

/**
 * Draws samples as a grid: one row per entry of `rows`, one column per sample.
 * @returns a PNG file's bytes.
 */
export async function drawGrid(
  rows: readonly PictureRow[],
  samples: number,
  drawable: Drawable,
): Promise<Buffer> {
  const shape = drawable.look.size(drawable.sample.shape);
  const [scaleY, scaleX] = drawable.look.scale(shape);
  const cellHeight = shape[0] * scaleY + gap;
  const cellWidth = shape[1] * scaleX + gap;
  const canvas = new Canvas(samples * cellWidth + gap, rows.length * cellHeight + gap);
  for (const [row, { values }] of rows.entries()) {
    for (let sample = 0; sample < samples; sample++)
      canvas.draw(values, sample, drawable, sample * cellWidth + gap, row * cellHeight + gap);
  }
  return canvas.png();
}

/** Draws each of the first samples as a picture of its own: PNG as data URL. */
export function drawEach(
  { values }: PictureRow,
  samples: number,
  drawable: Drawable,
): Promise<readonly string[]> {
  const shape = drawable.look.size(drawable.sample.shape);
  const [scaleY, scaleX] = drawable.look.scale(shape);
  return Promise.all(
    Array.from({ length: samples }, async (_, sample) => {
      const canvas = new Canvas(shape[1] * scaleX, shape[0] * scaleY);
      canvas.draw(values, sample, drawable, 0, 0);
      return `data:image/png;base64,${(await canvas.png()).toString('base64')}`;
    }),
  );
}
