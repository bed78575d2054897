import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { images } from '../../../server/trainer/show/images.ts';
import { Canvas, type Drawable, drawEach, drawGrid } from '../../../server/trainer/show/pictures.ts';

/** Images as they are, without a scale: values 0..1. */
const dataset = (height: number, width: number, channels: 1 | 3): Drawable => ({
  sample: { modality: 'image', shape: [height, width, channels] },
  mean: new Array(channels).fill(0),
  std: new Array(channels).fill(1),
  look: images.look!,
});

const pixel = (pixels: Buffer, width: number, y: number, x: number) => [
  ...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe('pictures', () => {
  it('shrink by the mean of what a pixel covers, in the middle of a square', () => {
    const canvas = new Canvas(6, 4);
    // 2 x 4 pixels in two halves of colour; the left one is red on the average of its four.
    const red = [0.2, 0.4, 0.6, 0.8];
    const values = new Float32Array(2 * 4 * 3);
    for (const [i, at] of [0, 1, 4, 5].entries()) values[at * 3] = red[i]!;
    for (const at of [2, 3, 6, 7]) values[at * 3 + 2] = 1;
    canvas.shrink(values, 0, dataset(2, 4, 3), { left: 4, top: 2, size: 2 });
    assert.deepEqual(pixel(canvas.pixels, 6, 2, 4), [128, 0, 0]);
    assert.deepEqual(pixel(canvas.pixels, 6, 2, 5), [0, 0, 255]);
    for (const [y, x] of [
      [3, 4],
      [3, 5],
      [2, 3],
      [1, 4],
    ] as const)
      assert.deepEqual(pixel(canvas.pixels, 6, y, x), [128, 128, 128], 'the ground shows');
  });

  it('draw each sample as in the grid', async () => {
    const values = Float32Array.from({ length: 2 * 28 * 28 }, (_, i) => (i % 97) / 97);
    const data = dataset(28, 28, 1);
    const grid = await sharp(await drawGrid([{ values }], 2, data))
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual([grid.info.width, grid.info.height], [2 * 60 + 4, 64]);
    const each = await drawEach({ values }, 2, data);
    assert.equal(each.length, 2);
    for (const [sample, url] of each.entries()) {
      const bytes = Buffer.from(url.replace('data:image/png;base64,', ''), 'base64');
      const { data: pixels, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
      assert.deepEqual([info.width, info.height], [56, 56]);
      for (let y = 0; y < 56; y += 5)
        for (let x = 0; x < 56; x += 5)
          assert.deepEqual(
            pixel(pixels, 56, y, x),
            pixel(grid.data, grid.info.width, 4 + y, 4 + sample * 60 + x),
          );
    }
  });
});
