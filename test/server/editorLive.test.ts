import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { watchRunsRequest } from '../../server/protocol/editor.ts';
import type { RunSummary } from '../../server/protocol/runView.ts';
import { readRun } from '../../server/runFolder/runFolder.ts';
import { EditorClient } from '../support/editorClient.ts';
import { tableConfig, tableWorkspace } from '../support/tableWorkspace.ts';

const forever = 100_000;
const underWay = ({ state, progress }: RunSummary) => state === 'running' && (progress?.step ?? 0) > 3;
const downstream = (labels: string) =>
  `downstream:\n  - { task: classification, mode: linear, labelsPerClass: [${labels}], draws: 1 }\n`;

describe('live configs', () => {
  it('hand a new learning rate to the run that trains', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: forever });
    const client = await EditorClient.inMemory(t, folder);
    const id = await client.startRun(config);
    const { folder: run } = await client.run(underWay);
    write({ epochs: forever, learningRate: 0.005 });
    await client.until(() => (readRun(run).history ?? []).length > 0);
    const { history = [], state } = readRun(run);
    assert.equal(state, 'running');
    assert.deepEqual(history[0]?.changes.train, { learningRate: 0.005 });
    assert.match(history[0]?.text ?? '', /learningRate: 0\.01 -> 0\.005/);
    // The same save again, and a comment, are nothing new; an impossible value neither.
    write({ epochs: forever, learningRate: 0.005, more: '# a comment\n' });
    write({ epochs: forever, learningRate: -1 });
    write({ epochs: forever, learningRate: 0.002 });
    await client.until(() => (readRun(run).history ?? []).length > 1);
    assert.deepEqual(
      readRun(run).history?.map(({ changes }) => changes.train),
      [{ learningRate: 0.005 }, { learningRate: 0.002 }],
    );
    assert.deepEqual([...client.runs.keys()], [id]);
  });

  it('mark the charts of those who watch', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: forever });
    const client = await EditorClient.inMemory(t, folder);
    const run = await client.startRun(config);
    await client.run(underWay);
    const { watch, snapshots } = await client.connection.sendRequest(watchRunsRequest, {
      runs: [run],
      points: 100,
    });
    assert.deepEqual(snapshots[0]?.marks, []);
    write({ epochs: forever, learningRate: 0.005 });
    const marks = () =>
      client.deltas.flatMap((told) => (told.watch === watch ? (told.delta.marks ?? []) : []));
    await client.until(() => marks().length > 0);
    assert.deepEqual(
      marks().map(({ text }) => text),
      ['train.learningRate: 0.01 -> 0.005'],
    );
  });

  it('keep the pretraining when only what follows it changes', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: 20, more: downstream('1') });
    const client = await EditorClient.inMemory(t, folder);
    const first = await client.startRun(config);
    await client.run(({ state }) => state === 'finished');
    write({ epochs: 20, more: downstream('2') });
    const second = await client.run(({ id, state }) => id !== first && state === 'finished');
    assert.equal(readRun(second.folder).stages.pretrain?.state, 'reused');
    assert.equal(client.runs.get(first)?.state, 'finished');
  });

  it('keep a pretraining that was changed live, and let it come to its end first', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: forever, more: downstream('1') });
    const client = await EditorClient.inMemory(t, folder);
    const first = await client.startRun(config);
    const { folder: run } = await client.run(underWay);
    write({ epochs: forever, more: downstream('2') });
    await client.until(() =>
      client.notices.some((text) => /^downstream: used once table has pretrained/.test(text)),
    );
    const step = client.runs.get(first)?.progress?.step ?? 0;
    // Far beyond where it may be by the time it hears of it: thousands of steps a second are possible.
    write({ epochs: Math.ceil(step / 2) + 3000, more: downstream('2') });
    const second = await client.run(({ id, state }) => id !== first && state === 'finished');
    assert.equal(readRun(second.folder).stages.pretrain?.state, 'reused');
    assert.equal(readRun(second.folder).stages.pretrain?.from, run);
    const { stages, history = [] } = readRun(run);
    assert.equal(stages.pretrain?.state, 'finished');
    // Its charts show what was changed, and nothing is changed twice: its config has the new settings already.
    assert.equal(history.length, 1);
    assert.deepEqual(readRun(second.folder).history, [{ ...history[0], changes: {} }]);
    assert.equal(client.runs.size, 2);
  });

  it('replace the run when its network changes; ten quick saves are one change', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: forever });
    const client = await EditorClient.inMemory(t, folder);
    const first = await client.startRun(config);
    await client.run(underWay);
    for (let hidden = 9; hidden <= 18; hidden++) {
      write({ epochs: forever, hidden });
      await new Promise((resolve) => setTimeout(resolve, 50)); // the pace of somebody who saves, not a wait
    }
    const second = await client.run((run) => run.id !== first && underWay(run));
    assert.equal(client.runs.get(first)?.state, 'superseded');
    assert.equal(client.runs.size, 2);
    assert.match(readFileSync(path.join(second.folder, 'config.yaml'), 'utf8'), /- 18\n/);
  });

  it('follow the file that they extend', async (t) => {
    const { folder, config } = tableWorkspace(t, { epochs: 3 });
    const base = path.join(folder, 'base.selfsup.yaml');
    writeFileSync(base, tableConfig({ epochs: forever }));
    writeFileSync(config, 'extends: base.selfsup.yaml\nname: child\n');
    const client = await EditorClient.inMemory(t, folder);
    await client.startRun(config);
    const { folder: run } = await client.run(underWay);
    writeFileSync(base, tableConfig({ epochs: forever, learningRate: 0.03 }));
    await client.until(() => (readRun(run).history ?? []).length > 0);
    assert.deepEqual(readRun(run).history?.[0]?.changes.train, { learningRate: 0.03 });
  });

  it('ask first where that is the policy, once for each change', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: 3 });
    let agree = false;
    const client = await EditorClient.inMemory(t, folder, { onSave: 'ask', rerun: () => agree });
    const first = await client.startRun(config);
    await client.run(({ state }) => state === 'finished');
    write({ epochs: 3, hidden: 9 });
    await client.until(() => client.questions.length === 1);
    assert.match(client.questions[0]!, /^A new run of "table" would start because of encoder\.hidden\.$/);
    agree = true;
    write({ epochs: 3, hidden: 10 });
    await client.run(({ id, state }) => id !== first && state === 'finished');
    assert.deepEqual([client.questions.length, client.runs.size], [2, 2]);
  });

  it('ask about a run by its name, as it is written', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: forever });
    const client = await EditorClient.inMemory(t, folder, { onSave: 'ask', rerun: () => false });
    await client.startRun(config);
    await client.run(underWay);
    write({ epochs: forever, hidden: 9 });
    await client.until(() => client.questions.length === 1);
    assert.match(
      client.questions[0]!,
      /^"table" would be stopped with a checkpoint and a new run would take/,
    );
  });

  it('start nothing in Restricted Mode', async (t) => {
    // A run that has finished: where the folder is trusted, a save takes it up again.
    const restricted = tableWorkspace(t, { epochs: 3 });
    const before = await EditorClient.onStdio(t, restricted.folder);
    await before.startRun(restricted.config);
    await before.run(({ state }) => state === 'finished');
    await before.leave();
    const client = await EditorClient.inMemory(t, restricted.folder, { trusted: false, onSave: 'rerun' });
    assert.equal(client.runs.size, 0, 'not even looked at');

    const trusted = tableWorkspace(t, { epochs: 3 });
    const witness = await EditorClient.inMemory(t, trusted.folder, { onSave: 'rerun' });
    const first = await witness.startRun(trusted.config);
    await witness.run(({ state }) => state === 'finished');
    restricted.write({ epochs: 3, hidden: 9 });
    trusted.write({ epochs: 3, hidden: 9 });
    await witness.run(({ id, state }) => id !== first && state === 'finished');
    assert.equal(readdirSync(path.join(restricted.folder, '.selfsup', 'runs')).length, 1);
    assert.deepEqual([client.runs.size, client.questions, client.notices], [0, [], []]);
  });

  it('leave alone what somebody stopped', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: forever });
    const client = await EditorClient.inMemory(t, folder);
    const stopped = await client.startRun(config);
    await client.run(underWay);
    await client.stopRun(stopped);
    await client.run(({ state }) => state === 'stopped');
    write({ epochs: 3, hidden: 9 });
    // A later run of the same file is the witness that the save was seen.
    const second = await client.startRun(config);
    await client.run(({ id, state }) => id === second && state === 'finished');
    write({ epochs: 3, hidden: 10 });
    await client.run(({ id, state }) => id !== second && state === 'finished');
    assert.equal(client.runs.size, 3);
    assert.equal(client.runs.get(stopped)?.state, 'stopped');
  });
});
