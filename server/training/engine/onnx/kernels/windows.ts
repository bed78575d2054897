import type { Builder, Value } from '../builder.ts';
import * as ops from '../ops.ts';
import { fieldIndices, padImage, trailing } from './columns.ts';
import type { Geometry } from './geometry.ts';

/**
 * The windows of an image that pooling and depthwise convolutions work on, one channel at a time, and the way back.
 * Both are gathers, which run on all cores and on GPUs.
 */

/** x [batch, h, w, c] -> [batch, positions, kernel * kernel, c]; `fill` stands outside the image. */
export function windowsOf(b: Builder, x: Value, g: Geometry, fill = 0): Value {
  const padded = padImage(b, x, g.padding, trailing(g), fill);
  const [batch, height, width, channels] = padded.shape as [number, number, number, number];
  const flat = ops.reshape(b, padded, [batch, height * width, channels]);
  const fields = ops.gather(b, flat, b.int32s(fieldIndices(g, width)), 1);
  return ops.reshape(b, fields, [batch, g.output[0] * g.output[1], g.kernel[0] * g.kernel[1], channels]);
}

/** The transpose of `windowsOf`: every pixel of the image gets the sum of its copies in the windows. */
export function sumOfWindows(b: Builder, windows: Value, g: Geometry): Value {
  const channels = windows.shape[3]!;
  const copies = copiesOf(g);
  const most = Math.max(1, ...copies.map((list) => list.length));
  const count = g.output[0] * g.output[1] * g.kernel[0] * g.kernel[1];
  // Pixels with fewer copies than others point at an added zero.
  const indices = copies.flatMap((list) => [...list, ...Array<number>(most - list.length).fill(count)]);
  const flat = ops.reshape(b, windows, [g.batch, count, channels]);
  const source = indices.includes(count) ? ops.pad(b, flat, [0, 0, 0], [0, 1, 0]) : flat;
  const gathered = ops.gather(b, source, b.int32s(indices), 1);
  const sums = ops.reduce(
    b,
    'ReduceSum',
    ops.reshape(b, gathered, [g.batch, g.input[0] * g.input[1], most, channels]),
    [2],
    false,
  );
  return ops.reshape(b, sums, [g.batch, ...g.input, channels]);
}

/** For each pixel, where it stands in the list of all windows' elements. */
function copiesOf(g: Geometry): number[][] {
  const [height, width] = g.input;
  const copies: number[][] = Array.from({ length: height * width }, () => []);
  const padded = width + g.padding[1] + Math.max(0, trailing(g)[1]);
  fieldIndices(g, padded).forEach((index, element) => {
    const y = Math.floor(index / padded) - g.padding[0];
    const x = (index % padded) - g.padding[1];
    if (y >= 0 && y < height && x >= 0 && x < width) copies[y * width + x]!.push(element);
  });
  return copies;
}
