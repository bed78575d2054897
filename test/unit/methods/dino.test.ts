import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dino, dinoTerms, movedCentre, teacherTargets } from '../../../server/methods/dino.ts';
import { oneHot } from '../../../server/nn/losses.ts';
import { normalizeRows } from '../../../server/nn/rows.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { mean, negativeLogProbability, sines, sum } from './float64.ts';
import { build, image, plainBatch, type Setting, tensors } from './tiny.ts';

interface Case {
  readonly locals: number;
  readonly temperature: number;
  readonly teacherTemperature: number;
  readonly centerMomentum: number;
  readonly loss: number;
  readonly teacherEntropy: number;
  readonly usedPrototypes: number;
  readonly gradients: number[][];
  readonly centre: number[];
}

const { cases } = JSON.parse(readFileSync('test/fixtures/dino/reference.json', 'utf8')) as { cases: Case[] };
const [n, size, prototypes] = [4, 5, 6];
const centre = tf.tensor1d(Array.from({ length: prototypes }, (_, k) => 0.1 * Math.sin(k)));
const logits = (z: tf.Tensor, p: tf.Tensor): tf.Tensor2D =>
  tf.matMul(normalizeRows(z as tf.Tensor2D), normalizeRows(p as tf.Tensor2D), false, true);

for (const expected of cases) {
  const { locals, temperature } = expected;
  test(`DINO with ${locals} local views at ${temperature}: loss, gradients and centre equal PyTorch in float64`, () => {
    const teacher = [0, 1].map((v) => logits(sines(n, size, 1 + v), sines(prototypes, size, 5)));
    const heat = tf.tensor1d([expected.teacherTemperature]);
    const targets = teacher.map((rows) => teacherTargets(rows, centre, heat)) as [tf.Tensor2D, tf.Tensor2D];
    const terms = (views: readonly tf.Tensor[], p: tf.Tensor) => {
      const [a, b, ...local] = views.map((z) => logits(z, p));
      const all = local.length === 0 ? {} : { local: tf.concat(local, 0) as tf.Tensor2D };
      return dinoTerms({ globals: [a!, b!], ...all }, targets, temperature);
    };
    const views = Array.from({ length: 2 + locals }, (_, v) => sines(n, size, v));
    const p = sines(prototypes, size, 4);
    const { loss, teacherEntropy, usedPrototypes, divergence } = terms(views, p);
    assertClose(usedPrototypes.dataSync(), [expected.usedPrototypes], 1e-5);
    assertClose(loss.dataSync(), [expected.loss], 1e-5);
    assertClose(teacherEntropy.dataSync(), [expected.teacherEntropy], 1e-5);
    assertClose(divergence.dataSync(), [expected.loss - expected.teacherEntropy], 1e-5);
    const gradients = tf.grads((...xs) => terms(xs.slice(0, -1), xs.at(-1)!).loss)([...views, p]);
    for (const [i, gradient] of expected.gradients.entries())
      assertClose(gradients[i]!.dataSync(), gradient, 1e-5, `gradient ${i}`);
    const moved = movedCentre(centre, tf.concat2d(teacher, 0), expected.centerMomentum);
    assertClose(moved.dataSync(), expected.centre, 1e-5);
  });
}

test('every view is compared with every global view but itself, pair by pair', () => {
  const [views, targets] = [5, 2].map((count, s) =>
    Array.from({ length: count }, (_, v) => normals([3, 4], `${s} ${v}`) as tf.Tensor2D),
  ) as [tf.Tensor2D[], tf.Tensor2D[]];
  const probabilities = targets.map((t) => tf.softmax(t)) as [tf.Tensor2D, tf.Tensor2D];
  const pairs = probabilities.flatMap((target, t) =>
    views.flatMap((view, v) => {
      if (v === t) return [];
      const rows = view.arraySync();
      const wanted = target.arraySync();
      return [
        mean(rows.map((row, i) => sum(row.map((_, k) => wanted[i]![k]! * negativeLogProbability(row, k))))),
      ];
    }),
  );
  assert.equal(pairs.length, 8);
  const [a, b, ...local] = views as [tf.Tensor2D, tf.Tensor2D, ...tf.Tensor2D[]];
  const { loss } = dinoTerms({ globals: [a, b], local: tf.concat2d(local, 0) }, probabilities, 1);
  assertClose(loss.dataSync(), [mean(pairs)], 1e-5);
});

test('worked by hand: answers that know nothing cost ln(K), a teacher that is sure has no entropy', () => {
  const even = tf.zeros([3, 8]) as tf.Tensor2D;
  const sure = oneHot(tf.tensor1d([1, 5, 2], 'int32'), 8);
  const { loss, teacherEntropy, divergence } = dinoTerms({ globals: [even, even] }, [sure, sure], 0.1);
  assertClose(loss.dataSync(), [Math.log(8)], 1e-6);
  assert.ok(Math.abs(teacherEntropy.dataSync()[0]!) < 1e-6);
  assertClose(divergence.dataSync(), [Math.log(8)], 1e-6);
});

test('centring takes away what all images share; a low temperature sharpens', () => {
  const rows = tf.tensor2d([
    [5, 1, 0],
    [5, 0, 1],
  ]);
  const centre = tf.mean(rows, 0);
  const heat = (t: number): tf.Tensor => tf.tensor1d([t]);
  const shared = teacherTargets(rows, tf.zeros([3]), heat(0.1)).arraySync();
  assert.deepEqual(
    shared.map((row) => row.indexOf(Math.max(...row))),
    [0, 0],
  );
  const apart = teacherTargets(rows, centre, heat(0.1)).arraySync();
  assert.deepEqual(
    apart.map((row) => row.indexOf(Math.max(...row))),
    [1, 2],
  );
  const soft = teacherTargets(rows, centre, heat(1)).arraySync();
  assert.ok(Math.max(...soft[0]!) < Math.max(...apart[0]!));
});

const setting: Setting = {
  encoder: { type: 'vit', patch: 2, width: 8, depth: 1, heads: 2 },
  options: {
    projector: { hidden: 6, size: 5 },
    prototypes: 7,
    teacherTemperature: 0.07,
    local: { count: 2 },
  },
  batchSize: 4,
};
const shape = [8, 8, 1];

test('a step: the teacher is read from its copies, its centre is written, schedules are inputs', () => {
  const { task, forward, random } = build(dino, image(...shape), setting);
  assert.deepEqual(task.targets, ['encoder', 'projector', 'prototypes']);
  assert.equal(task.momentum!(0), 0.99);
  assert.equal(task.momentum!(1), 1);
  const batch = plainBatch(4, shape, task.views);
  const at = (epoch: number) => task.prepare({ ...batch, epoch }, random(0));
  assertClose(at(0).teacherTemperature!, [0.04], 1e-6);
  assertClose(at(5).teacherTemperature!, [0.055], 1e-6);
  assertClose(at(500).teacherTemperature!, [0.07], 1e-6);
  assert.deepEqual(
    [at(0), at(0.9), at(1)].map(({ freedom }) => freedom![0]),
    [0, 0, 1],
  );

  const before = task.loss(forward, tensors(task, at(0))).loss.dataSync()[0];
  const moved = forward.written['center/mean']!;
  assert.ok(moved.dataSync().some((value) => value !== 0));
  forward.targets['prototypes/weight'] = tf.neg(forward.targets['prototypes/weight']!);
  assert.notEqual(task.loss(forward, tensors(task, at(0))).loss.dataSync()[0], before);
});

test('frozen prototypes get no gradient, the rest does; without centring nothing is written', () => {
  const { task, forward, random } = build(dino, image(...shape), {
    ...setting,
    options: { ...setting.options, centering: false, teacherTemperatureStart: 0.07 },
  });
  const batch = plainBatch(4, shape, task.views);
  const names = ['prototypes/weight', 'projector/dense3/weight'];
  const lengths = (epoch: number): number[] => {
    const inputs = tensors(task, task.prepare({ ...batch, epoch }, random(0)));
    const gradients = tf.grads(
      (...values) =>
        task.loss(forward.with(Object.fromEntries(names.map((name, i) => [name, values[i]!]))), inputs).loss,
    )(names.map((name) => forward.values[name]!));
    return gradients.map((gradient) => tf.norm(gradient).dataSync()[0]!);
  };
  const [frozen, free] = [lengths(0), lengths(1)];
  assert.equal(frozen[0], 0);
  assert.ok(free[0]! > 1e-4);
  assert.ok(frozen[1]! > 1e-4);
  assert.equal(frozen[1], free[1]);
  task.loss(forward, tensors(task, task.prepare(batch, random(0))));
  assert.ok(!('center/mean' in forward.written));
});

test('misuse: temperature 0, options out of range', () => {
  const zero = tf.zeros([2, 3]) as tf.Tensor2D;
  assert.throws(() => dinoTerms({ globals: [zero, zero] }, [zero, zero], 0), /temperature must be above 0/);
  for (const wrong of [
    { temperature: 0 },
    { prototypes: 1 },
    { local: { area: [0.5, 0.1] } },
    { momentum: 2 },
  ])
    assert.equal(dino.options.safeParse(wrong).success, false, JSON.stringify(wrong));
});
