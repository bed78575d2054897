import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSnapshot, Series } from '../../../server/protocol/runView.ts';
import { Curve } from '../../../webview/runs/curve.ts';
import { RunModel } from '../../../webview/runs/runModel.ts';

function series(from: number, count: number, value = (step: number): number => step, name = 'loss'): Series {
  const steps = Array.from({ length: count }, (_, index) => from + index);
  return {
    name,
    stage: 'pretrain',
    steps,
    epochs: steps.map((step) => step / 10),
    times: steps.map((step) => 1_000_000 + step),
    values: steps.map(value),
    total: from - 1 + count,
  };
}

test('a growing curve stays within its bound, whole in its ends and true in its extremes', () => {
  const curve = new Curve(series(1, 10, Math.sin), 100);
  for (let from = 11; from <= 100_000; from += 1000) {
    curve.append(series(from, 1000, (step) => (step === 54_321 ? 9 : Math.sin(step))));
    assert.ok(curve.values.length <= 200);
  }
  const steps = curve.on('step');
  assert.equal(steps[0], 1);
  assert.equal(steps.at(-1), 100_010);
  assert.equal(curve.total, 100_010);
  assert.equal(Math.max(...curve.values), 9);
  for (const axis of ['step', 'epoch', 'time'] as const)
    assert.equal(curve.on(axis).length, curve.values.length);
  assert.deepEqual(
    curve.on('time'),
    steps.map((step) => 1_000_000 + step),
  );
  // Equally fine everywhere: no quarter of the run has less than half of its share.
  for (let quarter = 0; quarter < 4; quarter++) {
    const inside = steps.filter((step) => step > quarter * 25_000 && step <= (quarter + 1) * 25_000).length;
    assert.ok(inside >= steps.length / 8, `quarter ${quarter}: ${inside} of ${steps.length}`);
  }
});

const snapshot = (changes: Partial<RunSnapshot> = {}): RunSnapshot => ({
  summary: {
    id: 'a',
    name: 'run',
    folder: '/runs/a',
    configFile: '/a.selfsup.yaml',
    state: 'running',
    created: '2026-01-31T14:25:01Z',
    best: {},
    resumable: false,
    foreign: false,
  },
  config: '',
  series: [series(1, 3)],
  marks: [],
  previews: [],
  results: [],
  log: ['first'],
  maps: [],
  ...changes,
});

test('deltas are appended, summaries replace, and what changed is said', () => {
  const run = new RunModel(snapshot(), 100);
  assert.deepEqual(run.apply({ run: 'a' }), []);
  const changed = run.apply({
    run: 'a',
    series: [series(4, 2), series(2, 1, () => 0.5, 'knn')],
    log: ['second'],
    previews: [{ step: 5, file: 'previews/5.png' }],
    summary: { ...run.summary, loss: 3 },
  });
  assert.deepEqual([...changed].sort(), ['log', 'previews', 'series', 'summary']);
  assert.deepEqual(run.curves.get('pretrain:loss')?.values, [1, 2, 3, 4, 5]);
  assert.deepEqual(run.curves.get('pretrain:knn')?.values, [0.5]);
  assert.deepEqual(run.log, ['first', 'second']);
  assert.equal(run.summary.loss, 3);
  assert.equal(run.origin, 1_000_001);
});

test('a snapshot in a delta replaces everything: a resumed run repeats no steps', () => {
  const run = new RunModel(snapshot(), 100);
  run.apply({ run: 'a', series: [series(4, 50)] });
  const changed = run.apply({ run: 'a', snapshot: snapshot({ series: [series(1, 2)], log: [] }) });
  assert.ok(changed.includes('series') && changed.includes('log'));
  assert.deepEqual(run.curves.get('pretrain:loss')?.values, [1, 2]);
  assert.deepEqual(run.log, []);
});

test('the panel keeps the end of a long log', () => {
  const run = new RunModel(snapshot(), 100);
  for (let i = 0; i < 20; i++)
    run.apply({ run: 'a', log: Array.from({ length: 100 }, (_, j) => `line ${i * 100 + j}`) });
  assert.equal(run.log.length, 500);
  assert.equal(run.log.at(-1), 'line 1999');
});
