import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { MetricLine } from '../../../server/protocol/run.ts';
import { randomAt } from '../../../server/random.ts';
import { readMetrics, withoutRepeats } from '../../../server/runFolder/metrics.ts';
import { LineTail } from '../../../server/runs/lineTail.ts';
import { MetricTable, parseMetrics } from '../../../server/runs/metricTable.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const line = (step: number, values: Record<string, number>): MetricLine => ({
  time: 1000 * step,
  stage: 'pretrain',
  step,
  epoch: step / 10,
  values,
});

/** The points of each curve: name -> [step, value]. */
const points = (table: MetricTable) =>
  Object.fromEntries(
    table.all(1e9).map(({ name, steps, values }) => [name, steps.map((step, i) => [step, values[i]])]),
  );

describe('metric table', () => {
  it('reads as readMetrics does, however often a run was resumed', () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = randomAt(seed, 'resumed');
      const lines: MetricLine[] = [];
      let step = 0;
      for (let index = 0; index < 60; index++) {
        step = random.uniform() < 0.1 ? random.integer(step + 1) : step + 1;
        lines.push(line(step, { loss: index }));
        if (random.uniform() < 0.2) lines.push(line(step, { knn: index }));
      }
      const table = new MetricTable();
      for (const each of lines) table.add(each);
      const expected: Record<string, [number, number][]> = {};
      for (const { step, values } of withoutRepeats(lines)) {
        for (const [name, value] of Object.entries(values)) {
          expected[name] ??= [];
          expected[name].push([step, value]);
        }
      }
      const found = Object.fromEntries(Object.entries(points(table)).filter(([, all]) => all.length > 0));
      assert.deepEqual(found, expected, `seed ${seed}`);
    }
  });

  it('tells what came after a mark, and that older points are gone', () => {
    const table = new MetricTable();
    for (let step = 1; step <= 5; step++) table.add(line(step, { loss: step }));
    const mark = table.mark();
    assert.deepEqual(table.since(mark, 100), []);
    table.add(line(6, { loss: 6, knn: 0.5 }));
    assert.deepEqual(
      table.since(mark, 100).map(({ name, steps, total }) => [name, steps, total]),
      [
        ['loss', [6], 6],
        ['knn', [6], 1],
      ],
    );
    const { revision } = table;
    table.add(line(3, { loss: 30 }));
    assert.ok(table.revision > revision);
    assert.deepEqual(points(table).loss, [
      [1, 1],
      [2, 2],
      [3, 30],
    ]);
  });

  it('keeps a million points, and their peaks when they are thinned', () => {
    const table = new MetricTable();
    for (let step = 1; step <= 1_000_000; step++) table.add(line(step, { loss: step === 777_777 ? 99 : 1 }));
    const [loss] = table.all(1000);
    assert.equal(loss?.total, 1_000_000);
    assert.ok(loss.values.length <= 1000);
    assert.ok(loss.steps.includes(777_777));
    const [part] = table.range(['loss'], 'time', 500_000_000, 500_010_000, 1000);
    assert.deepEqual([part?.steps[0], part?.steps.at(-1)], [499_999, 500_011]);
    assert.deepEqual(table.range(['none'], 'step', 0, 10, 10), []);
  });
});

describe('line tail', () => {
  it('hands over each line once, when it is whole', async (t) => {
    const file = path.join(temporaryFolder(t), 'metrics.jsonl');
    const tail = new LineTail(file);
    const seen: string[] = [];
    const read = () => tail.read((lines) => seen.push(...lines));
    await read();
    writeFileSync(file, 'one\ntw');
    await read();
    assert.deepEqual(seen, ['one']);
    appendFileSync(file, 'o\nthr');
    await read();
    appendFileSync(file, 'ee\n');
    await read();
    assert.deepEqual(seen, ['one', 'two', 'three']);
  });

  it('starts again when the file was cut, and after the beginning of a long one', async (t) => {
    const file = path.join(temporaryFolder(t), 'log.txt');
    writeFileSync(file, 'first line\nsecond line\nthird\n');
    const tail = new LineTail(file, 10);
    const seen: string[] = [];
    let restarts = 0;
    const read = () =>
      tail.read(
        (lines) => seen.push(...lines),
        () => restarts++,
      );
    await read();
    assert.deepEqual(seen, ['third']);
    writeFileSync(file, 'new\n');
    await read();
    assert.deepEqual([seen, restarts], [['third', 'new'], 1]);
  });

  it('reads letters of several bytes across its portions', async (t) => {
    const file = path.join(temporaryFolder(t), 'metrics.jsonl');
    const lines = Array.from({ length: 20_000 }, (_, step) => JSON.stringify(line(step, { loss: 1 })));
    writeFileSync(file, `${lines.join('\n')}\n{"é`);
    const table = new MetricTable();
    await new LineTail(file).read((some) => {
      for (const each of parseMetrics(some)) table.add(each);
    });
    assert.equal(table.all(10)[0]?.total, readMetrics(file).length);
  });
});
