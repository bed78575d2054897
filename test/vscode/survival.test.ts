import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { kill } from '../../scripts/vscode-e2e/processes.ts';
import { until } from '../../scripts/vscode-e2e/until.ts';
import type { RunRecord } from '../../server/protocol/run.ts';
import { SafetensorsFile } from '../../server/training/safetensors.ts';
import { selfsup } from '../support/builtSelfsup.ts';
import { moves, onlyRun, runsOf, stepOf, trainerOf, valuesOf } from './support/runs.ts';
import { SelfsupWindow } from './support/selfsupWindow.ts';
import { Studio } from './support/studio.ts';
import { digitsWorkspace } from './support/workspaces.ts';

/** Runs outlive the window, the language server and their own process. */
const studio = Studio.ofThisFile('survival');

async function training(name: string, epochs = 50_000) {
  const folder = studio.folder(name);
  digitsWorkspace(folder, { epochs });
  const window = new SelfsupWindow(await studio.window(folder));
  await window.run('digits.selfsup.yaml');
  const run = await onlyRun(folder, 'running');
  await moves(folder, run);
  return { folder, window, run };
}

test('the window is reloaded: the run is still there and moving', async () => {
  const { folder, window, run } = await training('reload');
  const trainer = trainerOf(folder, run);
  const [server] = studio.languageServers();
  await window.panelSays(/digits/);
  await window.workbench.reload();
  await until('another language server', () => {
    const [next, ...more] = studio.languageServers();
    return next !== undefined && more.length === 0 && next.pid !== server?.pid;
  });
  assert.deepEqual(trainerOf(folder, run), trainer, 'the trainer never noticed');
  await window.listed(/digits, running, \d+ %/);
  await window.workbench.statusBarItem(/digits \d+ %/).waitFor();
  await window.panelMoves();
  await studio.picture(window.workbench, 'after-reload');
  await moves(folder, run);
  assert.deepEqual(
    runsOf(folder).map(({ id, state }) => [id, state]),
    [[run.id, 'running']],
  );
});

test('the language server is killed: it is restarted and finds the run again', async () => {
  const { folder, window, run } = await training('server-killed');
  const trainer = trainerOf(folder, run);
  const [server] = studio.languageServers();
  await window.panelMoves();
  kill(server!);
  await until('another language server', () =>
    studio.languageServers().some(({ pid }) => pid !== server!.pid),
  );
  const told = window.workbench.notification(/server ended \(.+\) and was started again/);
  await told.getByRole('button', { name: 'Show Logs' }).waitFor();
  await window.listed(/digits, running, \d+ %/);
  await window.panelMoves();
  await studio.picture(window.workbench, 'server-restarted');
  assert.deepEqual(trainerOf(folder, run), trainer);

  // It is its run again: it can be stopped.
  await window.contextMenu(/digits, running/, 'Stop');
  await onlyRun(folder, 'stopped');
  await window.listed(/digits, stopped/);
  assert.ok(stepOf(folder, run) > 0);
});

test('the trainer is killed: the run says so, Resume goes on, and the end is the same bit for bit', async () => {
  const epochs = 600;
  const calm = studio.folder('undisturbed');
  digitsWorkspace(calm, { epochs });
  const undisturbed = selfsup(['train', 'digits.selfsup.yaml', '--json'], { cwd: calm });

  const { folder, window, run } = await training('trainer-killed', epochs);
  const reached = await until('a checkpoint', () => {
    const step = stepOf(folder, run);
    return step > 3000 && step;
  });
  kill(trainerOf(folder, run));
  await window.listed(/digits, (failed|died).*killed/);
  await window.panelSays(/killed/);
  await studio.picture(window.workbench, 'killed');
  assert.ok(stepOf(folder, run) < epochs * 22, `killed before its end, at step ${reached}`);

  await (await window.panel()).getByRole('button', { name: 'Resume' }).click();
  await onlyRun(folder, 'finished', 120);
  await window.listed(/digits, finished/);
  await studio.picture(window.workbench, 'resumed-and-finished');

  const { code, stderr } = await undisturbed;
  assert.equal(code, 0, stderr);
  const [whole] = runsOf(calm);
  assert.deepEqual(await finalTensors(folder, run.id), await finalTensors(calm, whole!.id));
  assert.deepEqual(lossesOf(folder, run), lossesOf(calm, whole!), 'the curve reads as if never stopped');
});

const lossesOf = (workspace: string, run: RunRecord) =>
  valuesOf(workspace, run, 'loss').map(({ step, value }) => [step, value]);

async function finalTensors(workspace: string, id: string): Promise<Record<string, string>> {
  const folder = path.join(workspace, '.selfsup', 'runs', id);
  const file = await SafetensorsFile.open(path.join(folder, 'checkpoints', 'final.safetensors'));
  const tensors: Record<string, string> = {};
  try {
    for (const name of file.tensors.keys())
      tensors[name] = Buffer.from(new Uint8Array((await file.floats(name)).buffer)).toString('hex');
  } finally {
    await file.close();
  }
  assert.ok(Object.keys(tensors).length > 4);
  return tensors;
}
