/**
 * The example of the founding document, run as a user runs it, against an implementation of its own in float64:
 * 20-10-20, ReLU and sigmoid, mean squared error, Adam with learning rate 0.01, 100 rows, 100 epochs.
 */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Initializer, Parameter } from '../../server/nn/parameters.ts';
import { packageRoot } from '../../server/packageRoot.ts';
import { readMetrics } from '../../server/runFolder/metrics.ts';
import { initialValues } from '../../server/training/engine/initialize.ts';
import { selfsup } from '../support/builtSelfsup.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const rows = 100;
const columns = 20;
const hidden = 10;

/** The table, [100][20]. */
function readTable(): number[][] {
  const file = path.join(packageRoot(), 'examples', 'table-autoencoder', 'data', 'uniform-100x20.csv');
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => line.split(',').map(Number));
}

/** Trains an example in a folder of its own and returns the loss of every step. */
async function lossesOf(t: TestContext, config: string): Promise<number[]> {
  const folder = temporaryFolder(t);
  cpSync(path.join(packageRoot(), 'examples', 'table-autoencoder'), folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{}'); // marks the workspace root: the run stays here
  const ended = await selfsup(['train', config, '--json'], { cwd: folder });
  assert.equal(ended.code, 0, ended.stderr);
  const run = ended.events.at(-1)?.folder as string;
  return readMetrics(path.join(run, 'metrics.jsonl')).flatMap(({ values }) =>
    values.loss === undefined ? [] : [values.loss],
  );
}

/** The start that Selfsup draws for a parameter, widened to float64. */
function start(name: string, shape: number[], init: Initializer): Float64Array {
  const parameter: Parameter = { name, shape, init, kind: 'weight', decay: true, depth: 0 };
  return Float64Array.from(initialValues(parameter, 0));
}

const zero: Initializer = { kind: 'constant', value: 0 };

/** The whole training in float64: forward, backward and Adam written out. */
function referenceLosses(x: number[][], epochs: number): number[] {
  const xavier: Initializer = { kind: 'xavierUniform', fanIn: hidden, fanOut: columns };
  const parameters = [
    start('encoder/layer1/dense/weight', [columns, hidden], { kind: 'heNormal', fanIn: columns }),
    start('encoder/layer1/dense/bias', [hidden], zero),
    start('decoder/output/weight', [hidden, columns], xavier),
    start('decoder/output/bias', [columns], zero),
  ] as const;
  const moments = parameters.map((p) => ({ m: new Float64Array(p.length), v: new Float64Array(p.length) }));
  const [w1, b1, w2, b2] = parameters;
  const losses: number[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const gradients = parameters.map((p) => new Float64Array(p.length));
    const [gw1, gb1, gw2, gb2] = gradients as [Float64Array, Float64Array, Float64Array, Float64Array];
    let loss = 0;
    for (const row of x) {
      const a = Array.from({ length: hidden }, (_, j) =>
        row.reduce((sum, value, i) => sum + value * w1[i * hidden + j]!, b1[j]!),
      );
      const h = a.map((value) => Math.max(0, value));
      const y = Array.from({ length: columns }, (_, i) => {
        const logit = h.reduce((sum, value, j) => sum + value * w2[j * columns + i]!, b2[i]!);
        return 1 / (1 + Math.exp(-logit));
      });
      const dh = new Float64Array(hidden);
      for (let i = 0; i < columns; i++) {
        const error = y[i]! - row[i]!;
        loss += error ** 2 / (rows * columns);
        const dLogit = ((2 * error) / (rows * columns)) * y[i]! * (1 - y[i]!);
        gb2[i]! += dLogit;
        for (let j = 0; j < hidden; j++) {
          gw2[j * columns + i]! += dLogit * h[j]!;
          dh[j]! += dLogit * w2[j * columns + i]!;
        }
      }
      for (let j = 0; j < hidden; j++) {
        if (a[j]! <= 0) continue;
        gb1[j]! += dh[j]!;
        for (let i = 0; i < columns; i++) gw1[i * hidden + j]! += dh[j]! * row[i]!;
      }
    }
    losses.push(loss);
    parameters.forEach((p, n) => {
      const { m, v } = moments[n]!;
      for (let i = 0; i < p.length; i++) {
        const g = gradients[n]![i]!;
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.999 * v[i]! + 0.001 * g * g;
        p[i]! -= (0.01 * (m[i]! / (1 - 0.9 ** epoch))) / (Math.sqrt(v[i]! / (1 - 0.999 ** epoch)) + 1e-8);
      }
    });
  }
  return losses;
}

/** Mean squared error of the best rank-10 affine reconstruction: the variance outside the first 10 components. */
function pcaOptimum(x: number[][]): number {
  const mean = Array.from({ length: columns }, (_, i) => x.reduce((sum, row) => sum + row[i]!, 0) / rows);
  const covariance = Array.from({ length: columns }, (_, i) =>
    Float64Array.from(
      { length: columns },
      (_, j) => x.reduce((sum, row) => sum + (row[i]! - mean[i]!) * (row[j]! - mean[j]!), 0) / rows,
    ),
  );
  // Cyclic Jacobi rotations: 20 x 20 converges in a few sweeps.
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < columns; p++) {
      for (let q = p + 1; q < columns; q++) {
        const theta = 0.5 * Math.atan2(2 * covariance[p]![q]!, covariance[q]![q]! - covariance[p]![p]!);
        const [c, s] = [Math.cos(theta), Math.sin(theta)];
        for (let k = 0; k < columns; k++) {
          const [a, b] = [covariance[k]![p]!, covariance[k]![q]!];
          covariance[k]![p] = c * a - s * b;
          covariance[k]![q] = s * a + c * b;
        }
        for (let k = 0; k < columns; k++) {
          const [a, b] = [covariance[p]![k]!, covariance[q]![k]!];
          covariance[p]![k] = c * a - s * b;
          covariance[q]![k] = s * a + c * b;
        }
      }
    }
  }
  const variances = covariance.map((row, i) => row[i]!).sort((a, b) => a - b);
  return variances.slice(0, columns - hidden).reduce((sum, value) => sum + value, 0) / columns;
}

test('the founding example: every loss equals a float64 implementation to 1e-4', async (t) => {
  const found = await lossesOf(t, 'table-autoencoder.selfsup.yaml');
  const expected = referenceLosses(readTable(), 100);
  assert.equal(found.length, 100);
  assert.ok(expected.at(-1)! < 0.6 * expected[0]!, 'the reference itself learns');
  for (const [step, loss] of expected.entries())
    assert.ok(
      Math.abs(found[step]! - loss) < 1e-4 * Math.abs(loss),
      `step ${step + 1}: ${found[step]} is not ${loss}`,
    );
});

test('a linear 20-10-20 autoencoder ends within 5 % of the PCA optimum', async (t) => {
  const optimum = pcaOptimum(readTable());
  const last = (await lossesOf(t, 'linear.selfsup.yaml')).at(-1)!;
  assert.ok(last >= optimum * 0.9999 && last <= optimum * 1.05, `${last} against ${optimum}`);
});
