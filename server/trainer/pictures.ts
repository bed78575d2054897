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

/**
 * Draws samples as a grid: one row per entry of `rows`, one column per sample.
 * @returns a PNG file's bytes.
 */
export async function drawGrid(
  rows: readonly PictureRow[],
  samples: number,
  dataset: Dataset,
): Promise<Buffer> {
  const [height, width, channels] = drawnShape(dataset.sample.shape);
  const isTable = dataset.sample.modality !== 'image';
  const scaleX = Math.max(1, Math.ceil((isTable ? 160 : smallestSide) / width));
  const scaleY = isTable ? 20 : Math.max(1, Math.ceil(smallestSide / height));
  const cellWidth = width * scaleX + gap;
  const cellHeight = height * scaleY + gap;
  const total = { width: samples * cellWidth + gap, height: rows.length * cellHeight + gap };
  const pixels = Buffer.alloc(total.width * total.height * 3, 0x80);
  const size = height * width * channels;
  rows.forEach(({ values }, row) => {
    for (let sample = 0; sample < samples; sample++) {
      for (let y = 0; y < height * scaleY; y++) {
        for (let x = 0; x < width * scaleX; x++) {
          const source = sample * size + (Math.floor(y / scaleY) * width + Math.floor(x / scaleX)) * channels;
          const at = ((row * cellHeight + gap + y) * total.width + sample * cellWidth + gap + x) * 3;
          for (let c = 0; c < 3; c++) {
            const channel = channels === 1 ? 0 : c;
            pixels[at + c] = toByte(values[source + channel]!, channel, dataset);
          }
        }
      }
    }
  });
  return sharp(pixels, { raw: { width: total.width, height: total.height, channels: 3 } })
    .png()
    .toBuffer();
}
