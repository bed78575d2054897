import assert from 'node:assert/strict';
import test from 'node:test';
import { randomAt } from '../../../server/random.ts';
import { alignment, uniformity } from '../../../server/training/health/alignmentUniformity.ts';
import { asFeatures, type Features, pickRows, thinRows } from '../../../server/training/health/features.ts';
import { atLogPlateau } from '../../../server/training/health/plateau.ts';
import { rankMe } from '../../../server/training/health/rankMe.ts';
import { stdOfNormalized } from '../../../server/training/health/stdOfNormalized.ts';
import { symmetricEigenvalues } from '../../../server/training/health/symmetricEigenvalues.ts';

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} within ${tolerance}`);
}

function features(count: number, size: number, value: (row: number, k: number) => number): Features {
  const values = new Float32Array(count * size);
  for (let i = 0; i < count; i++) for (let k = 0; k < size; k++) values[i * size + k] = value(i, k);
  return asFeatures(values, size);
}

/** The fixture whose measures were computed with NumPy in float64. */
const wave = (i: number, k: number) => Math.sin(1.7 * i * i + 0.9 * k * k) + 0.1 * Math.cos(i * k);

function gaussian(count: number, size: number, seed = 1): Features {
  const random = randomAt(seed, 'test');
  return features(count, size, () => random.normal());
}

test('eigenvalues equal those of numpy.linalg.eigvalsh', () => {
  const matrix = new Float64Array(49);
  for (let i = 0; i < 7; i++) {
    for (let j = 0; j < 7; j++) matrix[i * 7 + j] = Math.sin(1.1 * (i * i + j * j)) + Math.cos(0.3 * i * j);
  }
  const expected = [
    -5.020271294284937, -0.8807790273566393, -0.7475717332053509, 0.8485717572372153, 1.2497743890874318,
    2.2694105721861355, 3.929178612579183,
  ];
  symmetricEigenvalues(matrix, 7)
    .sort()
    .forEach((value, i) => {
      near(value, expected[i]!, 1e-12);
    });
});

test('eigenvalues of diagonal, repeated and tiny matrices', () => {
  assert.deepEqual(
    [...symmetricEigenvalues(new Float64Array([3, 0, 0, 0, 1, 0, 0, 0, 2]), 3)].sort(),
    [1, 2, 3],
  );
  assert.deepEqual([...symmetricEigenvalues(new Float64Array([5]), 1)], [5]);
  const ones = symmetricEigenvalues(new Float64Array(100).fill(1), 10).sort();
  near(ones[9]!, 10, 1e-12);
  near(ones[8]!, 0, 1e-12);
});

test('eigenvalues of a larger matrix keep trace and Frobenius norm', () => {
  const n = 120;
  const random = randomAt(3, 'matrix');
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = random.normal();
  const trace = Array.from({ length: n }, (_, i) => matrix[i * n + i]!).reduce((a, b) => a + b);
  const squares = matrix.reduce((sum, value) => sum + value * value, 0);
  const values = symmetricEigenvalues(matrix.slice(), n);
  near(
    values.reduce((a, b) => a + b),
    trace,
    1e-9,
  );
  near(values.reduce((sum, value) => sum + value * value, 0) / squares, 1, 1e-12);
});

test('RankMe equals the definition by singular values (NumPy), tall and wide', () => {
  near(rankMe(features(40, 6, wave)).rank, 2.9816436110097864, 1e-6);
  near(rankMe(features(8, 12, wave)).rank, 3.339369819429208, 1e-6);
  assert.deepEqual({ ...rankMe(features(8, 12, wave)), rank: 0 }, { rank: 0, limit: 8, samples: 8 });
});

test('RankMe of known shapes: isotropic, one direction, one point, zeros', () => {
  assert.ok(rankMe(gaussian(2000, 32)).rank > 31.5);
  const direction = features(50, 16, (i, k) => (i - 20) * (k + 1));
  near(rankMe(direction).rank, 1, 0.01);
  near(rankMe(features(50, 16, () => 2)).rank, 1, 0.01);
  assert.equal(rankMe(features(50, 16, () => 0)).rank, 1);
});

test('RankMe does not change with scale or the order of rows, and thins large inputs', () => {
  const z = gaussian(100, 8);
  const scaled = asFeatures(
    z.values.map((value) => value * 7),
    8,
  );
  near(rankMe(scaled).rank, rankMe(z).rank, 1e-5);
  const shuffled = pickRows(z, randomAt(5, 'order').permutation(100));
  near(rankMe(shuffled).rank, rankMe(z).rank, 1e-6);
  assert.equal(rankMe(gaussian(2500, 4)).samples, 2000);
  assert.equal(rankMe(gaussian(600, 520)).samples, 512);
});

test('std of normalised rows equals NumPy, is 1 when spread and 0 in one point', () => {
  near(stdOfNormalized(features(40, 6, wave)), 1.0069206049148876, 1e-6);
  near(stdOfNormalized(gaussian(3000, 64)), 1, 0.01);
  near(stdOfNormalized(features(40, 6, (_, k) => k + 1)), 0, 1e-6);
  assert.equal(stdOfNormalized(features(40, 6, () => 0)), 0);
});

test('alignment and uniformity equal NumPy', () => {
  const z = features(40, 6, wave);
  const rows = (from: number) =>
    pickRows(
      z,
      Array.from({ length: 20 }, (_, i) => from + i),
    );
  near(alignment(rows(0), rows(20)), 1.8547096485182457, 1e-6);
  assert.equal(alignment(z, z), 0);
  near(uniformity(z), -1.6018130291454244, 1e-6);
  near(uniformity(features(40, 6, () => 1)), 0, 1e-6);
  assert.throws(() => alignment(z, rows(0)), /Views differ: 40 x 6 and 20 x 6/);
});

test('uniformity over random pairs is near the one over all, and the same for the same seed', () => {
  const z = gaussian(300, 16);
  near(uniformity(z, 0, 20_000), uniformity(z), 0.02);
  assert.equal(uniformity(z, 4, 1000), uniformity(z, 4, 1000));
  assert.notEqual(uniformity(z, 4, 1000), uniformity(z, 5, 1000));
});

test('the plateau at ln(K) is recognised, a falling or different loss is not', () => {
  assert.ok(atLogPlateau([9, 8.3178, 8.3178, 8.3179, 8.3177, 8.3178], 4096));
  assert.ok(!atLogPlateau([8.3178, 8.3178, 8.3178], 4096));
  assert.ok(!atLogPlateau([8.31, 8.2, 8.1, 8.0, 7.9], 4096));
  assert.ok(!atLogPlateau([5, 5, 5, 5, 5], 4096));
});

test('thinning keeps rows from the whole range; lengths that do not fit are refused', () => {
  const z = features(10, 1, (i) => i);
  assert.deepEqual([...thinRows(z, 5).values], [0, 2, 4, 6, 8]);
  assert.throws(() => asFeatures(new Float32Array(7), 3), /7 values cannot be rows of 3/);
});
