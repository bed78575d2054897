import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byolLoss, byolMomentum } from '../../../server/methods/byol.ts';
import { simsiamLoss } from '../../../server/methods/simsiam.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, cosine, type Matrix, mean, sines } from './float64.ts';

const four = ['p0', 'p1', 'z0', 'z1'].map((name) => normals([5, 4], name) as tf.Tensor2D);
const [p0, p1, z0, z1] = four as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
const cosines = (p: Matrix, z: Matrix): number => mean(p.map((row, i) => cosine(row, z[i]!)));
const plain = (x: tf.Tensor2D): Matrix => x.arraySync();

test('SimSiam: value and gradient of the predictions against float64, projections held fixed', () => {
  assertLoss(
    (p0, p1) => simsiamLoss({ p0, p1, z0, z1 }),
    (p0, p1) => -(cosines(p0, plain(z1)) + cosines(p1, plain(z0))) / 2,
    [p0, p1],
  );
});

test('SimSiam: no gradient reaches the projections, unless the stop is switched off', () => {
  const loss =
    (stop: boolean) =>
    (...[z0, z1]: tf.Tensor[]): tf.Scalar => {
      const all = { p0, p1, z0: z0 as tf.Tensor2D, z1: z1 as tf.Tensor2D };
      // The added zero keeps the projections on the tape, which would otherwise report a missing path.
      return tf.add(simsiamLoss(all, stop), tf.mul(tf.add(tf.sum(z0!), tf.sum(z1!)), 0));
    };
  for (const gradient of tf.grads(loss(true))([z0, z1])) assert.ok(gradient.dataSync().every((v) => v === 0));
  for (const gradient of tf.grads(loss(false))([z0, z1]))
    assert.ok(gradient.dataSync().some((v) => Math.abs(v) > 1e-3));
  assertLoss(
    (p0, p1, z0, z1) => simsiamLoss({ p0: p0!, p1: p1!, z0: z0!, z1: z1! }, false),
    (p0, p1, z0, z1) => -(cosines(p0!, z1!) + cosines(p1!, z0!)) / 2,
    four,
  );
});

test('BYOL: value and gradient against float64', () => {
  assertLoss(
    (p0, p1) => byolLoss({ p0, p1, t0: z0, t1: z1 }),
    (p0, p1) => 2 - 2 * cosines(p0, plain(z1)) + 2 - 2 * cosines(p1, plain(z0)),
    [p0, p1],
  );
});

test('numbers from PyTorch 2.14 (cosine_similarity, normalize)', () => {
  const [p0, p1, z0, z1] = [sines(5, 4), sines(5, 4, 0.5), sines(5, 4, 1), sines(5, 4, 1.5)];
  assertClose(simsiamLoss({ p0, p1, z0, z1 }).dataSync(), [-0.4531837763453756], 1e-5);
  assertClose(byolLoss({ p0, p1, t0: z0, t1: z1 }).dataSync(), [2.1872648944986173], 1e-5);
});

test('perfect and opposite predictions mark the ends of the range', () => {
  const scaled = tf.mul(z1, 3) as tf.Tensor2D;
  const opposite = tf.neg(scaled) as tf.Tensor2D;
  const same = (p: tf.Tensor2D) => ({ p0: p, p1: p, z0: z1, z1, t0: z1, t1: z1 });
  assertClose(simsiamLoss(same(scaled)).dataSync(), [-1], 1e-6);
  assertClose(simsiamLoss(same(opposite)).dataSync(), [1], 1e-6);
  assert.ok(Math.abs(byolLoss(same(scaled)).dataSync()[0]!) < 1e-5);
  assertClose(byolLoss(same(opposite)).dataSync(), [8], 1e-6);
});

test('both losses are symmetric in the views and refuse shapes that differ', () => {
  const swapped = { p0: p1, p1: p0, z0: z1, z1: z0, t0: z1, t1: z0 };
  assertClose(simsiamLoss(swapped).dataSync(), simsiamLoss({ p0, p1, z0, z1 }).dataSync(), 1e-6);
  assertClose(byolLoss(swapped).dataSync(), byolLoss({ p0, p1, t0: z0, t1: z1 }).dataSync(), 1e-6);
  const short = tf.zeros([4, 4]) as tf.Tensor2D;
  assert.throws(() => simsiamLoss({ p0, p1, z0: short, z1 }), /differ in shape/);
  assert.throws(() => byolLoss({ p0, p1, t0: z0, t1: short }), /differ in shape/);
});

test("BYOL's momentum rises from its base to 1 along a cosine", () => {
  assert.equal(byolMomentum(0.99, 0), 0.99);
  assert.equal(byolMomentum(0.99, 1), 1);
  assert.ok(Math.abs(byolMomentum(0.99, 0.5) - 0.995) < 1e-12);
  assert.ok(Math.abs(byolMomentum(0.996, 0.25) - (1 - (0.004 * (Math.SQRT1_2 + 1)) / 2)) < 1e-12);
});
