import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Result } from '../../../server/protocol/run.ts';
import { efficiencyCharts } from '../../../webview/results/efficiency.ts';

const result = (changes: Partial<Result>): Result => ({
  metric: 'linearProbe',
  variant: 'pretrained',
  split: 'test',
  labelsPerClass: 'all',
  value: 0.9,
  std: 0,
  draws: 1,
  protocol: '',
  ...changes,
});

test('labels ascend, "all" comes last and stands to the right of the largest number', () => {
  const [chart, ...others] = efficiencyCharts([
    result({}),
    result({ labelsPerClass: 10, value: 0.8, std: 0.02, draws: 5 }),
    result({ labelsPerClass: 1, value: 0.5, std: 0.1, draws: 5 }),
    result({ labelsPerClass: 10, variant: 'rawInput', value: 0.7 }),
  ]);
  assert.equal(others.length, 0);
  assert.deepEqual(chart!.labels, [1, 10, 'all']);
  assert.deepEqual(chart!.positions, [1, 10, 40]);
  assert.deepEqual(
    chart!.lines.map(({ variant, points }) => [variant, points.map((point) => point?.value)]),
    [
      ['pretrained', [0.5, 0.8, 0.9]],
      ['rawInput', [undefined, 0.7, undefined]],
    ],
  );
  assert.deepEqual(chart!.lines[0]!.points[0], { value: 0.5, std: 0.1, draws: 5 });
});

test('a measure taken at one number of labels makes no curve, nor do errors and training results', () => {
  assert.deepEqual(efficiencyCharts([result({}), result({ variant: 'rawInput' })]), []);
  assert.deepEqual(
    efficiencyCharts([
      result({ metric: 'reconstruction', labelsPerClass: 1 }),
      result({ metric: 'reconstruction' }),
      result({ split: 'train', labelsPerClass: 1 }),
    ]),
    [],
  );
});

test('a later measurement replaces an earlier one', () => {
  const [chart] = efficiencyCharts([
    result({ labelsPerClass: 1, value: 0.1 }),
    result({}),
    result({ labelsPerClass: 1, value: 0.2 }),
  ]);
  assert.equal(chart!.lines[0]!.points[0]!.value, 0.2);
});
