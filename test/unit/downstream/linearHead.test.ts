import assert from 'node:assert/strict';
import test from 'node:test';
import { randomAt } from '../../../server/random.ts';
import { classifierHead, regressorHead } from '../../../server/training/downstream/linearHead.ts';
import {
  fitLogisticRegression,
  predictClasses,
} from '../../../server/training/downstream/logisticRegression.ts';
import { fitRidge, predictNumbers } from '../../../server/training/downstream/ridge.ts';
import type { Values } from '../../../server/training/engine/engine.ts';
import { asFeatures } from '../../../server/training/health/features.ts';

const random = randomAt(3, 'features');
/** Far from 0 and not of unit spread, so that the standardisation matters. */
const features = asFeatures(
  Float32Array.from({ length: 40 * 5 }, () => 7 + 3 * random.normal()),
  5,
);
const row = (i: number) => features.values.subarray(i * 5, (i + 1) * 5);

/** Answers of a dense layer with these weights. */
function answers(head: Values, outputs: number): number[][] {
  const [weight, bias] = [head['head/weight']!, head['head/bias']!];
  return Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: outputs }, (_, c) =>
      row(i).reduce((sum, x, k) => sum + x * weight[k * outputs + c]!, bias[c]!),
    ),
  );
}

test('a head made of a linear probe tells the classes that the probe tells', async () => {
  const labels = Int32Array.from({ length: 40 }, (_, i) => (row(i)[0]! > 7 ? 2 : row(i)[1]! > 7 ? 1 : 0));
  const probe = await fitLogisticRegression(features, labels, 3);
  const told = answers(classifierHead(probe), 3).map((logits) => logits.indexOf(Math.max(...logits)));
  assert.deepEqual(told, [...predictClasses(probe, features)]);
  assert.equal(new Set(told).size, 3);
});

test('a head made of ridge regression tells the numbers that it tells', () => {
  const model = fitRidge(
    features,
    Float64Array.from({ length: 40 }, (_, i) => 100 + 5 * row(i)[2]! - row(i)[4]!),
  );
  const expected = predictNumbers(model, features);
  for (const [i, [number]] of answers(regressorHead(model), 1).entries())
    assert.ok(Math.abs(number! - expected[i]!) < 1e-3, `${number} is not ${expected[i]}`);
});
