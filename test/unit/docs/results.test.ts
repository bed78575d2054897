import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { experiments } from '../../../scripts/results/experiments.ts';
import { type Measured, type ResultsFile, score, spread } from '../../../scripts/results/measured.ts';
import { renderResults } from '../../../scripts/results/render.ts';
import { packageRoot } from '../../../server/packageRoot.ts';
import type { Result } from '../../../server/protocol/run.ts';

const at = (file: string): string => path.join(packageRoot(), file);
const stored = JSON.parse(readFileSync(at('docs/results.json'), 'utf8')) as ResultsFile;

test('docs/results.md is what docs/results.json renders to', () => {
  assert.equal(
    readFileSync(at('docs/results.md'), 'utf8'),
    renderResults(stored),
    'run: npm run results -- --render',
  );
});

test('every experiment has its config, its own id, and only experiments are stored', () => {
  for (const { config } of experiments) assert.ok(existsSync(at(config)), config);
  const ids = experiments.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of Object.keys(stored)) assert.ok(ids.includes(id), id);
});

function measured(linear: readonly number[], ten: number): Measured {
  const result = (labelsPerClass: Result['labelsPerClass'], value: number): Result => ({
    metric: 'linearProbe',
    variant: 'pretrained',
    split: 'test',
    labelsPerClass,
    value,
    std: 0,
    draws: 1,
    protocol: '',
  });
  return {
    date: '2026-01-01',
    versions: { selfsup: '0', node: '0', onnxruntime: '0' },
    machine: 'any',
    runs: linear.map((value, seed) => ({
      seed,
      pretrainSeconds: 10,
      device: 'cpu',
      verdict: { state: 'healthy', summary: '' },
      final: {},
      results: [result('all', value), result(10, ten)],
    })),
  };
}

test('scores are means over seeds, with the sample standard deviation', () => {
  const { mean, std } = score(measured([0.98, 0.99, 1], 0.9), 'linear') ?? {};
  assert.ok(Math.abs((mean ?? 0) - 99) < 1e-9);
  assert.ok(Math.abs((std ?? 0) - 1) < 1e-9);
  assert.deepEqual(spread([5]), { mean: 5, std: undefined });
  assert.equal(spread([]), undefined);
});

test('a row says whether its bar is met, and by how much it is missed', () => {
  const rowOf = (results: ResultsFile): string =>
    renderResults(results)
      .split('\n')
      .find((line) => line.startsWith('| VICReg')) ?? '';
  assert.match(
    rowOf({ 'digits/vicreg': measured([0.98, 0.99, 1], 0.94) }),
    /99\.0 ± 1\.0 \(99\.3\).*: met \|$/,
  );
  assert.match(
    rowOf({ 'digits/vicreg': measured([0.98], 0.94) }),
    /98\.0 \(99\.3\).*\*\*missed\*\* \(linear -0\.50\) \|$/,
  );
  assert.match(rowOf({}), /not measured yet/);
});
