import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from '../../../server/config/read.ts';
import type { Config } from '../../../server/config/schema.ts';
import type { RunRecord, RunState } from '../../../server/protocol/run.ts';
import { followConfig } from '../../../server/runs/followConfig.ts';
import type { StoredRun } from '../../../server/runs/store.ts';

const file = '/w/table.selfsup.yaml';
const text = `data: { table: rows.csv, label: class }
encoder: { type: mlp, hidden: [8] }
pretext: { method: autoencoder }
train: { epochs: 10, batchSize: 32, learningRate: 0.01 }
`;
const read = (content: string) => readConfig(file, { text: content }).runs;

/** A run of this config in some state; `pretrained` when that stage is done. */
function run(state: RunState, content = text, more: Partial<RunRecord> & { pretrained?: boolean } = {}) {
  const { pretrained = state === 'finished', ...record } = more;
  const [configured] = read(content);
  const stored = {
    folder: `/w/.selfsup/runs/${state}`,
    record: {
      id: state,
      name: configured!.name,
      state,
      configFile: file,
      created: '2026-01-01T00:00:00Z',
      stages: pretrained ? { pretrain: { state: 'finished' } } : {},
      results: [],
      ...record,
    } as unknown as RunRecord,
  } satisfies StoredRun;
  return { stored, config: configured!.config };
}

function steps(content: string, runs: { stored: StoredRun; config: Config }[], own = true) {
  return followConfig(read(content), {
    runs: runs.map(({ stored }) => stored),
    isOwn: () => own,
    configOf: (wanted) => runs.find(({ stored }) => stored === wanted)?.config,
  }).map((step) => {
    switch (step.kind) {
      case 'start':
        return `start ${step.name}${step.keepsPretraining ? ' after pretraining' : ''}${step.replaces ? ` for ${step.replaces.record.id}` : ''}: ${step.keys}`;
      case 'hot':
        return `hot ${step.run.record.id}: ${JSON.stringify(step.changes)}`;
      default:
        return `${step.kind} ${step.run.record.id}`;
    }
  });
}

const faster = text.replace('0.01', '0.02');
const wider = text.replace('[8]', '[9]');
const judged = `${text}downstream:\n  - { task: classification, mode: linear }\n`;

describe('a saved config', () => {
  it('changes a live run by what it changes', () => {
    const live = [run('running')];
    assert.deepEqual(steps(`# comment\n${text}`, live), []);
    assert.deepEqual(steps(faster, live), ['hot running: {"train":{"learningRate":0.02}}']);
    assert.deepEqual(steps(judged, live), ['later running']);
    assert.deepEqual(steps(wider, live), ['start table for running: encoder.hidden']);
  });

  it('cannot change a pretraining that is over', () => {
    const live = [run('running', text, { pretrained: true })];
    assert.deepEqual(steps(faster, live), ['start table for running: train.learningRate']);
    assert.deepEqual(steps(judged, live), ['start table after pretraining for running: downstream']);
  });

  it('replaces a run that waits', () => {
    assert.deepEqual(steps(faster, [run('queued')]), ['start table for queued: train.learningRate']);
    assert.deepEqual(steps(text, [run('queued')]), []);
  });

  it('takes up a run that finished or failed, not one that was stopped or died', () => {
    assert.deepEqual(steps(wider, [run('finished')]), ['start table: encoder.hidden']);
    assert.deepEqual(steps(judged, [run('finished')]), ['start table after pretraining: downstream']);
    assert.deepEqual(steps(wider, [run('failed')]), ['start table: encoder.hidden']);
    assert.deepEqual(steps(text, [run('failed')]), []);
    for (const state of ['stopped', 'dead', 'superseded'] as const)
      assert.deepEqual(steps(wider, [run(state)]), []);
    assert.deepEqual(steps(wider, []), []);
  });

  it('leaves the runs of other programs alone', () => {
    assert.deepEqual(steps(wider, [run('running')], false), []);
  });

  it('still is the config of its run when only its name changes', () => {
    assert.deepEqual(steps(`name: other\n${text}`, [run('running')]), []);
  });

  it('of a sweep replaces, starts and drops single runs', () => {
    const sweep = (rates: string, hidden = 8) =>
      `${text.replace('[8]', `[${hidden}]`)}sweep: { grid: { train.learningRate: [${rates}] } }\n`;
    const runs = ['0.1', '0.2'].map((rate) => {
      const single = run('running', text.replace('0.01', rate), {
        id: rate,
        name: `table-learningRate=${rate}`,
        overrides: { 'train.learningRate': Number(rate) },
      });
      return { ...single, config: { ...single.config, name: `table-learningRate=${rate}` } };
    });
    assert.deepEqual(steps(sweep('0.1, 0.2'), runs), []);
    assert.deepEqual(steps(sweep('0.1, 0.3'), runs), ['drop 0.2', 'start table-learningRate=0.3: sweep']);
    assert.deepEqual(steps(sweep('0.1, 0.2', 9), runs), [
      'start table-learningRate=0.1 for 0.1: encoder.hidden',
      'start table-learningRate=0.2 for 0.2: encoder.hidden',
    ]);
  });
});
