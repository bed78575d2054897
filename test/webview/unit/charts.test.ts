import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StageKind } from '../../../server/protocol/run.ts';
import { align, nearestIndex } from '../../../webview/charts/align.ts';
import { describeChart } from '../../../webview/charts/alternative.ts';
import { planCharts } from '../../../webview/charts/plan.ts';
import { formatBytes, formatDuration, formatNumber } from '../../../webview/format.ts';
import { joinSteps, lastNotAfter, shownStep } from '../../../webview/reconstructions/timeline.ts';

const curve = (name: string, stage: StageKind = 'pretrain') => ({ name, stage });

test('one run: related curves share a chart, in a fixed order', () => {
  const charts = planCharts(
    [
      'covariance',
      'learningRate',
      'projector/rankMe',
      'knn',
      'encoder/rankMe',
      'loss',
      'linearProbe',
      'time/step',
    ].map((name) => curve(name)),
    false,
  );
  assert.deepEqual(
    charts.map(({ title, group, lines }) => [title, group, lines.map(({ label }) => label)]),
    [
      ['Loss', 'main', ['loss']],
      ['Accuracy while training', 'main', ['kNN', 'linear probe']],
      ['RankMe (effective dimensions)', 'main', ['projector', 'encoder']],
      ['Learning rate', 'main', ['learning rate']],
      ['Milliseconds per step', 'more', ['step']],
      ['Parts of the loss', 'more', ['covariance']],
    ],
  );
});

test('several runs: every curve has a chart of its own, and no curve is lost', () => {
  const charts = planCharts(
    [curve('knn'), curve('linearProbe'), curve('knn'), curve('loss'), curve('loss', 'downstream')],
    true,
  );
  assert.deepEqual(
    charts.map(({ title }) => title),
    ['Loss', 'Accuracy while training: kNN', 'Accuracy while training: linear probe', 'Loss, fine-tuning'],
  );
  for (const { lines } of charts) assert.equal(lines.length, 1);
});

test('lines on different steps are put on one axis with gaps', () => {
  assert.deepEqual(align([]), [[]]);
  assert.deepEqual(align([{ x: [1, 2], y: [5, 6] }]), [
    [1, 2],
    [5, 6],
  ]);
  assert.deepEqual(
    align([
      { x: [1, 2, 4], y: [10, 20, 40] },
      { x: [2, 3], y: [200, 300] },
    ]),
    [
      [1, 2, 3, 4],
      [10, 20, null, 40],
      [null, 200, 300, null],
    ],
  );
});

test('the nearest point', () => {
  assert.equal(nearestIndex([], 3), undefined);
  assert.equal(nearestIndex([1, 5, 9], -4), 0);
  assert.equal(nearestIndex([1, 5, 9], 2.9), 0);
  assert.equal(nearestIndex([1, 5, 9], 3.1), 1);
  assert.equal(nearestIndex([1, 5, 9], 100), 2);
});

test('a chart in words: ends, lowest and highest', () => {
  const line = {
    id: 'a/loss',
    label: 'loss',
    style: 0,
    hidden: false,
    x: [1, 2, 3],
    y: [4, 1, 2],
    raw: [4, 1, 2],
    steps: [1, 2, 3],
    total: 3000,
  };
  assert.equal(
    describeChart('Loss', [line], formatNumber),
    'Loss. loss: 3,000 points, from 4 at step 1 to 2 at step 3; lowest 1 at step 2, highest 4 at step 1.',
  );
});

test('pictures: the latest while following, else the chosen step wherever newer ones appear', () => {
  assert.equal(shownStep([], null), undefined);
  assert.equal(shownStep([10, 20, 30], null), 30);
  assert.equal(shownStep([10, 20, 30, 40], 20), 20);
  assert.equal(shownStep([10, 20, 30], 25), 20);
  assert.equal(shownStep([10, 20], 5), 10);
  assert.equal(lastNotAfter([10, 20], 9), undefined);
  assert.deepEqual(
    joinSteps([
      [1, 5],
      [3, 5],
    ]),
    [1, 3, 5],
  );
});

test('numbers as people read them', () => {
  assert.deepEqual([0, 12, 1234.5678, 0.000012, 16.327693, 2_000_000].map(formatNumber), [
    '0',
    '12',
    '1235',
    '1.20e-5',
    '16.33',
    '2.00e6',
  ]);
  assert.deepEqual([3.2, 42, 95, 3725, 200_000, -1].map(formatDuration), [
    '3.2 s',
    '42 s',
    '2 min',
    '1 h 2 min',
    '2 d 7 h',
    '–',
  ]);
  assert.deepEqual([512, 734_003_200, 1_073_741_824 * 2.5].map(formatBytes), ['512 B', '700 MB', '2.50 GB']);
});
