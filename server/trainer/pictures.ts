import sharp from 'sharp';
import type { Dataset } from '../training/data/dataset.ts';

/** Rows of samples, each sample normalised like the data: what a preview shows. */
export interface PictureRow {
  /** [count * sample size]. */
  readonly values: Float32Array;
}

/** Smallest side of a sample in a picture: small images are enlarged by whole factors, so pixels stay visible. */
const smallestSide = 56;
const gap = 4;

/** Height, width and channels of a sample when it is drawn: a table row becomes a strip of cells. */
function drawnShape(shape: readonly number[]): [number, number, number] {
  return shape.length === 3 ? [shape[0]!, shape[1]!, shape[2]!] : [1, shape[0] ?? 1, 1];
}

/** Undoes the normalisation: 0..255. Table cells show -2.5 to 2.5 standard deviations as black to white. */
function toByte(value: number, channel: number, dataset: Dataset): number {
  const unit =
    dataset.sample.modality === 'image'
      ? value * (dataset.std[channel] ?? 1) + (dataset.mean[channel] ?? 0)
      : value / 5 + 0.5;
  return Math.round(255 * Math.min(1, Math.max(0, unit)));
}

/** How large a sample is drawn: whole factors of its own size. */
function scaleOf([height, width]: readonly [number, number, number], dataset: Dataset): [number, number] {
  const isTable = dataset.sample.modality !== 'image';
  const scaleX = Math.max(1, Math.ceil((isTable ? 160 : smallestSide) / width));
  const scaleY = isTable ? 20 : Math.max(1, Math.ceil(smallestSide / height));
  return [scaleY, scaleX];
}

/** RGB pixels of one size, to be drawn on. */
class Canvas {
  readonly pixels: Buffer;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.pixels = Buffer.alloc(width * height * 3, 0x80);
  }

  /** Draws a sample of `values`, counted from 0, with its upper left corner at (left, top). */
  draw(values: Float32Array, sample: number, dataset: Dataset, left: number, top: number): void {
    const shape = drawnShape(dataset.sample.shape);
    const [height, width, channels] = shape;
    const [scaleY, scaleX] = scaleOf(shape, dataset);
    const start = sample * height * width * channels;
    for (let y = 0; y < height * scaleY; y++) {
      for (let x = 0; x < width * scaleX; x++) {
        const source = start + (Math.floor(y / scaleY) * width + Math.floor(x / scaleX)) * channels;
        const at = ((top + y) * this.width + left + x) * 3;
        for (let c = 0; c < 3; c++) {
          const channel = channels === 1 ? 0 : c;
          this.pixels[at + c] = toByte(values[source + channel]!, channel, dataset);
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
  dataset: Dataset,
): Promise<Buffer> {
  const shape = drawnShape(dataset.sample.shape);
  const [scaleY, scaleX] = scaleOf(shape, dataset);
  const cellHeight = shape[0] * scaleY + gap;
  const cellWidth = shape[1] * scaleX + gap;
  const canvas = new Canvas(samples * cellWidth + gap, rows.length * cellHeight + gap);
  for (const [row, { values }] of rows.entries()) {
    for (let sample = 0; sample < samples; sample++)
      canvas.draw(values, sample, dataset, sample * cellWidth + gap, row * cellHeight + gap);
  }
  return canvas.png();
}

/** Draws each of the first samples as a picture of its own: PNG as data URL. */
export function drawEach(
  { values }: PictureRow,
  samples: number,
  dataset: Dataset,
): Promise<readonly string[]> {
  const shape = drawnShape(dataset.sample.shape);
  const [scaleY, scaleX] = scaleOf(shape, dataset);
  return Promise.all(
    Array.from({ length: samples }, async (_, sample) => {
      const canvas = new Canvas(shape[1] * scaleX, shape[0] * scaleY);
      canvas.draw(values, sample, dataset, 0, 0);
      return `data:image/png;base64,${(await canvas.png()).toString('base64')}`;
    }),
  );
}
