import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { LockedError } from '../../../server/runFolder/lock.ts';
import { RunWriter } from '../../../server/runFolder/runFolder.ts';
import { type NewRun, RunStore, runPaths, workspaceRoot } from '../../../server/runs/store.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const hashes = { pretrain: 'p', evaluate: 'e', downstream: 'd', export: 'x' };
const newRun = (name: string): NewRun => {
  return { name, configFile: '/c.selfsup.yaml', config: 'name: x\n', hashes, selfsup: '0.1.0' };
};
const at = (second: number) => new Date(2026, 0, 31, 14, 25, second);

describe('workspace root', () => {
  it('is the nearest folder with .selfsup, .git or package.json, else the start', (t) => {
    const folder = temporaryFolder(t);
    const deep = path.join(folder, 'a', 'b', 'c');
    mkdirSync(deep, { recursive: true });
    const alone = workspaceRoot(deep);
    assert.ok(alone === deep || !alone.startsWith(folder));
    mkdirSync(path.join(folder, '.git'));
    assert.equal(workspaceRoot(deep), folder);
    writeFileSync(path.join(folder, 'a', 'package.json'), '{}');
    assert.equal(workspaceRoot(deep), path.join(folder, 'a'));
    mkdirSync(path.join(folder, 'a', 'b', '.selfsup'));
    assert.equal(workspaceRoot(deep), path.join(folder, 'a', 'b'));
  });
});

describe('run store', () => {
  it('makes a folder whole, with an id that sorts by time', (t) => {
    const store = new RunStore(temporaryFolder(t));
    const { folder, record } = store.create(newRun('Zürich: Größe 1!'), at(1));
    assert.equal(record.id, '20260131-142501-zurich-gro-e-1');
    assert.deepEqual(readdirSync(folder).sort(), ['config.yaml', 'run.json']);
    assert.equal(readFileSync(runPaths(folder).config, 'utf8'), 'name: x\n');
    assert.deepEqual(readdirSync(store.runsFolder), [record.id]);
    assert.equal(readFileSync(path.join(store.root, '.selfsup', '.gitignore'), 'utf8'), '*\n');
    assert.equal(store.create(newRun('***'), at(2)).record.id, '20260131-142502-run');
  });

  it('gives runs of the same second different ids', (t) => {
    const store = new RunStore(temporaryFolder(t));
    const ids = [1, 2, 3].map(() => store.create(newRun('a'), at(1)).record.id);
    assert.deepEqual(ids, ['20260131-142501-a', '20260131-142501-a-2', '20260131-142501-a-3']);
    assert.deepEqual(
      store.list().map(({ record }) => record.id),
      ids.toReversed(),
    );
  });

  it('finds by latest, id, beginning of an id, name and path', (t) => {
    const store = new RunStore(temporaryFolder(t));
    assert.throws(() => store.find('latest'), /There are no runs in .*selfsup train <config>/s);
    const a = store.create(newRun('digits'), at(1));
    const b = store.create(newRun('faces'), at(2));
    const c = store.create(newRun('digits'), at(3));
    assert.equal(store.find('latest').record.id, c.record.id);
    assert.equal(store.find(a.record.id).folder, a.folder);
    assert.equal(store.find('digits').record.id, c.record.id);
    assert.equal(store.find('20260131-142502').record.id, b.record.id);
    assert.equal(store.find(b.folder).record.id, b.record.id);
    assert.throws(() => store.find('2026'), /"2026" fits 3 runs\. Say which:\n {2}20260131-142503-digits\n/);
    assert.throws(
      () => store.find('nope'),
      /There is no run "nope"\. The newest are:\n {2}20260131-142503-digits\n/,
    );
  });

  it('leaves out what is no run', (t) => {
    const store = new RunStore(temporaryFolder(t));
    assert.deepEqual(store.list(), []);
    store.create(newRun('a'), at(1));
    mkdirSync(path.join(store.runsFolder, 'notes'));
    mkdirSync(path.join(store.runsFolder, 'damaged'));
    writeFileSync(path.join(store.runsFolder, 'damaged', 'run.json'), '{');
    assert.equal(store.list().length, 1);
  });

  it('finds a finished stage by its hash, only where its checkpoint is', (t) => {
    const store = new RunStore(temporaryFolder(t));
    const { folder } = store.create(newRun('a'), at(1));
    const run = RunWriter.open(folder).begin();
    run.update({ stages: { pretrain: { state: 'finished' }, evaluate: { state: 'reused', from: 'x' } } });
    run.end('finished');
    assert.equal(store.findFinishedStage('pretrain', 'p'), undefined);
    writeFileSync(path.join(runPaths(folder).checkpoints, 'final.safetensors'), '');
    assert.equal(store.findFinishedStage('pretrain', 'p'), folder);
    assert.equal(store.findFinishedStage('pretrain', 'other'), undefined);
    assert.equal(store.findFinishedStage('evaluate', 'e'), folder, 'taken over itself, with its results');
    assert.equal(store.findFinishedStage('downstream', 'd'), undefined);
  });

  it('marks and deletes runs, but not one that is being written', (t) => {
    const store = new RunStore(temporaryFolder(t));
    const { folder, record } = store.create(newRun('a'), at(1));
    const run = RunWriter.open(folder).begin();
    assert.throws(() => store.delete(folder), LockedError);
    assert.throws(() => store.mark(folder, 'failed', 'x'), LockedError);
    run.close();
    assert.equal(store.find(record.id).record.state, 'dead');
    store.mark(folder, 'failed', 'it broke');
    const marked = store.find(record.id).record;
    assert.deepEqual([marked.state, marked.reason], ['failed', 'it broke']);
    store.mark(folder, 'queued');
    const queued = store.find(record.id).record;
    assert.deepEqual([queued.state, queued.reason, queued.ended], ['queued', undefined, undefined]);
    store.delete(folder);
    assert.deepEqual(readdirSync(store.runsFolder), []);
  });
});
