import * as z from 'zod';
import { softmaxCrossEntropy } from '../nn/losses.ts';
import type { Forward, Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import { randomAt } from '../random.ts';
import { resample, stretch } from '../views/affine.ts';
import { accuracy } from './accuracy.ts';
import { mlpHead } from './heads.ts';
import { defineMethod } from './method.ts';

/** Orders that are tried for each one that is taken. */
const candidates = 100;

/**
 * `count` orders of `tiles` tiles that differ from each other in many places: each is, of some random ones, the one
 * with the largest smallest Hamming distance to those before it (after algorithm 1 of the paper's supplement). Always
 * the same; fewer where there are not as many orders.
 */
export function tileOrders(tiles: number, count: number): Int32Array[] {
  let possible = 1;
  for (let i = 2; i <= tiles && possible < count; i++) possible *= i;
  const random = randomAt(0, 'jigsaw orders');
  const orders: Int32Array[] = [];
  while (orders.length < Math.min(count, possible)) {
    let best: { order: Int32Array; distance: number } | undefined;
    for (let i = 0; i < candidates; i++) {
      const order = random.permutation(tiles);
      const distance = Math.min(tiles + 1, ...orders.map((other) => hamming(order, other)));
      if (best === undefined || distance > best.distance) best = { order, distance };
    }
    // Where only few orders are left, none of the candidates may be new.
    if (best !== undefined && best.distance > 0) orders.push(best.order);
  }
  return orders;
}

function hamming(a: Int32Array, b: Int32Array): number {
  return a.reduce((count, value, i) => count + (value === b[i] ? 0 : 1), 0);
}

/** Values to mean 0 and standard deviation 1, in place; a tile of one colour becomes 0. */
function normaliseTile(tile: Float32Array): void {
  const mean = tile.reduce((a, b) => a + b, 0) / tile.length;
  const variance = tile.reduce((a, b) => a + (b - mean) ** 2, 0) / tile.length;
  const scale = variance > 1e-6 ? 1 / Math.sqrt(variance) : 0;
  for (let i = 0; i < tile.length; i++) tile[i] = (tile[i]! - mean) * scale;
}

export const jigsaw = defineMethod({
  name: 'jigsaw',
  title: 'Jigsaw puzzle',
  summary:
    'Cuts an image into tiles, shuffles them and tells their order. Learns how parts belong together; a step costs as much as one on every tile.',
  paper: {
    title: 'Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles',
    url: 'https://arxiv.org/abs/1603.09246',
  },
  family: 'geometric',
  modalities: ['image'],
  options: z.strictObject({
    grid: z
      .int()
      .min(2)
      .max(4)
      .describe(
        'Tiles in a row and in a column, 2 to 4; each is stretched to the size of the image (paper: 3).',
      )
      .default(3),
    orders: z
      .int()
      .min(2)
      .max(1000)
      .describe(
        'Orders that are told apart, 2 to 1000, chosen to differ in many places; a grid of 2 has 24 (paper: 1000, and 64 or more in its comparison).',
      )
      .default(64),
    tile: z
      .number()
      .gt(0)
      .max(1)
      .describe(
        'Side of a tile as a share of its field, at a random place in it, above 0 to 1; below 1 leaves gaps, so that edges do not give the order away (paper: 0.85).',
      )
      .default(0.85),
    normalizeTiles: z
      .boolean()
      .describe(
        'Bring each tile to mean 0 and standard deviation 1, so that brightness does not give the order away (paper: true).',
      )
      .default(true),
    hidden: z
      .int()
      .min(1)
      .max(16384)
      .describe('Width of the layer between the features of all tiles and the order (paper: 4096).')
      .default(256),
  }),
  views: { image: { crop: [0.8, 1] } },
  check({ sample: { shape } }, { grid }) {
    const side = Math.min(shape[0] ?? 1, shape[1] ?? 1);
    if (side >= 2 * grid) return [];
    return [
      {
        path: ['grid'],
        found: `${grid} x ${grid} tiles of an image of ${shape[0]} x ${shape[1]} pixels`,
        expected: 'tiles of at least 2 x 2 pixels',
        fix: `Set data.size to ${2 * grid} or more, or a smaller grid.`,
        set: [{ path: ['data', 'size'], value: 8 * grid }],
      },
    ];
  },

  build({ scope, encoder, sample, batchSize }, options) {
    const [height, width, channels] = sample.shape as [number, number, number];
    const pixels = height * width * channels;
    const tiles = options.grid ** 2;
    const orders = tileOrders(tiles, options.orders);
    const head = mlpHead(scope.child('jigsaw'), tiles * encoder.size, {
      hidden: options.hidden,
      size: orders.length,
      layers: 2,
      norm: 'none',
    });
    const logits = (forward: Forward, inputs: Named<tf.Tensor>): tf.Tensor2D => {
      const features = encoder.features(forward, inputs.tiles as tf.Tensor); // [batch * tiles, size]
      return head.apply(forward, tf.reshape(features, [batchSize, tiles * encoder.size]));
    };
    return {
      views: ['augmented'],
      inputs: {
        tiles: { shape: [batchSize * tiles, ...sample.shape], dtype: 'float32' },
        order: { shape: [batchSize], dtype: 'int32' },
      },
      prepare({ views: [view], indices }, random) {
        const source = view as Float32Array;
        const out = new Float32Array(indices.length * tiles * pixels);
        const order = Int32Array.from(indices, () => random.integer(orders.length));
        const [cellHeight, cellWidth] = [height / options.grid, width / options.grid];
        const [tileHeight, tileWidth] = [cellHeight * options.tile, cellWidth * options.tile];
        for (let i = 0; i < indices.length; i++) {
          const data = source.subarray(i * pixels, (i + 1) * pixels);
          orders[order[i]!]!.forEach((field, place) => {
            const top =
              Math.floor(field / options.grid) * cellHeight + random.between(0, cellHeight - tileHeight);
            const left = (field % options.grid) * cellWidth + random.between(0, cellWidth - tileWidth);
            // The first and last pixels of the tile are those of the result: nothing beyond its edges is mixed in.
            const map = stretch(
              Math.max(0, tileWidth - 1) / Math.max(1, width - 1),
              Math.max(0, tileHeight - 1) / Math.max(1, height - 1),
              left + (tileWidth - 1) / 2 - (width - 1) / 2,
              top + (tileHeight - 1) / 2 - (height - 1) / 2,
            );
            const at = (i * tiles + place) * pixels;
            const tile = out.subarray(at, at + pixels);
            resample({ height, width, channels, data }, map, tile, height, width);
            if (options.normalizeTiles) normaliseTile(tile);
          });
        }
        return { tiles: out, order };
      },
      loss(forward, inputs) {
        const scores = logits(forward, inputs);
        const order = inputs.order as tf.Tensor1D;
        return { loss: softmaxCrossEntropy(scores, order), metrics: { accuracy: accuracy(scores, order) } };
      },
    };
  },
});
