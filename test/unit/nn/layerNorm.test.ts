import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultGroups, groupNorm } from '../../../server/nn/groupNorm.ts';
import { layerNorm } from '../../../server/nn/layerNorm.ts';
import { Scope } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { testForward } from '../../support/forward.ts';
import { assertClose, assertGradients, normals } from '../../support/numeric.ts';

/** (values - mean) / sqrt(biased variance + epsilon), in float64. */
function standardized(values: readonly number[], epsilon: number): number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return values.map((v) => (v - mean) / Math.sqrt(variance + epsilon));
}

for (const shape of [
  [3, 5],
  [2, 3, 5],
]) {
  test(`layerNorm [${shape}]: values against float64, gradients`, () => {
    const scope = new Scope();
    const layer = layerNorm(scope, 5);
    const weight = tf.add(normals([5], 'weight'), 1);
    const bias = normals([5], 'bias');
    const forward = testForward(scope.parameters).with({ weight, bias });
    const x = normals(shape);
    const values = [...x.dataSync()];
    const expected: number[] = [];
    for (let start = 0; start < values.length; start += 5) {
      const row = standardized(values.slice(start, start + 5), 1e-5);
      expected.push(...row.map((v, i) => v * weight.dataSync()[i]! + bias.dataSync()[i]!));
    }
    const y = layer(forward, x);
    assert.deepEqual(y.shape, shape);
    assertClose(y.dataSync(), expected, 2e-6);
    assertGradients(
      (x, weight, bias) => layer(forward.with({ weight: weight!, bias: bias! }), x!),
      [x, weight, bias],
    );
  });
}

test('groupNorm: each group of each sample over all positions, gradients', () => {
  const scope = new Scope();
  const layer = groupNorm(scope, 4, { groups: 2 });
  const weight = tf.add(normals([4], 'weight'), 1);
  const bias = normals([4], 'bias');
  const forward = testForward(scope.parameters).with({ weight, bias });
  const [batch, positions, channels] = [2, 6, 4];
  const x = normals([batch, 2, 3, channels]);
  const values = x.dataSync();
  const expected = new Float64Array(values.length);
  for (let b = 0; b < batch; b++) {
    for (const group of [
      [0, 1],
      [2, 3],
    ]) {
      const at: number[] = [];
      for (let p = 0; p < positions; p++) for (const c of group) at.push((b * positions + p) * channels + c);
      standardized(
        at.map((i) => values[i]!),
        1e-5,
      ).forEach((v, j) => {
        const i = at[j]!;
        expected[i] = v * weight.dataSync()[i % channels]! + bias.dataSync()[i % channels]!;
      });
    }
  }
  assertClose(layer(forward, x).dataSync(), expected, 2e-6);
  assertGradients(
    (x, weight, bias) => layer(forward.with({ weight: weight!, bias: bias! }), x!),
    [x, weight, bias],
  );
});

test('groupNorm is the same in evaluation', () => {
  const scope = new Scope();
  const layer = groupNorm(scope, 4);
  const x = normals([3, 4, 4, 4]);
  const training = layer(testForward(scope.parameters), x).dataSync();
  assert.deepEqual(layer(testForward(scope.parameters, { training: false }), x).dataSync(), training);
});

test('default groups: 32 where possible, at least two channels each', () => {
  assert.deepEqual([64, 128, 32, 48, 6, 7, 1].map(defaultGroups), [32, 32, 16, 24, 3, 1, 1]);
});
