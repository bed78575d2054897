import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSummary } from '../../../server/protocol/runView.ts';
import { Successors } from '../../../webview/runs/successors.ts';

const run = (id: string, state: RunSummary['state'], more: Partial<RunSummary> = {}): RunSummary => ({
  id,
  name: 'digits',
  folder: `/w/.selfsup/runs/${id}`,
  configFile: '/w/digits.selfsup.yaml',
  state,
  created: `2026-01-01T00:00:0${id.length}Z`,
  best: {},
  resumable: false,
  foreign: false,
  ...more,
});

test('the run that takes the place of a shown one is shown instead', () => {
  const successors = new Successors();
  assert.equal(successors.take(['a', 'x'], [run('a', 'running'), run('x', 'finished')]), undefined);
  assert.equal(successors.take(['a', 'x'], [run('a', 'superseded')]), undefined, 'it is still to come');
  assert.deepEqual(successors.take(['a', 'x'], [run('bb', 'queued')]), ['bb', 'x']);
  assert.equal(successors.take(['bb', 'x'], [run('ccc', 'running')]), undefined, 'only once');
});

test('both in one message', () => {
  const successors = new Successors();
  successors.take(['a'], [run('a', 'running')]);
  assert.deepEqual(successors.take(['a'], [run('bb', 'preparing'), run('a', 'superseded')]), ['bb']);
});

test('a run that was superseded when it was chosen stays, and other configs and names are left alone', () => {
  const successors = new Successors();
  assert.equal(successors.take(['a'], [run('a', 'superseded'), run('bb', 'running')]), undefined);
  successors.take(['a'], [run('a', 'running')]);
  const others = [
    run('bb', 'running', { configFile: '/w/other.selfsup.yaml' }),
    run('bb', 'running', { name: 'digits-lr2' }),
    run('bb', 'finished'),
  ];
  assert.equal(successors.take(['a'], [run('a', 'superseded'), ...others]), undefined);
  successors.reset();
  assert.equal(successors.take(['a'], [run('bb', 'running')]), undefined, 'another choice was made');
});
