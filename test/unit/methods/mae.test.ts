import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mae, maeLoss } from '../../../server/methods/mae.ts';
import { drawMasking, visibleTokens } from '../../../server/methods/masking.ts';
import * as tf from '../../../server/nn/tf.ts';
import { randomAt } from '../../../server/random.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, type Matrix, mean, sines, sum } from './float64.ts';
import { type Built, build, image, plainBatch, tensors } from './tiny.ts';

const [batch, count, length] = [2, 3, 4];
const mask = tf.tensor2d([
  [1, 0, 1],
  [0, 1, 1],
]);
const asTokens = (x: tf.Tensor2D): tf.Tensor3D => tf.reshape(x, [batch, count, length]);

/** Patches as rows [batch * count, length]. */
function reference(prediction: Matrix, patches: Matrix, normalize: boolean): number {
  const hidden = [...mask.dataSync()];
  const errors = prediction.map((row, i) => {
    const patch = patches[i]!;
    const centre = mean(patch);
    const deviation = Math.sqrt(sum(patch.map((v) => (v - centre) ** 2)) / (length - 1) + 1e-6);
    const target = normalize ? patch.map((v) => (v - centre) / deviation) : patch;
    return mean(row.map((v, j) => (v - target[j]!) ** 2));
  });
  return sum(errors.map((e, i) => e * hidden[i]!)) / sum(hidden);
}

for (const normalize of [true, false]) {
  test(`loss on masked patches, normalized ${normalize}: value and gradient against float64`, () => {
    const patches = normals([batch * count, length], 'patches') as tf.Tensor2D;
    assertLoss(
      (x) => maeLoss(asTokens(x), asTokens(patches), mask, normalize),
      (x) => reference(x, patches.arraySync(), normalize),
      [normals([batch * count, length]) as tf.Tensor2D],
    );
  });
}

test("loss: numbers from PyTorch 2.14 with the formulas of the authors' code", () => {
  const loss = (normalize: boolean) =>
    maeLoss(asTokens(sines(6, 4)), asTokens(sines(6, 4, 0.5)), mask, normalize).dataSync();
  assertClose(loss(true), [0.9641177258701965], 1e-5);
  assertClose(loss(false), [0.11429208457871437], 1e-5);
});

test('a mask hides exactly its share; order and inverse undo each other; visible tokens come first', () => {
  for (const [count, ratio, visible] of [
    [49, 0.75, 12],
    [16, 0.75, 4],
    [16, 0.5, 8],
    [4, 0.99, 1],
    [4, 0.01, 3],
  ] as const) {
    assert.equal(visibleTokens(count, ratio), visible);
    const { order, inverse, mask } = drawMasking(5, count, visible, randomAt(0, 'mask'));
    for (let i = 0; i < order.length; i++) assert.equal(inverse[order[i]!], i);
    for (let sample = 0; sample < 5; sample++) {
      const ofSample = mask.subarray(sample * count, (sample + 1) * count);
      assert.equal(
        ofSample.reduce((a, b) => a + b, 0),
        count - visible,
      );
      for (const flat of order.subarray(sample * visible, (sample + 1) * visible)) {
        assert.equal(Math.floor(flat / count), sample);
        assert.equal(mask[flat], 0);
      }
    }
  }
});

test('every token is visible equally often', () => {
  const { mask } = drawMasking(4000, 8, 2, randomAt(1, 'mask'));
  for (let token = 0; token < 8; token++) {
    const visible = mask.reduce((n, m, i) => n + (i % 8 === token ? 1 - m : 0), 0);
    assert.ok(Math.abs(visible - 1000) < 5 * Math.sqrt(4000 * 0.25 * 0.75), `token ${token}: ${visible}`);
  }
});

const shape = [8, 8, 2];
const patch = 2;

function small(pool: 'mean' | 'class', options: object = {}): Built {
  return build(mae, image(...shape), {
    encoder: { type: 'vit', patch, width: 8, depth: 1, heads: 2, pool },
    options: { decoder: { width: 8, depth: 1, heads: 2 }, ...options },
    batchSize: 3,
  });
}

/** Whether the patch of a pixel (flat position in [batch, h, w, c]) is masked. */
function isHidden(mask: Float32Array, position: number): boolean {
  const pixel = Math.floor(position / 2);
  const [sample, row, column] = [Math.floor(pixel / 64), Math.floor(pixel / 8) % 8, pixel % 8];
  return mask[sample * 16 + Math.floor(row / patch) * 4 + Math.floor(column / patch)] === 1;
}

for (const pool of ['mean', 'class'] as const) {
  for (const normalizePatches of [true, false]) {
    test(`restored image, pool ${pool}, normalized ${normalizePatches}: visible patches are the original's, hidden ones are not seen`, () => {
      const { task, forward, random } = small(pool, { normalizePatches });
      const arrays = task.prepare(plainBatch(3, shape), random(0));
      const hidden = arrays.mask as Float32Array;
      const picture = task.reconstruct!(forward, tensors(task, arrays));
      const [original, corrupted, restored] = [picture.original, picture.corrupted, picture.restored].map(
        (x) => {
          assert.deepEqual(x.shape, [3, ...shape]);
          return x.dataSync();
        },
      ) as [Float32Array, Float32Array, Float32Array];
      let differing = 0;
      for (let i = 0; i < original.length; i++) {
        if (isHidden(hidden, i)) {
          assert.ok(corrupted[i] === 0);
          if (restored[i] !== original[i]) differing++;
        } else {
          assert.equal(restored[i], original[i]);
          assert.equal(corrupted[i], original[i]);
        }
      }
      assert.equal(differing, 3 * 64 * 2 * 0.75);

      // Other contents below the mask: the prediction must not change (the statistics that it borrows do).
      if (normalizePatches) return;
      const image = (arrays.image as Float32Array).map((v, i) => (isHidden(hidden, i) ? v + 5 : v));
      const again = task.reconstruct!(forward, tensors(task, { ...arrays, image }));
      assert.deepEqual(again.restored.dataSync(), restored);
    });
  }

  test(`the same visible patches in another order give the same loss, pool ${pool}`, () => {
    const { task, forward, random } = small(pool);
    const arrays = task.prepare(plainBatch(3, shape), random(3));
    const order = (arrays.order as Int32Array).slice();
    // Visible: 3 samples x 4 tokens at the front. Reverse those of each sample, and the masked ones too.
    for (let sample = 0; sample < 3; sample++) {
      order.subarray(sample * 4, sample * 4 + 4).reverse();
      order.subarray(12 + sample * 12, 24 + sample * 12).reverse();
    }
    const inverse = new Int32Array(order.length);
    order.forEach((flat, place) => {
      inverse[flat] = place;
    });
    const loss = task.loss(forward, tensors(task, arrays)).loss.dataSync();
    const reordered = task.loss(forward, tensors(task, { ...arrays, order, inverse })).loss.dataSync();
    assertClose(reordered, loss, 1e-6);
  });
}

test('encoders without tokens and heads that do not divide are reported with their fix', () => {
  const check = (encoderType: string, options: object = {}) =>
    mae.check!({ sample: image(8, 8, 1), encoderType, batchSize: 4 }, mae.options.parse(options));
  assert.deepEqual(check('vit'), []);
  assert.match(check('convnet')[0]!.fix, /encoder.type to vit/);
  const [problem] = check('vit', { decoder: { width: 128, heads: 3 } });
  assert.deepEqual(problem!.path, ['decoder', 'heads']);
  assert.match(problem!.fix, /heads to 2 or decoder.width to 132/);
  assert.equal(mae.options.safeParse({ maskRatio: 1 }).success, false);
  assert.throws(
    () => build(mae, image(8, 8, 1), { encoder: { type: 'convnet', width: 4 } }),
    /works on patches/,
  );
});
