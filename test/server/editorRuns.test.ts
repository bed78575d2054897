import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ResponseError } from 'vscode-jsonrpc';
import {
  compareRunsRequest,
  deleteRunRequest,
  type EditorFailure,
  readSeriesRequest,
  renameRunRequest,
  resumeRunRequest,
  unwatchNotification,
  watchRunsRequest,
} from '../../server/protocol/editor.ts';
import { EditorClient } from '../support/editorClient.ts';
import { tableWorkspace } from '../support/tableWorkspace.ts';

describe('runs in the editor', () => {
  it('start, are watched and finish', async (t) => {
    const { folder, config } = tableWorkspace(t, { epochs: 40 });
    const client = await EditorClient.inMemory(t, folder);
    assert.deepEqual(client.ownership, { owner: 'this' });
    const id = await client.startRun(config);
    const { watch, snapshots } = await client.connection.sendRequest(watchRunsRequest, {
      runs: [id],
      points: 100,
    });
    assert.equal(snapshots[0]?.summary.id, id);
    assert.match(snapshots[0]?.config ?? '', /method: autoencoder/);
    const run = await client.run(({ state }) => state === 'finished');
    assert.equal(run.foreign, false);
    assert.ok(run.loss !== undefined && run.loss > 0);
    const ended = () => client.deltas.some(({ delta }) => delta.summary?.state === 'finished');
    await client.until(ended);
    const told = client.deltas
      .filter(({ watch: of }) => of === watch)
      .flatMap(({ delta }) => delta.series ?? []);
    const steps = [...(snapshots[0]?.series ?? []), ...told].flatMap(({ name, steps }) =>
      name === 'loss' ? steps : [],
    );
    assert.equal(steps.at(-1), run.progress?.steps ?? steps.at(-1));
    assert.deepEqual(
      steps,
      [...steps].sort((a, b) => a - b),
    );
    await client.connection.sendNotification(unwatchNotification, { watch });

    const [loss] = await client.connection.sendRequest(readSeriesRequest, {
      run: id,
      names: ['loss'],
      axis: 'step',
      from: 10,
      to: 20,
      points: 50,
    });
    assert.deepEqual(loss?.steps.slice(0, 2), [9, 10]);
    assert.equal(loss?.steps.at(-1), 21);
  });

  it('stop with a checkpoint, are resumed, renamed, compared and deleted', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: 100_000 });
    const client = await EditorClient.inMemory(t, folder);
    const id = await client.startRun(config);
    await client.run(({ state, progress }) => state === 'running' && (progress?.step ?? 0) > 3);
    await refused(client.connection.sendRequest(deleteRunRequest, { run: id }), 'state', /Stop it first/);
    await client.stopRun(id);
    const stopped = await client.run(({ state }) => state === 'stopped');
    assert.equal(stopped.reason, 'Stopped on request.');
    assert.ok(stopped.resumable);
    await client.connection.sendRequest(resumeRunRequest, { run: id });
    await client.run(({ state, progress }) => state === 'running' && progress !== undefined);
    await client.stopRun(id);
    await client.run(({ state }) => state === 'stopped');
    await client.connection.sendRequest(renameRunRequest, { run: id, name: 'a better name' });
    await client.run(({ name }) => name === 'a better name');

    write({ epochs: 2, learningRate: 0.5 });
    const second = await client.startRun(config);
    await client.run(({ id, state }) => id === second && state === 'finished');
    const { settings } = await client.connection.sendRequest(compareRunsRequest, { runs: [id, second] });
    assert.deepEqual(settings, [
      { key: 'train.epochs', values: ['100000', '2'] },
      { key: 'train.learningRate', values: ['0.01', '0.5'] },
      { key: 'evaluate.every', values: ['100000', '2'] },
    ]);
    await client.connection.sendRequest(deleteRunRequest, { run: id });
    await client.until(() => !client.runs.has(id));
  });

  it('are not started from a broken config: the answer says where and how to fix it', async (t) => {
    const { folder, config } = tableWorkspace(t, { epochs: 3 });
    writeFileSync(
      config,
      'data: { table: rows.csv }\nencoder: { type: mlp }\npretext: { method: autoencodr }\n',
    );
    const client = await EditorClient.inMemory(t, folder);
    const failure = await refused(client.startRun(config), 'input', /did you mean autoencoder/);
    assert.deepEqual([failure.file, failure.line], [config, 3]);
    await refused(client.startRun(path.join(folder, 'none.selfsup.yaml')), 'input', /does not exist/);
    assert.equal(client.runs.size, 0);
  });

  it('wait for trust', async (t) => {
    const { folder, config } = tableWorkspace(t, { epochs: 3 });
    const client = await EditorClient.inMemory(t, folder, { trusted: false });
    assert.deepEqual(client.ownership, { owner: 'none' });
    await refused(client.startRun(config), 'untrusted', /Trust this folder/);
    await client.connection.sendNotification('selfsup/trusted');
    await client.until(() => client.ownership?.owner === 'this');
    await client.startRun(config);
    await client.run(({ state }) => state === 'finished');
  });
});

/** The request fails for this reason. */
async function refused(
  request: Promise<unknown>,
  kind: EditorFailure['kind'],
  message: RegExp,
): Promise<EditorFailure> {
  try {
    await request;
  } catch (error) {
    assert.ok(error instanceof ResponseError, String(error));
    assert.match(error.message, message);
    const failure = error.data as EditorFailure;
    assert.equal(failure.kind, kind);
    return failure;
  }
  return assert.fail('The request was fulfilled.');
}
