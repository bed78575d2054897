import assert from 'node:assert/strict';
import test from 'node:test';
import { CrashPolicy, endText } from '../../../extension/crashPolicy.ts';
import { oneRunningOneQueued } from '../../../extension/restartQueue.ts';
import { RunsModel } from '../../../extension/runs/runsModel.ts';
import { atMostEvery } from '../../../extension/throttle.ts';
import { summary } from './runs.ts';

test('work that is asked for many times runs once now and once after', async () => {
  let started = 0;
  let overlapping = 0;
  let most = 0;
  let release: () => void = () => undefined;
  const work = oneRunningOneQueued(async () => {
    started++;
    most = Math.max(most, ++overlapping);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    overlapping--;
  });
  const first = work();
  const rest = [work(), work(), work()];
  assert.equal(started, 1);
  assert.equal(new Set(rest).size, 1, 'all wait for the same one');
  release();
  await first;
  await new Promise(setImmediate);
  assert.equal(started, 2);
  release();
  await Promise.all(rest);
  assert.equal(started, 2);
  assert.equal(most, 1);
});

test('work that failed does not keep the next from running', async () => {
  let count = 0;
  const work = oneRunningOneQueued(async () => {
    if (++count === 1) throw new Error('no');
  });
  const [first, second] = [work(), work()];
  await assert.rejects(first, /no/);
  await second;
  assert.equal(count, 2);
});

test('four crashes within three minutes are answered with a restart, the fifth is not', () => {
  let policy = new CrashPolicy();
  for (let crash = 0; crash < 4; crash++) {
    policy = policy.crashed(crash * 1000);
    assert.ok(policy.restarts);
  }
  assert.ok(!policy.crashed(5000).restarts);
  assert.ok(policy.crashed(CrashPolicy.withinMs + 2000).restarts, 'old crashes are forgotten');
});

test('why a process ended', () => {
  assert.equal(endText({ code: null, signal: 'SIGKILL' }), 'killed by SIGKILL');
  assert.equal(endText({ code: 3, signal: null }), 'exit code 3');
  assert.equal(endText({ code: 0, signal: null }), 'exit code 0');
  assert.equal(endText(undefined), 'the connection was closed');
});

test('the model holds what the server said last', () => {
  const model = new RunsModel();
  let changes = 0;
  model.onDidChange(() => changes++);
  const a = summary({ id: 'a', created: '2026-01-01T00:00:00Z' });
  const b = summary({ id: 'b', created: '2026-01-02T00:00:00Z', state: 'running' });
  assert.equal(model.known, false);
  model.reset({ runs: [a, b], ownership: { owner: 'this' } });
  assert.deepEqual(
    model.all.map(({ id }) => id),
    ['b', 'a'],
  );
  assert.deepEqual(
    model.live.map(({ id }) => id),
    ['b'],
  );
  assert.deepEqual(model.ownership, { owner: 'this' });

  model.apply({ runs: [{ ...b, state: 'finished' }], removed: ['a'], ownership: { owner: 'other', pid: 7 } });
  assert.deepEqual(
    model.all.map(({ id, state }) => [id, state]),
    [['b', 'finished']],
  );
  assert.deepEqual(model.live, []);
  assert.deepEqual(model.ownership, { owner: 'other', pid: 7 });

  const copy = new RunsModel();
  let copied = 0;
  copy.onDidChange(() => copied++);
  copy.copy(model);
  assert.deepEqual([copy.all, copy.ownership, copy.known, copied], [model.all, model.ownership, true, 1]);

  model.reset({ runs: [a], ownership: { owner: 'this' } });
  assert.deepEqual(
    model.all.map(({ id }) => id),
    ['a'],
    'a list replaces everything',
  );
  assert.deepEqual(
    copy.all.map(({ id }) => id),
    ['b'],
    'a copy stays as it is',
  );
  model.clear();
  assert.equal(model.known, false);
  copy.copy(model);
  assert.deepEqual([copy.all, copy.known, copy.ownership], [[], false, { owner: 'none' }]);
  assert.equal(changes, 4);
});

test('throttled work is done at once, then once per wait, and the last request is never lost', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let state = 0;
  const done: number[] = [];
  const work = atMostEvery(500, () => done.push(state));
  for (state = 1; state <= 5; state++) work();
  assert.deepEqual(done, [1]);
  state = 5;
  t.mock.timers.tick(500);
  assert.deepEqual(done, [1, 5]);
  t.mock.timers.tick(500);
  assert.deepEqual(done, [1, 5], 'nobody asked');
  state = 6;
  work();
  assert.deepEqual(done, [1, 5, 6]);
  state = 7;
  work();
  work.cancel();
  t.mock.timers.tick(1000);
  assert.deepEqual(done, [1, 5, 6]);
});
