import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomAt } from '../../../server/random.ts';
import type { PixelImage } from '../../../server/views/affine.ts';
import { applyViews, renderViews, ViewRenderer, viewRandom } from '../../../server/views/pipeline.ts';
import { parseViews } from '../../../server/views/recipe.ts';

function picture(height: number, width: number, channels: number, seed = 1): PixelImage {
  const random = randomAt(seed, 'picture');
  const data = Float32Array.from({ length: height * width * channels }, () => random.uniform());
  return { height, width, channels, data };
}

function view(image: PixelImage, views: object, seed = 0): Float32Array {
  return applyViews(
    image,
    parseViews(views),
    [image.height, image.width],
    randomAt(seed, 'test'),
  ).data.slice();
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++)
    assert.ok(
      Math.abs(actual[i]! - expected[i]!) <= tolerance,
      `[${i}] ${actual[i]} instead of ${expected[i]}`,
    );
}

/** The image read through (row, column) -> (row, column) of the source. */
function remap(image: PixelImage, from: (y: number, x: number) => [number, number]): Float32Array {
  const { height, width, channels } = image;
  const out = new Float32Array(image.data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let k = 0; k < channels; k++) {
        const [sy, sx] = from(y, x);
        out[(y * width + x) * channels + k] = image.data[(sy * width + sx) * channels + k]!;
      }
  return out;
}

const nothing = {
  crop: { area: [1, 1], aspect: [1, 1] },
  flip: { horizontal: 0 },
  rotate: 0,
  shift: 0,
  scale: [1, 1],
  colorJitter: { probability: 1 },
  gray: 0,
  blur: { sigma: [0, 0], probability: 1 },
  noise: 0,
  cutout: 0,
};

for (const [height, width, channels] of [
  [9, 9, 3],
  [8, 8, 1],
  [1, 1, 1],
] as const)
  test(`identity settings leave a ${height}x${width}x${channels} image unchanged`, () => {
    const image = picture(height, width, channels);
    close(view(image, nothing), image.data);
    close(view(image, {}), image.data, 0);
  });

test('each identity setting alone leaves an oblong image unchanged', () => {
  const image = picture(5, 8, 3);
  for (const [name, options] of Object.entries(nothing))
    if (name !== 'crop') close(view(image, { [name]: options }), image.data);
});

test('bytes are read as 0..1', () => {
  const image = { height: 1, width: 3, channels: 1, data: Uint8Array.of(0, 51, 255) };
  close(view(image, {}), [0, 0.2, 1]);
  close(view(image, { flip: 1 }), [1, 0.2, 0]);
});

test('rotations by quarters are transpositions', () => {
  for (const n of [6, 7]) {
    const image = picture(n, n, 3);
    const last = n - 1;
    // Counter-clockwise: the right column becomes the top row.
    close(
      view(image, { rotate: [90, 90] }),
      remap(image, (y, x) => [x, last - y]),
    );
    close(
      view(image, { rotate: [180, 180] }),
      remap(image, (y, x) => [last - y, last - x]),
    );
    close(
      view(image, { rotate: [-90, -90] }),
      remap(image, (y, x) => [last - x, y]),
    );
    close(view(image, { rotate: [360, 360] }), image.data);
  }
});

test('flips mirror', () => {
  const image = picture(4, 7, 3);
  close(
    view(image, { flip: { horizontal: 1, vertical: 0 } }),
    remap(image, (y, x) => [y, 6 - x]),
  );
  close(
    view(image, { flip: { horizontal: 0, vertical: 1 } }),
    remap(image, (y, x) => [3 - y, x]),
  );
});

test('geometry is one resampling: a quarter turn and a mirror are exact together', () => {
  const image = picture(6, 6, 1);
  // First mirrored, then turned.
  close(
    view(image, { rotate: [90, 90], flip: 1 }),
    remap(image, (y, x) => [x, y]),
  );
});

test('outside of the image its edge is repeated', () => {
  const image = picture(5, 5, 1);
  const zoomedOut = view(image, { scale: [0.1, 0.1] });
  for (const [at, from] of [
    [0, 0],
    [4, 4],
    [20, 20],
    [24, 24],
  ] as const)
    close([zoomedOut[at]!], [image.data[from]!]);
});

test('a crop keeps values inside the range and shows a window of the image', () => {
  const ramp: PixelImage = {
    height: 16,
    width: 16,
    channels: 1,
    data: Float32Array.from({ length: 256 }, (_, i) => (i % 16) / 15),
  };
  for (let seed = 0; seed < 50; seed++) {
    const data = view(ramp, { crop: { area: [0.25, 0.25], aspect: [1, 1] } }, seed);
    // Half the width: neighbours differ by half a pixel's step, whatever the place.
    for (let x = 2; x < 15; x++) close([data[x]! - data[x - 1]!], [0.5 / 15], 1e-5);
    assert.ok(data.every((value) => value >= 0 && value <= 1));
  }
});

test('crop areas are uniform over the range that was asked for', () => {
  const ramp: PixelImage = {
    height: 64,
    width: 64,
    channels: 1,
    data: Float32Array.from({ length: 4096 }, (_, i) => (i % 64) / 63),
  };
  const areas = Array.from({ length: 400 }, (_, seed) => {
    const data = view(ramp, { crop: { area: [0.2, 0.8], aspect: [1, 1] } }, seed);
    return ((data[33]! - data[32]!) * 63) ** 2;
  });
  assert.ok(Math.min(...areas) >= 0.2 - 1e-3 && Math.max(...areas) <= 0.8 + 1e-3);
  const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length;
  assert.ok(Math.abs(mean - 0.5) < 0.03, `mean area ${mean}`); // standard error 0.009
});

test('probabilities are kept', () => {
  const image = picture(2, 2, 1);
  let flipped = 0;
  for (let seed = 0; seed < 2000; seed++)
    if (view(image, { flip: 0.3 }, seed)[0] !== image.data[0]) flipped++;
  assert.ok(Math.abs(flipped / 2000 - 0.3) < 0.04, `${flipped} of 2000`);
});

test('shift moves by at most its fraction, equally often to each side', () => {
  const ramp: PixelImage = {
    height: 3,
    width: 101,
    channels: 1,
    data: Float32Array.from({ length: 303 }, (_, i) => i % 101),
  };
  const moves = Array.from({ length: 500 }, (_, seed) => view(ramp, { shift: 0.1 }, seed)[151]! - 50);
  assert.ok(moves.every((move) => Math.abs(move) <= 10.1001));
  assert.ok(Math.max(...moves) > 9 && Math.min(...moves) < -9);
  assert.ok(Math.abs(moves.reduce((sum, move) => sum + move, 0) / 500) < 1);
});

test('noise has mean 0 and the standard deviation asked for', () => {
  const image: PixelImage = {
    height: 100,
    width: 100,
    channels: 1,
    data: new Float32Array(10_000).fill(0.5),
  };
  const data = view(image, { noise: 0.1 });
  const mean = data.reduce((sum, value) => sum + value - 0.5, 0) / data.length;
  const std = Math.sqrt(data.reduce((sum, value) => sum + (value - 0.5 - mean) ** 2, 0) / data.length);
  assert.ok(Math.abs(mean) < 0.004, `mean ${mean}`);
  assert.ok(Math.abs(std - 0.1) < 0.003, `std ${std}`);
  const within = data.filter((value) => Math.abs(value - 0.5) < 0.1).length / data.length;
  assert.ok(Math.abs(within - 0.6827) < 0.02, `${within} within one standard deviation`);
  const neighbours =
    data.reduce((sum, value, i) => sum + (value - 0.5) * ((data[i + 1] ?? 0.5) - 0.5), 0) / data.length;
  assert.ok(Math.abs(neighbours) < 0.0005, `covariance of neighbours ${neighbours}`);
});

test('blur keeps the sum of a point and spreads it as a Gaussian', () => {
  const data = new Float32Array(31 * 31);
  data[15 * 31 + 15] = 1;
  const out = view({ height: 31, width: 31, channels: 1, data }, { blur: { sigma: [2, 2], probability: 1 } });
  close([out.reduce((sum, value) => sum + value, 0)], [1], 1e-5);
  let spread = 0;
  for (let i = 0; i < out.length; i++) spread += out[i]! * ((i % 31) - 15) ** 2;
  assert.ok(Math.abs(spread - 4) < 0.15, `variance ${spread}`); // cut at 3 sigma: a little under 4
  const flat: PixelImage = { height: 4, width: 6, channels: 3, data: new Float32Array(72).fill(0.7) };
  close(view(flat, { blur: { sigma: [3, 3], probability: 1 } }), flat.data, 1e-5);
});

test('grey is Rec. 601 luma; brightness scales; contrast keeps the mean grey', () => {
  const image: PixelImage = { height: 1, width: 2, channels: 3, data: Float32Array.of(1, 0, 0, 0, 0, 1) };
  close(view(image, { gray: 1 }), [0.299, 0.299, 0.299, 0.114, 0.114, 0.114]);
  const small = picture(6, 6, 3);
  const dim: PixelImage = { ...small, data: small.data.map((value) => 0.4 + value * 0.2) };
  const luma = (data: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < data.length; i += 3)
      sum += 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;
    return sum / (data.length / 3);
  };
  const contrasted = view(dim, { colorJitter: { contrast: 0.5, probability: 1 } }, 3);
  close([luma(contrasted)], [luma(dim.data)], 1e-5);
  assert.ok(Math.abs(contrasted[0]! - dim.data[0]!) > 1e-4);
  const brighter = view(dim, { colorJitter: { brightness: 0.5, probability: 1 } }, 3);
  const ratio = brighter[0]! / dim.data[0]!;
  close(
    brighter,
    dim.data.map((value) => value * ratio),
    1e-5,
  );
  for (const change of [{ saturation: 0.5 }, { hue: 0.1 }])
    close([luma(view(dim, { colorJitter: { ...change, probability: 1 } }, 3))], [luma(dim.data)], 1e-5);
});

test('cutout erases exactly its squares', () => {
  const image: PixelImage = { height: 8, width: 8, channels: 1, data: new Float32Array(64).fill(1) };
  const places = new Set<number>();
  for (let seed = 0; seed < 300; seed++) {
    const data = applyViews(image, parseViews({ cutout: 0.25 }), [8, 8], randomAt(seed, 'test'), [0.3]).data;
    const erased = [...data.keys()].filter((i) => data[i] !== 1);
    assert.equal(erased.length, 4);
    close(
      erased.map((i) => data[i]!),
      [0.3, 0.3, 0.3, 0.3],
    );
    assert.deepEqual(
      erased.map((i) => i - erased[0]!),
      [0, 1, 8, 9],
    );
    places.add(erased[0]!);
  }
  assert.ok(places.size > 40, `${places.size} of 49 places`);
});

test('a view depends on seed, view, epoch and sample, and on nothing else', () => {
  const image = picture(8, 8, 3);
  const recipe = parseViews({
    crop: 0.3,
    flip: true,
    rotate: 20,
    colorJitter: 1,
    blur: true,
    noise: 0.1,
    cutout: 0.3,
  });
  const renderer = new ViewRenderer(recipe, [8, 8], 3);
  const draw = (seed: number, v: number, epoch: number, index: number) =>
    renderer.render(image, viewRandom(seed, v, epoch, index)).data.slice();
  const first = draw(1, 0, 2, 3);
  for (const other of [draw(2, 0, 2, 3), draw(1, 1, 2, 3), draw(1, 0, 3, 3), draw(1, 0, 2, 4)])
    assert.notDeepEqual(other, first);
  assert.deepEqual(draw(1, 0, 2, 3), first);
  const preview = renderViews(image, recipe, { seed: 1, epoch: 2, index: 3, views: 2 });
  assert.deepEqual(preview[0]!.data, first);
  assert.deepEqual(preview[1]!.data, draw(1, 1, 2, 3));
});

test('another size than the image: corners stay corners', () => {
  const image = picture(4, 4, 1);
  const out = applyViews(image, parseViews({}), [8, 8], randomAt(0, 'test'));
  assert.deepEqual([out.height, out.width], [8, 8]);
  close([out.data[0]!, out.data[7]!, out.data[63]!], [image.data[0]!, image.data[3]!, image.data[15]!]);
});
