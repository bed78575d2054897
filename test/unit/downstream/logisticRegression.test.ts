import assert from 'node:assert/strict';
import test from 'node:test';
import { randomAt } from '../../../server/random.ts';
import { lbfgs, type Objective } from '../../../server/training/downstream/lbfgs.ts';
import {
  accuracy,
  fitLogisticRegression,
  predictClasses,
} from '../../../server/training/downstream/logisticRegression.ts';
import { OnlineProbe } from '../../../server/training/downstream/onlineProbe.ts';
import { inPlace } from '../../../server/training/downstream/softmaxObjective.ts';
import { measureScale, standardize } from '../../../server/training/downstream/standardize.ts';
import { asFeatures, type Features } from '../../../server/training/health/features.ts';

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} within ${tolerance}`);
}

/** The fixture that scikit-learn was fitted on: 60 rows of 4, three classes that overlap. */
function fixture(): { features: Features; labels: Int32Array } {
  const values = new Float32Array(240);
  for (let i = 0; i < 60; i++) {
    for (let k = 0; k < 4; k++) values[i * 4 + k] = Math.sin(12.9898 * i + 78.233 * k) * (k + 1) + k;
  }
  const labels = Int32Array.from({ length: 60 }, (_, i) => {
    if (values[i * 4]! + 0.5 * Math.cos(3.7 * i) > 0.4) return 0;
    return values[i * 4 + 3]! - 3 + 2 * Math.sin(5.1 * i) > 0 ? 1 : 2;
  });
  return { features: asFeatures(values, 4), labels };
}

const exact = { gradientTolerance: 1e-9, valueTolerance: 0, maxIterations: 500 };

test('logistic regression reaches the optimum of scikit-learn 1.9 on features of one common scale, C = 1', async () => {
  const { features, labels } = fixture();
  const fitted = await fitLogisticRegression(features, labels, 3, exact);
  const coefficients = [
    0.82957691, -1.13812527, 0.76619353, 0.3284842, -0.17857106, 0.42425691, -0.67761895, 0.87408405,
    -0.65100585, 0.71386836, -0.08857458, -1.20256826, 0.21078762, -0.10116989, -0.10961773,
  ];
  coefficients.forEach((value, i) => {
    near(fitted.point[i]!, value, 2e-6);
  });
  near(accuracy(predictClasses(fitted, features), labels), 49 / 60, 1e-12);
  const scaled = standardize(features, fitted.standardizer);
  const loss = inPlace(scaled, labels, 3, 1 / 60)(fitted.point, new Float64Array(15));
  near((loss as number) * 60, 27.343906623313035, 1e-5);
});

test('its default tolerance is close to that optimum', async () => {
  const { features, labels } = fixture();
  const [loose, tight] = [
    await fitLogisticRegression(features, labels, 3),
    await fitLogisticRegression(features, labels, 3, exact),
  ];
  assert.ok(loose.converged);
  tight.point.forEach((value, i) => {
    near(loose.point[i]!, value, 5e-3);
  });
});

test('the gradient of the objective equals finite differences, for counts that four does not divide', () => {
  const { features, labels } = fixture();
  const some = asFeatures(features.values.slice(0, 4 * 7), 4);
  const objective = inPlace(some, labels.slice(0, 7), 3, 0.3);
  const random = randomAt(1, 'point');
  const point = Float64Array.from({ length: 15 }, () => random.normal());
  const gradient = new Float64Array(15);
  objective(point, gradient);
  const scratch = new Float64Array(15);
  for (let i = 0; i < 15; i++) {
    const moved = point.slice();
    moved[i]! += 1e-5;
    const up = objective(moved, scratch) as number;
    moved[i]! -= 2e-5;
    near((up - (objective(moved, scratch) as number)) / 2e-5, gradient[i]!, 1e-8);
  }
});

test('standardising makes the solution independent of the scale and offset of the features', async () => {
  const { features, labels } = fixture();
  const stretched = asFeatures(
    features.values.map((value, i) => value * 1000 + 3 * (i % 4)),
    4,
  );
  const [a, b] = [
    await fitLogisticRegression(features, labels, 3, exact),
    await fitLogisticRegression(stretched, labels, 3, exact),
  ];
  a.point.forEach((value, i) => {
    near(b.point[i]!, value, 1e-3);
  });
});

test('constant dimensions, one class and a missing class do no harm', async () => {
  const { features, labels } = fixture();
  const values = features.values.map((value, i) => (i % 4 === 1 ? 5 + 1e-7 * (i % 3) : value));
  const fitted = await fitLogisticRegression(asFeatures(values, 4), labels, 3);
  near(fitted.point[1]!, 0, 1e-6);
  const still = await fitLogisticRegression(asFeatures(new Float32Array(240).fill(5.1), 4), labels, 3);
  assert.equal(still.standardizer.scale, 0);
  assert.ok(still.point.subarray(0, 12).every((weight) => weight === 0));
  const alone = await fitLogisticRegression(features, new Int32Array(60).fill(2), 4);
  assert.ok(predictClasses(alone, features).every((label) => label === 2));
});

test('the statistics can come from a larger set than the labels', () => {
  const scale = measureScale(asFeatures(Float32Array.from([0, 10, 2, 10, 4, 10]), 2));
  assert.deepEqual([...scale.mean], [2, 10]);
  near(scale.scale, 1 / Math.sqrt(4 / 3), 1e-12);
});

test('L-BFGS finds the minimum of the Rosenbrock function in 20 dimensions', async () => {
  const rosenbrock: Objective = (x, g) => {
    g.fill(0);
    let value = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const a = x[i + 1]! - x[i]! ** 2;
      const b = 1 - x[i]!;
      value += 100 * a * a + b * b;
      g[i]! += -400 * a * x[i]! - 2 * b;
      g[i + 1]! += 200 * a;
    }
    return value;
  };
  const start = new Float64Array(20).fill(-1);
  start[0] = 1.2;
  const found = await lbfgs(rosenbrock, start, exact);
  assert.ok(found.converged && found.iterations < 300);
  assert.equal(start[0], 1.2);
  for (const value of found.point) near(value, 1, 1e-6);
  assert.deepEqual(found, await lbfgs(rosenbrock, start, exact));
});

test('L-BFGS stops at its limits and when it is cancelled', async () => {
  const bowl: Objective = async (x, g) => {
    x.forEach((value, i) => {
      g[i] = 2 * (i + 1) * value;
    });
    return x.reduce((sum, value, i) => sum + (i + 1) * value * value, 0);
  };
  const start = Float64Array.of(3, -2, 1);
  const short = await lbfgs(bowl, start, { ...exact, maxIterations: 1 });
  assert.equal(short.iterations, 1);
  assert.equal(short.converged, false);
  await assert.rejects(lbfgs(bowl, start, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('the online probe approaches the offline one as it goes on from its last weights', async () => {
  const { features, labels } = fixture();
  const probe = new OnlineProbe(3, 3);
  for (let epoch = 0; epoch < 10; epoch++) await probe.measure(features, labels, features, labels);
  near(await probe.measure(features, labels, features, labels), 49 / 60, 1 / 60 + 1e-9);
});
