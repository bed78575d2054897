import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jigsaw, tileOrders } from '../../../server/methods/jigsaw.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose } from '../../support/numeric.ts';
import { type Matrix, mean, negativeLogProbability, sum } from './float64.ts';
import { batchOf, build, image, plainBatch, tensors } from './tiny.ts';

const distance = (a: Int32Array, b: Int32Array): number => sum([...a].map((v, i) => (v === b[i] ? 0 : 1)));

test('orders are permutations, all different and far apart, the same at every call', () => {
  const orders = tileOrders(9, 64);
  assert.equal(orders.length, 64);
  for (const order of orders)
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
    );
  const distances = orders.flatMap((a, i) => orders.slice(0, i).map((b) => distance(a, b)));
  assert.ok(Math.min(...distances) >= 6, `${Math.min(...distances)}`);
  assert.deepEqual(tileOrders(9, 64), orders);
});

test('a grid of 2 has 24 orders, however many are asked for', () => {
  const orders = tileOrders(4, 64);
  assert.equal(new Set(orders.map((order) => order.join())).size, 24);
  assert.equal(orders.length, 24);
});

/** An image whose four quarters are of one value each: 0, 1, 2, 3. */
function quarters(side: number): Float32Array {
  const values = new Float32Array(side * side);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      values[y * side + x] = 2 * (y >= side / 2 ? 1 : 0) + (x >= side / 2 ? 1 : 0);
  return values;
}

test('each place holds the tile that its order says, with nothing of its neighbours', () => {
  const side = 8;
  for (const tile of [0.75, 1]) {
    const { task, random } = build(jigsaw, image(side, side, 1), {
      encoder: { type: 'mlp', hidden: [6] },
      options: { grid: 2, tile, normalizeTiles: false },
      batchSize: 20,
    });
    const view = new Float32Array(20 * side * side);
    for (let i = 0; i < 20; i++) view.set(quarters(side), i * side * side);
    const { tiles, order } = task.prepare(batchOf(20, view), random(0));
    const orders = tileOrders(4, 64);
    assert.ok(new Set(order!).size > 5);
    for (let i = 0; i < 20; i++)
      for (let place = 0; place < 4; place++) {
        const at = (i * 4 + place) * side * side;
        const found = new Set(tiles!.subarray(at, at + side * side));
        assert.deepEqual([...found], [orders[order![i]!]![place]]);
      }
  }
});

const shape = [9, 12, 2];
const setting = { encoder: { type: 'mlp', hidden: [6] }, batchSize: 3, options: { orders: 10 } };

test('tiles have mean 0 and standard deviation 1 each; flat ones are 0', () => {
  const { task, random } = build(jigsaw, image(...shape), setting);
  const { tiles } = task.prepare(plainBatch(3, shape), random(0));
  const size = 9 * 12 * 2;
  for (let i = 0; i < 27; i++) {
    const tile = [...tiles!.subarray(i * size, (i + 1) * size)];
    assert.ok(Math.abs(mean(tile)) < 1e-5);
    assertClose([mean(tile.map((v) => v * v))], [1], 1e-4);
  }
  const flat = batchOf(3, new Float32Array(3 * size).fill(5));
  assert.ok(task.prepare(flat, random(0)).tiles!.every((v) => v === 0));
});

test('the loss is the cross-entropy of a network written out by hand', () => {
  const { task, forward, random } = build(jigsaw, image(...shape), setting);
  const arrays = task.prepare(plainBatch(3, shape), random(0));
  const inputs = tensors(task, arrays);
  const value = (name: string) => forward.values[name]!.arraySync();
  const layer = (x: Matrix, name: string, rectify: boolean): Matrix => {
    const [weight, bias] = [value(`${name}/weight`) as Matrix, value(`${name}/bias`) as number[]];
    return x.map((row) =>
      bias.map((b, o) => {
        const y = b + sum(row.map((v, i) => v * weight[i]![o]!));
        return rectify ? Math.max(0, y) : y;
      }),
    );
  };
  const flat = tf.reshape(inputs.tiles!, [27, 9 * 12 * 2]).arraySync() as Matrix;
  const features = layer(flat, 'encoder/layer1/dense', true);
  const together = [0, 1, 2].map((i) => features.slice(9 * i, 9 * i + 9).flat());
  assert.equal(together[0]!.length, 9 * 6);
  const logits = layer(layer(together, 'jigsaw/dense1', true), 'jigsaw/dense2', false);
  const expected = mean(logits.map((row, i) => negativeLogProbability(row, arrays.order![i]!)));
  assertClose(task.loss(forward, inputs).loss.dataSync(), [expected], 1e-5);
});

test('images too small for their tiles are reported with the fix', () => {
  const check = (side: number, options: object) =>
    jigsaw.check!(
      { sample: image(side, side, 1), encoderType: 'convnet', batchSize: 4 },
      jigsaw.options.parse(options),
    );
  assert.deepEqual(check(6, {}), []);
  assert.deepEqual(check(4, { grid: 2 }), []);
  assert.match(check(5, {})[0]!.fix, /data.size to 6 or more/);
});
