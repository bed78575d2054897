import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sinkhorn, swav, swavLoss } from '../../../server/methods/swav.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, columnsOf, cosine, type Matrix, mean, negativeLogProbability, sum } from './float64.ts';

const [a, b, prototypes] = [normals([6, 4], 'a'), normals([6, 4], 'b'), normals([5, 4], 'prototypes')] as [
  tf.Tensor2D,
  tf.Tensor2D,
  tf.Tensor2D,
];

const cosines = (rows: Matrix, to: Matrix): Matrix =>
  rows.map((row) => to.map((other) => cosine(row, other)));

/** Algorithm 1 of the paper's appendix, with the transport matrix of total mass 1 as it is written there. */
function codesOf(scores: Matrix, epsilon: number, iterations: number): Matrix {
  let q = columnsOf(scores.map((row) => row.map((s) => Math.exp(s / epsilon)))); // [prototypes, n]
  const [k, n] = [q.length, q[0]!.length];
  const total = sum(q.flat());
  q = q.map((row) => row.map((v) => v / total));
  for (let i = 0; i < iterations; i++) {
    q = q.map((row) => row.map((v) => v / sum(row) / k));
    const columns = columnsOf(q).map(sum);
    q = q.map((row) => row.map((v, j) => v / columns[j]! / n));
  }
  return columnsOf(q.map((row) => row.map((v) => v * n)));
}

test('Sinkhorn-Knopp: codes against float64', () => {
  for (const [epsilon, iterations] of [
    [0.05, 3],
    [0.5, 1],
    [0.03, 10],
  ] as const) {
    const scores = cosines(a.arraySync(), prototypes.arraySync());
    const found = sinkhorn(tf.tensor2d(scores), { epsilon, iterations });
    assertClose(found.dataSync(), codesOf(scores, epsilon, iterations).flat(), 1e-5);
  }
});

test('many iterations: every sample gives 1, every prototype gets the same', () => {
  const scores = tf.tensor2d(cosines(a.arraySync(), prototypes.arraySync()));
  const codes = sinkhorn(scores, { epsilon: 0.2, iterations: 100 }).arraySync();
  for (const row of codes) assertClose([sum(row)], [1], 1e-5);
  for (const column of columnsOf(codes)) assertClose([sum(column)], [6 / 5], 1e-3);
});

test('codes stay finite where no sample is near a prototype', () => {
  const far = tf.tensor2d([
    [1, -1],
    [1, -1],
  ]);
  const codes = sinkhorn(far, { epsilon: 0.03, iterations: 3 }).dataSync();
  assertClose(codes, [0.5, 0.5, 0.5, 0.5], 1e-5);
});

test('SwAV: value and gradient of both views and of the prototypes against float64, codes held fixed', () => {
  const options = { temperature: 0.1, epsilon: 0.05, iterations: 3 };
  const fixed = [a, b].map((x) => codesOf(cosines(x.arraySync(), prototypes.arraySync()), 0.05, 3));
  const entropy = (scores: Matrix, codes: Matrix): number =>
    mean(
      scores.map((row, i) => {
        const logits = row.map((s) => s / 0.1);
        return sum(codes[i]!.map((q, k) => q * negativeLogProbability(logits, k)));
      }),
    );
  const local = normals([12, 4], 'local') as tf.Tensor2D;
  // Two local views of 6 samples each: every one predicts both codes.
  assertLoss(
    (a, b, c, l) => swavLoss({ globals: [a!, b!], local: l! }, c!, options),
    (a, b, c, l) =>
      mean([
        entropy(cosines(a!, c!), fixed[1]!),
        entropy(cosines(b!, c!), fixed[0]!),
        ...[l!.slice(0, 6), l!.slice(6)].flatMap((view) =>
          fixed.map((codes) => entropy(cosines(view, c!), codes)),
        ),
      ]),
    [a, b, prototypes, local],
  );
  assertLoss(
    (a, b, c) => swavLoss({ globals: [a!, b!] }, c!, options),
    (a, b, c) => (entropy(cosines(a!, c!), fixed[1]!) + entropy(cosines(b!, c!), fixed[0]!)) / 2,
    [a, b, prototypes],
  );
});

test('only directions count, and views of different shapes are refused', () => {
  const options = { temperature: 0.1, epsilon: 0.05, iterations: 3 };
  const loss = swavLoss({ globals: [a, b] }, prototypes, options).dataSync();
  assertClose(
    swavLoss({ globals: [tf.mul(a, 3), b] }, tf.mul(prototypes, 0.2), options).dataSync(),
    loss,
    1e-5,
  );
  assert.throws(() => swavLoss({ globals: [a, tf.zeros([5, 4])] }, prototypes, options), /differ in shape/);
  assert.equal(swav.options.safeParse({ epsilon: 0.001 }).success, false);
});
