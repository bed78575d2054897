import type { OpenedImageDataset } from '../../training/data/opened.ts';
import { drawEach } from './pictures.ts';
import { clampByte, definePresenter, type Look } from './presenter.ts';

/** Smallest side of a sample in a picture: small images are enlarged by whole factors, so pixels stay visible. */
const smallestSide = 56;

const look: Look = {
  size: ([height = 1, width = 1, channels = 1]) => [height, width, channels],
  scale: ([height, width]) => [
    Math.max(1, Math.ceil(smallestSide / height)),
    Math.max(1, Math.ceil(smallestSide / width)),
  ],
  byte: (value, channel, { mean, std }) => clampByte(value * (std[channel] ?? 1) + (mean[channel] ?? 0)),
};

export const images = definePresenter<OpenedImageDataset>({
  async block(rows, indices, dataset) {
    const drawn = rows.map(async ({ title, detail, values }) => ({
      title,
      ...(detail && { detail }),
      pictures: await drawEach({ values }, indices.length, { ...dataset, look }),
    }));
    return { kind: 'images', rows: await Promise.all(drawn) };
  },
  look,
  thumbnails: true,
});
