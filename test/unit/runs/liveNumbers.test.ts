import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { MetricLine } from '../../../server/protocol/run.ts';
import { RunWriter, runPaths } from '../../../server/runFolder/runFolder.ts';
import { LiveNumbers, tellingLines } from '../../../server/runs/liveNumbers.ts';
import { WorkspaceRuns } from '../../../server/runs/workspaceRuns.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const line = (step: number, values: Record<string, number>): MetricLine => {
  return { time: 1000 + step, stage: 'pretrain', step, epoch: step / 10, values };
};
const text = (lines: readonly MetricLine[]) => lines.map((one) => `${JSON.stringify(one)}\n`).join('');

describe('the best numbers of a run', () => {
  const bestAfter = (...lines: readonly MetricLine[]) => {
    const live = new LiveNumbers();
    for (const one of lines) live.line(one);
    return live.best;
  };

  it('are the maxima of its curves', () => {
    assert.deepEqual(bestAfter(), {});
    assert.deepEqual(
      bestAfter(
        line(10, { knn: 0.7, linearProbe: 0.5 }),
        line(20, { knn: 0.8 }),
        line(30, { knn: 0.6, linearProbe: 0.9 }),
      ),
      { knn: 0.8, linearProbe: 0.9 },
    );
  });

  it('forget what a resumed run measures again', () => {
    const before = [line(10, { knn: 0.5 }), line(20, { knn: 0.9 }), line(30, { knn: 0.95 })];
    assert.deepEqual(bestAfter(...before, line(15, { loss: 1 })), { knn: 0.5 });
    assert.deepEqual(bestAfter(...before, line(20, { knn: 0.6 })), { knn: 0.6 });
    assert.deepEqual(bestAfter(...before, line(20, { loss: 1 })), { knn: 0.9 });
  });

  it('are found without parsing every line', () => {
    const lines = text([
      line(10, { knn: 0.9, loss: 2 }),
      line(11, { loss: 1.5 }),
      line(12, { loss: 1 }),
      line(13, { 'projector/std': 1 }),
      line(14, { 'projector/std': 2 }),
    ]).split('\n');
    lines.pop();
    assert.deepEqual(tellingLines(lines), [lines[0], lines[2], lines[4]]);
    assert.deepEqual(tellingLines([]), []);
  });
});

it('a setting that was changed live is in the record', () => {
  const change = { step: 1, epoch: 0.1, time: 1, text: 'train.epochs: 1 -> 2', changes: {} };
  assert.equal(new LiveNumbers().handle({ event: 'changed', change }), true);
});

it('a server that comes later knows the best numbers since the start of the run', async (t) => {
  const runs = new WorkspaceRuns(temporaryFolder(t), { changed: () => undefined });
  const { folder, record } = runs.store.create({
    name: 'long',
    configFile: '/c.selfsup.yaml',
    config: 'name: long\n',
    hashes: { pretrain: 'p', evaluate: 'e', downstream: 'd', export: 'x' },
    selfsup: '0.1.0',
  });
  const { metrics } = runPaths(folder);
  const rest = Array.from({ length: 4000 }, (_, index) => line(20 + index, { loss: 1 / (index + 1) }));
  writeFileSync(metrics, text([line(10, { knn: 0.765 }), ...rest, line(4100, { knn: 0.745 })]));
  // Somebody else trains it.
  const writer = RunWriter.open(folder).begin();
  t.after(() => writer.close());
  await runs.look();
  const summary = runs.summary(record.id);
  assert.deepEqual(summary?.best, { knn: 0.765 });
  assert.equal(summary?.loss, 1 / 4000);
  appendFileSync(metrics, text([line(4200, { knn: 0.8 })]));
  await runs.look();
  assert.deepEqual(runs.summary(record.id)?.best, { knn: 0.8 });
});
