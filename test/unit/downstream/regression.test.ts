import assert from 'node:assert/strict';
import test from 'node:test';
import type { RegressionConfig } from '../../../server/config/downstream/tasks.ts';
import { rowDraws, runRegression, score } from '../../../server/training/downstream/regression.ts';
import { freshValues, type Judged } from '../../../server/training/downstream/representation.ts';
import { fitRidge, predictNumbers } from '../../../server/training/downstream/ridge.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import { asFeatures } from '../../../server/training/health/features.ts';
import { toyData, toyEncoder } from './toy.ts';

const matrix = (rows: number, columns: number, value: (row: number, column: number) => number) =>
  asFeatures(
    Float32Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns)),
    columns,
  );

test("ridge regression is scikit-learn's, with more rows than features and the other way round", () => {
  const expected = [
    { rows: 12, columns: 4, told: [3.72932788, 2.43659243, 3.32694013], r2: 0.84617081, rmse: 0.67579621 },
    { rows: 5, columns: 8, told: [2.98679356, 2.20543878, 1.09689697], r2: 0.98608267, rmse: 0.2072227 },
  ];
  for (const { rows, columns, told, r2, rmse } of expected) {
    const x = matrix(rows, columns, (i, k) => Math.sin(1 + i * (k + 2)) + 0.1 * k);
    const at = (row: number, k: number) => x.values[row * columns + k]!;
    const y = Float64Array.from({ length: rows }, (_, i) => 3 + 2 * at(i, 0) - at(i, 1) + Math.cos(i));
    const model = fitRidge(x, y);
    const found = predictNumbers(
      model,
      matrix(3, columns, (i, k) => Math.sin(7 + i * (k + 3))),
    );
    for (const [i, value] of told.entries()) assert.ok(Math.abs(found[i]! - value) < 1e-5, `${found}`);
    const scores = score(predictNumbers(model, x), y);
    assert.ok(Math.abs(scores.r2 - r2) < 1e-5 && Math.abs(scores.rmse - rmse) < 1e-5);
  }
});

test('R² is 1 for the truth, 0 for the mean, and below for worse', () => {
  const wanted = Float64Array.of(1, 2, 6);
  assert.deepEqual(score(wanted, wanted), { r2: 1, rmse: 0 });
  assert.deepEqual(score(Float64Array.of(3, 3, 3), wanted), { r2: 0, rmse: Math.sqrt(14 / 3) });
  assert.ok(score(Float64Array.of(6, 2, 1), wanted).r2 < 0);
});

test('draws of rows: nested, without repeats, all of them once', () => {
  const few = rowDraws(50, 5, 3, 7);
  const more = rowDraws(50, 20, 3, 7);
  assert.equal(few.length, 3);
  few.forEach((draw, i) => {
    assert.equal(new Set(draw).size, 5);
    assert.ok([...draw].every((row) => more[i]!.includes(row)));
  });
  assert.notDeepEqual(few[0], few[1]);
  assert.deepEqual(rowDraws(3, 'all', 5, 0), [Int32Array.of(0, 1, 2)]);
  assert.deepEqual(rowDraws(3, 9, 5, 0), [Int32Array.of(0, 1, 2)]);
});

const engine = await openReference();
const toy = toyData(150, 0.8);
const model = toyEncoder('batch');
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
// The class as a number: linear in nothing, but near to the features. Every fifth row does not know it.
const size = Float64Array.from(toy.labels, (label, i) => (i % 5 === 0 ? Number.NaN : 10 + 5 * label));
const judged: Judged = {
  engine,
  model,
  values: freshValues(model, 11),
  dataset: { targets: { size }, split: { train: range(0, 100), test: range(100, 150) } },
  loader: toy.loader,
  seed: 0,
  batchSize: 32,
};
const task: RegressionConfig = {
  task: 'regression',
  target: 'size',
  mode: 'finetune',
  head: 'probe',
  blocks: 1,
  rows: [20, 'all'],
  draws: 2,
  epochs: 5,
  batchSize: 16,
  learningRate: 0.01,
  layerDecay: 1,
  weightDecay: 0,
  controls: true,
};

test('every variant and budget, in R² and in the unit of the target; rows without the number are left out', async () => {
  const { results, notes } = await runRegression(judged, task, { minUpdates: 40 });
  assert.deepEqual(notes, []);
  assert.deepEqual(
    results
      .filter(({ metric }) => metric === 'r2')
      .map(({ fitted, variant, labelsPerClass, draws }) => [fitted, variant, labelsPerClass, draws]),
    [
      ['linearProbe', 'pretrained', 20, 2],
      ['linearProbe', 'pretrained', 'all', 1],
      ['linearProbe', 'rawInput', 20, 2],
      ['linearProbe', 'rawInput', 'all', 1],
      ['linearProbe', 'randomEncoder', 20, 2],
      ['linearProbe', 'randomEncoder', 'all', 1],
      ['finetune', 'pretrained', 20, 2],
      ['finetune', 'supervised', 20, 2],
      ['finetune', 'pretrained', 'all', 1],
      ['finetune', 'supervised', 'all', 1],
    ],
  );
  for (const { metric, fitted, labelsPerClass, value, protocol } of results) {
    assert.match(protocol, /40 test rows/);
    // The classes lie around three centres: the numbers can be told well, far better than by their mean.
    if (metric === 'r2' && labelsPerClass === 'all')
      assert.ok(value > 0.5 && value <= 1, `${fitted} ${value}`);
    // Errors in the unit of the target, whose deviation is about 4.
    if (metric === 'rmse') assert.ok(value > 0.01 && value < 8, `${fitted} ${value}`);
  }
});

test('mode linear and `controls: false` measure less; what is known is not measured again', async () => {
  const { results } = await runRegression(judged, { ...task, mode: 'linear', controls: false });
  assert.deepEqual(
    results.map(({ metric, labelsPerClass }) => `${metric} ${labelsPerClass}`),
    ['r2 20', 'rmse 20', 'r2 all', 'rmse all'],
  );
  const again = await runRegression(judged, { ...task, mode: 'linear', controls: false }, { known: results });
  assert.deepEqual(again.results, []);
});

test('a column without numbers in the test rows is said, not measured', async () => {
  const nothing = new Float64Array(150).fill(Number.NaN);
  nothing.fill(1, 0, 100);
  const { results, notes } = await runRegression(
    { ...judged, dataset: { ...judged.dataset, targets: { size: nothing } } },
    task,
  );
  assert.deepEqual(results, []);
  assert.match(notes[0]!, /Fewer than 2 test rows have a "size".* Regression is not measured\./);
});
