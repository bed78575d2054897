import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Bar, configOf, exampleGroups, examples } from '../../../scripts/results/examples.ts';
import { experiments } from '../../../scripts/results/experiments.ts';
import { type Measured, type ResultsFile, score, spread } from '../../../scripts/results/measured.ts';
import { renderResults } from '../../../scripts/results/render.ts';
import { barValue, isMet, missingInReadme, updateReadme } from '../../../scripts/results/renderExamples.ts';
import { missingSeeds, withRun } from '../../../scripts/results/resume.ts';
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

test('the READMEs of the examples show the numbers of docs/results.json', () => {
  for (const group of exampleGroups) {
    const name = `examples/${group.folder}/README.md`;
    const readme = readFileSync(at(name), 'utf8');
    assert.deepEqual(missingInReadme(readme, group), [], name);
    assert.equal(readme, updateReadme(readme, group, stored), 'run: npm run results -- --render');
  }
});

test('every experiment has its config, its own id, and only experiments are stored', () => {
  for (const config of [...experiments.map(({ config }) => config), ...examples.map(configOf)])
    assert.ok(existsSync(at(config)), config);
  const ids = [...experiments, ...examples].map(({ id }) => id);
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

test('a bar compares the best with the best of its rivals, seed by seed', () => {
  const runs = measured([0.9, 0.8], 0.7);
  const of = { metric: 'linearProbe', variant: 'pretrained' } as const;
  const bar = (changes: Partial<Bar>): Bar => ({
    what: '',
    of: [{ ...of, labelsPerClass: 'all' }],
    least: 10,
    ...changes,
  });
  assert.equal(barValue(bar({}), runs)?.mean.toFixed(6), '85.000000');
  const over = bar({ over: [{ ...of, labelsPerClass: 10 }] });
  const found = barValue(over, runs)!;
  assert.equal(found.mean.toFixed(6), '15.000000');
  assert.equal(found.std?.toFixed(4), '7.0711');
  assert.ok(isMet(over, found) && !isMet({ ...over, least: 16 }, found));
  // Both are at hand: the better one counts.
  const best = bar({
    of: [
      { ...of, labelsPerClass: 10 },
      { ...of, labelsPerClass: 'all' },
    ],
  });
  assert.equal(barValue(best, runs)?.mean.toFixed(6), '85.000000');
  assert.equal(barValue(bar({ of: [{ ...of, labelsPerClass: 5 }] }), runs), undefined);
  assert.ok(!isMet(bar({ over: [], least: 0 }), { mean: 0, std: 0 }));
});

test('what was measured with the same config is not measured again; another config drops the old runs', () => {
  const [first] = measured([0.9], 0.7).runs;
  const run = (seed: number, config: string) => ({ ...first!, seed, config });
  const kept = { ...measured([], 0), runs: [run(0, 'a'), run(2, 'a')] };
  assert.deepEqual(missingSeeds(kept, 'a', [0, 1, 2]), [1]);
  assert.deepEqual(missingSeeds(kept, 'b', [0, 1, 2]), [0, 1, 2]);
  assert.deepEqual(missingSeeds(undefined, 'a', [0]), [0]);
  const seedsOf = (runs: readonly { seed: number }[]) => runs.map(({ seed }) => seed);
  assert.deepEqual(seedsOf(withRun(kept, run(1, 'a'))), [0, 1, 2]);
  assert.deepEqual(seedsOf(withRun(kept, run(1, 'b'))), [1]);
});
