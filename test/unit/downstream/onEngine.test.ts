import assert from 'node:assert/strict';
import test from 'node:test';
import { randomAt } from '../../../server/random.ts';
import { knnPredict } from '../../../server/training/downstream/knn.ts';
import { inPlace, softmaxObjective } from '../../../server/training/downstream/softmaxObjective.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import type { Engine } from '../../../server/training/engine/engine.ts';
import { asFeatures } from '../../../server/training/health/features.ts';

// Large problems go through programs of the engine. The reference runs those programs here under another name,
// because for the reference itself the plain loops are taken.
const reference = await openReference();
let programs = 0;
const engine: Engine = {
  device: 'cpu',
  description: 'the reference, as a device with fast programs',
  program(fn, inputs) {
    programs++;
    return reference.program(fn, inputs);
  },
  training: (definition) => reference.training(definition),
  dispose: () => reference.dispose(),
};

function gaussian(count: number, size: number, seed: number) {
  const random = randomAt(seed, 'on engine');
  return asFeatures(
    Float32Array.from({ length: count * size }, () => random.normal()),
    size,
  );
}

test('kNN through a program votes as the plain loop does', async () => {
  const bank = gaussian(2000, 50, 1);
  const queries = gaussian(1001, 50, 2);
  const labels = Int32Array.from({ length: 2000 }, (_, i) => i % 7);
  const before = programs;
  const compiled = await knnPredict(bank, labels, queries, 7, { engine });
  assert.equal(programs, before + 1);
  const plain = await knnPredict(bank, labels, queries, 7, { engine: reference });
  const different = compiled.filter((label, i) => label !== plain[i]).length;
  assert.ok(different <= 1, `${different} of 1001 differ`); // sums in another order may swap a tie
});

test('the classifier objective through a program has the value and gradient of the plain loop', async () => {
  const [count, size, classes] = [1001, 100, 100];
  const features = gaussian(count, size, 3);
  const labels = Int32Array.from({ length: count }, (_, i) => (i * i) % classes);
  const random = randomAt(4, 'point');
  const point = Float64Array.from({ length: classes * (size + 1) }, () => 0.3 * random.normal());
  const [expected, found] = [new Float64Array(point.length), new Float64Array(point.length)];
  const value = (await inPlace(features, labels, classes, 0.01)(point, expected)) as number;
  const before = programs;
  const { objective, dispose } = await softmaxObjective(features, labels, classes, 0.01, engine);
  assert.equal(programs, before + 1);
  assert.ok(Math.abs((await objective(point, found)) / value - 1) < 1e-5);
  expected.forEach((entry, i) => {
    assert.ok(Math.abs(entry - found[i]!) < 1e-6, `entry ${i}: ${found[i]} instead of ${entry}`);
  });
  await dispose();
});
