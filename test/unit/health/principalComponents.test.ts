import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomAt } from '../../../server/random.ts';
import { asFeatures, type Features } from '../../../server/training/health/features.ts';
import { jacobi } from '../../../server/training/health/jacobi.ts';
import { principalComponents } from '../../../server/training/health/principalComponents.ts';
import { symmetricEigenvalues } from '../../../server/training/health/symmetricEigenvalues.ts';

/** Gaussian features whose directions, turned at random, have standard deviations falling like 1 / (1 + k). */
function cloud(count: number, size: number, fall = 1): Features {
  const random = randomAt(3, 'cloud', count, size);
  const turn = Array.from({ length: size * size }, () => random.normal() / Math.sqrt(size));
  const values = new Float32Array(count * size);
  for (let row = 0; row < count; row++)
    for (let k = 0; k < size; k++) {
      const length = random.normal() / (1 + k) ** fall;
      for (let i = 0; i < size; i++) values[row * size + i]! += length * turn[k * size + i]! + 1 / size;
    }
  return asFeatures(values, size);
}

/** Covariance by its definition. */
function covarianceOf({ values, count, size }: Features): Float64Array {
  const mean = Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let row = 0; row < count; row++) sum += values[row * size + i]!;
    return sum / count;
  });
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    let sum = 0;
    for (let row = 0; row < count; row++)
      sum += (values[row * size + i]! - mean[i]!) * (values[row * size + j]! - mean[j]!);
    return sum / (count - 1);
  });
}

const near = (found: number, wanted: number, tolerance: number, what = '') =>
  assert.ok(Math.abs(found - wanted) <= tolerance, `${what}: ${found} instead of ${wanted}`);

describe('principal components', () => {
  for (const length of [40, 150])
    it(`explain the eigenvalues of the covariance of features of length ${length}, found in another way`, () => {
      const features = cloud(300, length);
      const { explained, size } = principalComponents(features, 20);
      assert.equal(size, 20);
      const eigenvalues = symmetricEigenvalues(covarianceOf(features), length).sort((a, b) => b - a);
      const variance = eigenvalues.reduce((sum, value) => sum + value, 0);
      near(explained[0]!, eigenvalues[0]! / variance, 1e-12, 'first');
      near(explained[1]!, eigenvalues[1]! / variance, 1e-12, 'second');
      for (let k = 2; k < 20; k++) near(explained[k]!, eigenvalues[k]! / variance, 1e-5, `component ${k}`);
    });

  it('have coordinates without correlation, whose variances are the eigenvalues', () => {
    const features = cloud(300, 40);
    const { values, size, explained } = principalComponents(features, 5);
    const found = covarianceOf(asFeatures(Float32Array.from(values), size));
    const trace = covarianceOf(features).reduce((sum, v, at) => sum + (at % 41 === 0 ? v : 0), 0);
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 2; j++)
        near(found[i * size + j]!, i === j ? explained[i]! * trace : 0, 1e-6 * trace, `${i} ${j}`);
  });

  it('give points on a line their places on it, to the sign', () => {
    const places = [-3, -1, 0, 1, 3];
    const features = asFeatures(Float32Array.from(places.flatMap((x) => [5 - 3 * x, 1 + 4 * x])), 2);
    const { values, explained } = principalComponents(features, 2);
    // The direction (-3, 4) / 5 has its largest entry positive.
    for (const [i, x] of places.entries()) {
      near(values[2 * i]!, 5 * x, 1e-6, `point ${i}`);
      near(values[2 * i + 1]!, 0, 1e-6);
    }
    near(explained[0]!, 1, 1e-12);
  });

  it('are the same every time, and where the spectrum is flat', () => {
    const flat = cloud(200, 128, 0);
    const first = principalComponents(flat, 20);
    assert.deepEqual(first.values, principalComponents(flat, 20).values);
    assert.ok(first.explained.every((share, k) => share > 0 && share <= (first.explained[k - 1] ?? 1)));
  });

  it('are zero for features that do not vary, and as many as there can be', () => {
    const same = principalComponents(asFeatures(new Float32Array(50 * 4).fill(2), 4), 20);
    assert.equal(same.size, 4);
    assert.ok(same.values.every((value) => value === 0));
    assert.deepEqual(same.explained, [0, 0, 0, 0]);
    assert.equal(principalComponents(cloud(3, 10), 20).size, 2);
    assert.equal(principalComponents(cloud(1, 10), 20).size, 0);
  });
});

describe('Jacobi rotations', () => {
  it('find vectors that the matrix only stretches', () => {
    const n = 12;
    const matrix = covarianceOf(cloud(100, n));
    const { eigenvalues, vectors } = jacobi(matrix.slice(), n);
    const expected = symmetricEigenvalues(matrix.slice(), n).sort((a, b) => b - a);
    for (let k = 0; k < n; k++) {
      near(eigenvalues[k]!, expected[k]!, 1e-12 * expected[0]!, `eigenvalue ${k}`);
      for (let i = 0; i < n; i++) {
        let image = 0;
        for (let j = 0; j < n; j++) image += matrix[i * n + j]! * vectors[k * n + j]!;
        near(image, eigenvalues[k]! * vectors[k * n + i]!, 1e-12 * expected[0]!);
      }
    }
  });
});
