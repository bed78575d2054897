import assert from 'node:assert/strict';
import test from 'node:test';
import { lineChart, ticks } from '../../../server/export/chart.ts';
import { writeReport } from '../../../server/export/report.ts';
import { whatPretrainingBought } from '../../../server/protocol/results.ts';
import type { Result, RunRecord, Variant } from '../../../server/protocol/run.ts';

const result = (
  metric: Result['metric'],
  variant: Variant,
  value: number,
  labelsPerClass: Result['labelsPerClass'] = 10,
): Result => ({
  metric,
  variant,
  split: 'test',
  labelsPerClass,
  value,
  std: 0.01,
  draws: 5,
  protocol: `how ${variant} was measured`,
});

const record: RunRecord = {
  id: 'a-run',
  name: 'clothes',
  state: 'running',
  configFile: '/data/clothes.selfsup.yaml',
  created: '2026-01-01T00:00:00.000Z',
  selfsup: '0.1.0',
  node: '20.19.0',
  hashes: { pretrain: '1', evaluate: '2', downstream: '3', export: '4' },
  stages: {},
  results: [],
};

test('ticks are round, inside the range and include zero where it is inside', () => {
  assert.deepEqual(ticks(0, 1), [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
  assert.deepEqual(ticks(-1, 1, 4), [-1, -0.5, 0, 0.5, 1]);
  for (const [low, high] of [
    [3, 3],
    [-0.001, 0.002],
    [1e6, 5e6],
  ] as const)
    assert.ok(ticks(low, high).every((tick) => tick >= low - 1e-9 && tick <= high + 1e-9));
});

test('a chart draws every finite point, leaves the others out and escapes names', () => {
  const points = [1, Number.NaN, 3].map((y, x) => ({ x, y }));
  const svg = lineChart([{ name: '<a & b>', points }], { title: 't', xLabel: 'x', yLabel: 'y' });
  assert.equal(svg.match(/<circle/g)?.length, 2);
  assert.ok(!svg.includes('<a & b>') && !svg.includes('NaN'));
});

test('a chart without a single point is still a picture', () => {
  const svg = lineChart([], { title: 't', xLabel: 'x', yLabel: 'y' });
  assert.ok(svg.startsWith('<svg') && !svg.includes('NaN') && !svg.includes('Infinity'));
});

test('the report shows every number with its protocol, and each picture that it links to', () => {
  const results = [
    result('linearProbe', 'pretrained', 0.9),
    result('linearProbe', 'rawInput', 0.8),
    result('finetune', 'pretrained', 0.85),
    result('finetune', 'supervised', 0.845),
    result('linearProbe', 'pretrained', 0.95, 'all'),
  ];
  const files = writeReport({
    record,
    data: '10 images',
    method: { title: 'VICReg', url: 'https://arxiv.org/abs/2105.04906' },
    metrics: [1, 2].map((step) => ({
      time: step,
      stage: 'pretrain',
      step,
      epoch: step,
      values: { loss: 1 / step, 'encoder/std': 0.9, 'encoder/rankMe': 12 },
    })),
    results,
    previews: ['previews/step-1.png', 'previews/step-2.png'],
    exports: ['export/encoder.onnx'],
    previewRows: 'the sample, then its views',
  });
  const report = files['report.md']!;
  for (const { protocol } of results) assert.ok(report.includes(protocol), protocol);
  assert.match(report, /\| linear probe, 10 per class \| \*\*90\.0 ± 1\.0\*\* \| 80\.0 ± 1\.0 \|/);
  for (const [, file] of report.matchAll(/!\[[^\]]*\]\((report\/[^)]+)\)/g)) assert.ok(files[file!], file);
  assert.ok(report.includes('previews/step-2.png') && report.includes('export/encoder.onnx'));
});

test('what pretraining bought is said in points, and doubted within the spread', () => {
  const [probe, tune] = whatPretrainingBought([
    result('linearProbe', 'pretrained', 0.9),
    result('linearProbe', 'rawInput', 0.8),
    result('finetune', 'pretrained', 0.85),
    result('finetune', 'supervised', 0.845),
  ]);
  assert.match(probe!, /\+10\.0 points against raw input/);
  assert.ok(!probe!.includes('within the spread'));
  assert.match(tune!, /\+0\.5 points against training from scratch .* within the spread/);
});
