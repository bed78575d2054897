import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  type EditorFailure,
  resumeRunRequest,
  startRunRequest,
  stopRunRequest,
} from '../../server/protocol/editor.ts';
import type { RunSummary } from '../../server/protocol/runView.ts';
import { isAlive } from '../../server/runFolder/processIdentity.ts';
import { readRun } from '../../server/runFolder/runFolder.ts';
import { EditorClient } from '../support/editorClient.ts';
import { tableWorkspace } from '../support/tableWorkspace.ts';

const forever = 100_000;
const underWay = ({ state, progress }: RunSummary) => state === 'running' && (progress?.step ?? 0) > 3;

describe('runs in the editor survive', () => {
  it('a killed server: the next one takes them over, updates them and sees them end', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: forever });
    const first = await EditorClient.onStdio(t, folder);
    const id = await first.startRun(config);
    const { folder: run } = await first.run(underWay);
    const { process: trainer } = readRun(run);
    await first.killServer();

    const second = await EditorClient.onStdio(t, folder);
    await second.until(() => second.ownership?.owner === 'this');
    const seen = await second.run((run) => underWay(run) && !run.foreign);
    assert.equal(seen.id, id);
    assert.equal(readRun(run).process?.pid, trainer?.pid);
    const { step } = seen.progress!;
    await second.run(({ progress }) => (progress?.step ?? 0) > step, 'table');
    // It follows its config as before.
    write({ epochs: Math.ceil(step / 2) + 300 });
    const ended = await second.run(({ state }) => state === 'finished');
    assert.equal(ended.id, id);
    assert.equal(second.runs.size, 1);
    assert.equal(existsSync(trainer!.control!), false, 'its socket is gone');
  });

  it('a closed window, and can be stopped from the next one', async (t) => {
    const { folder, config } = tableWorkspace(t, { epochs: forever });
    const first = await EditorClient.onStdio(t, folder);
    const id = await first.startRun(config);
    await first.run(underWay);
    await first.leave();
    const second = await EditorClient.onStdio(t, folder);
    await second.run((run) => underWay(run) && !run.foreign);
    await second.stopRun(id);
    const { reason } = await second.run(({ state }) => state === 'stopped');
    assert.equal(reason, 'Stopped on request.');
  });

  it('a closed window: what is saved before the next one opens goes into them', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: forever });
    const first = await EditorClient.onStdio(t, folder);
    const id = await first.startRun(config);
    const { folder: run } = await first.run(underWay);
    await first.leave();
    write({ epochs: forever, learningRate: 0.005 });
    const second = await EditorClient.onStdio(t, folder);
    await second.run((run) => underWay(run) && !run.foreign);
    await second.until(() => (readRun(run).history ?? []).length > 0);
    assert.deepEqual(readRun(run).history?.[0]?.changes.train, { learningRate: 0.005 });
    assert.deepEqual([...second.runs.keys()], [id]);
  });

  it('a resume: it goes on as it was, whatever its config says by now', async (t) => {
    const { folder, config, write } = tableWorkspace(t, { epochs: forever });
    const first = await EditorClient.onStdio(t, folder);
    const id = await first.startRun(config);
    const { folder: run } = await first.run(underWay);
    await first.stopRun(id);
    await first.run(({ state }) => state === 'stopped');
    await first.leave();
    write({ epochs: forever, learningRate: 0.005 });
    const client = await EditorClient.onStdio(t, folder);
    await client.connection.sendRequest(resumeRunRequest, { run: id });
    const { step } = (await client.run(underWay)).progress!;
    await client.run(({ progress }) => (progress?.step ?? 0) > step + 1000);
    assert.equal(readRun(run).history, undefined);
    // The next save is followed.
    write({ epochs: forever, learningRate: 0.002 });
    await client.until(() => (readRun(run).history ?? []).length > 0);
    assert.deepEqual(readRun(run).history?.[0]?.changes.train, { learningRate: 0.002 });
  });

  it('a closed window with a checkpoint only, where they are not kept alive', async (t) => {
    const { folder, config } = tableWorkspace(t, { epochs: forever });
    const first = await EditorClient.onStdio(t, folder, { keepAlive: false });
    await first.startRun(config);
    await first.run(underWay);
    await first.leave();
    const second = await EditorClient.onStdio(t, folder);
    const { reason, resumable } = await second.run(({ state }) => state === 'stopped');
    assert.match(reason ?? '', /The program that started the run went away/);
    assert.ok(resumable);
  });

  it('a killed trainer: it is said why, and Resume goes on', async (t) => {
    const { folder, config } = tableWorkspace(t, { epochs: forever });
    const client = await EditorClient.onStdio(t, folder);
    const id = await client.startRun(config);
    const { folder: run } = await client.run(underWay);
    process.kill(readRun(run).process!.pid, 'SIGKILL');
    const failed = await client.run(({ state }) => state === 'failed');
    assert.match(failed.reason ?? '', /killed, perhaps because memory ran out/);
    assert.ok(failed.resumable);
    await client.connection.sendRequest(resumeRunRequest, { run: id });
    await client.run(underWay);
  });

  it('a killed trainer without a server: it is found dead and can be resumed', async (t) => {
    const { folder, config } = tableWorkspace(t, { epochs: forever });
    const first = await EditorClient.onStdio(t, folder);
    const id = await first.startRun(config);
    const { folder: run } = await first.run(underWay);
    const { process: trainer } = readRun(run);
    await first.killServer();
    process.kill(trainer!.pid, 'SIGKILL');
    const second = await EditorClient.onStdio(t, folder);
    const dead = await second.run(({ state }) => state === 'dead');
    assert.match(dead.reason ?? '', /ended without a word/);
    assert.ok(dead.resumable);
    await second.connection.sendRequest(resumeRunRequest, { run: id });
    await second.run(underWay);
  });
});

describe('two windows on one folder', () => {
  it('have one owner; the other one watches, may stop, and takes over', async (t) => {
    const { folder, config } = tableWorkspace(t, { epochs: forever });
    const first = await EditorClient.onStdio(t, folder);
    const id = await first.startRun(config);
    const { folder: run } = await first.run(underWay);
    const second = await EditorClient.onStdio(t, folder);
    assert.deepEqual(second.ownership, { owner: 'other', pid: first.process!.pid });
    const seen = await second.run(underWay);
    assert.deepEqual([seen.id, seen.foreign], [id, true]);
    const { step } = seen.progress!;
    await second.run(({ progress }) => (progress?.step ?? 0) > step);
    await assert.rejects(
      second.connection.sendRequest(startRunRequest, { configFile: config }),
      (error: { message: string; data: EditorFailure }) => {
        assert.equal(error.data.kind, 'notOwner');
        assert.match(error.message, new RegExp(`process ${first.process!.pid}\\) trains in`));
        return true;
      },
    );
    await second.connection.sendRequest(stopRunRequest, { run: id });
    await first.run(({ state }) => state === 'stopped');
    await second.run(({ state }) => state === 'stopped');

    await first.connection.sendRequest(resumeRunRequest, { run: id });
    await second.run(underWay);
    await first.killServer();
    await second.until(() => second.ownership?.owner === 'this');
    await second.run((run) => underWay(run) && !run.foreign);
    assert.ok(isAlive(readRun(run).process!));
  });
});

describe('the server', () => {
  it('answers while a run trains', async (t) => {
    const { folder, config } = tableWorkspace(t, { epochs: forever });
    const client = await EditorClient.onStdio(t, folder);
    await client.startRun(config);
    await client.run(underWay);
    for (let question = 0; question < 20; question++) assert.equal((await client.listRuns()).runs.length, 1);
    assert.equal(client.list()[0]?.state, 'running');
  });
});
