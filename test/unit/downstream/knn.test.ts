import assert from 'node:assert/strict';
import test from 'node:test';
import { randomAt } from '../../../server/random.ts';
import { knnPredict } from '../../../server/training/downstream/knn.ts';
import { asFeatures, type Features } from '../../../server/training/health/features.ts';

function gaussian(count: number, size: number, seed: number): Features {
  const random = randomAt(seed, 'knn test');
  return asFeatures(
    Float32Array.from({ length: count * size }, () => random.normal()),
    size,
  );
}

function randomLabels(count: number, classes: number): Int32Array {
  const random = randomAt(9, 'labels');
  return Int32Array.from({ length: count }, () => random.integer(classes));
}

/** By the definition, sorting everything, in float64. */
function naive(bank: Features, labels: Int32Array, queries: Features, classes: number, k: number, t: number) {
  const row = (f: Features, i: number) => {
    const x = [...f.values.subarray(i * f.size, (i + 1) * f.size)];
    const length = Math.hypot(...x);
    return x.map((value) => value / length);
  };
  return Array.from({ length: queries.count }, (_, q) => {
    const x = row(queries, q);
    const nearest = Array.from({ length: bank.count }, (_, i) => ({
      label: labels[i]!,
      similarity: row(bank, i).reduce((sum, value, j) => sum + value * x[j]!, 0),
    }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, k);
    const votes = new Array<number>(classes).fill(0);
    for (const { label, similarity } of nearest) votes[label]! += Math.exp(similarity / t);
    return votes.indexOf(Math.max(...votes));
  });
}

test('kNN equals the definition, over several blocks and counts that four does not divide', async () => {
  const bank = gaussian(150, 9, 1);
  const queries = gaussian(263, 9, 2);
  const labels = randomLabels(150, 5);
  for (const [k, temperature] of [
    [1, 0.1],
    [20, 0.1],
    [7, 0.5],
    [150, 0.05],
  ] as const) {
    const found = await knnPredict(bank, labels, queries, 5, { k, temperature });
    assert.deepEqual([...found], naive(bank, labels, queries, 5, k, temperature), `k ${k}`);
  }
});

test('kNN does not change when features are scaled row by row or rotated', async () => {
  const bank = gaussian(80, 4, 3);
  const queries = gaussian(50, 4, 4);
  const labels = randomLabels(80, 3);
  const expected = await knnPredict(bank, labels, queries, 3);
  const scaled = asFeatures(
    bank.values.map((value, i) => value * (1 + (Math.floor(i / 4) % 7))),
    4,
  );
  assert.deepEqual(await knnPredict(scaled, labels, queries, 3), expected);
  const [c, s] = [Math.cos(0.8), Math.sin(0.8)];
  const rotate = (f: Features) => {
    const turned = f.values.slice();
    for (let i = 0; i < turned.length; i += 4) {
      const [x, y] = [f.values[i]!, f.values[i + 3]!];
      turned[i] = c * x - s * y;
      turned[i + 3] = s * x + c * y;
    }
    return asFeatures(turned, 4);
  };
  assert.deepEqual(await knnPredict(rotate(bank), labels, rotate(queries), 3), expected);
});

test('a small bank, a single query, a tiny temperature and zero rows are fine', async () => {
  const bank = asFeatures(Float32Array.of(1, 0, 0, 1, 0, 0), 2);
  const labels = Int32Array.of(0, 1, 2);
  const query = asFeatures(Float32Array.of(0.1, 2), 2);
  assert.deepEqual([...(await knnPredict(bank, labels, query, 3, { k: 20, temperature: 1e-4 }))], [1]);
  const zeros = asFeatures(new Float32Array(2), 2);
  assert.deepEqual([...(await knnPredict(bank, labels, zeros, 3, { k: 1 }))], [0]);
});
