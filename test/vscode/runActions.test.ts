import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { processOf } from '../../scripts/vscode-e2e/processes.ts';
import { until } from '../../scripts/vscode-e2e/until.ts';
import { moves, onlyRun, runFolder, runsOf, stepOf, trainerOf } from './support/runs.ts';
import { SelfsupWindow } from './support/selfsupWindow.ts';
import { Studio } from './support/studio.ts';
import { digitsWorkspace } from './support/workspaces.ts';

/** What is done with runs that are there. */
const studio = Studio.ofThisFile('run-actions', {
  settings: { 'selfsup.runs.keepAlive': false, 'selfsup.runs.onSave': 'off' },
});

test('a run is renamed, exported, compared and deleted', async () => {
  const folder = studio.folder('actions');
  digitsWorkspace(folder, { epochs: 3 });
  const workbench = await studio.window(folder);
  const window = new SelfsupWindow(workbench);
  await window.run('digits.selfsup.yaml');
  const run = await onlyRun(folder, 'finished');
  await window.listed(/digits, finished/);

  await window.contextMenu(/digits, finished/, 'Rename Run...');
  const input = workbench.quickInput.locator('input');
  await until('it asks for a name', async () => (await input.inputValue()) === 'digits');
  await input.fill('first try');
  await workbench.page.keyboard.press('Enter');
  await window.listed(/first try, finished/);
  await until('the name is in the run folder', () => runsOf(folder)[0]?.name === 'first try');

  await window.contextMenu(/first try, finished/, 'Export Encoder...');
  await workbench.quickInput.getByText('ONNX', { exact: true }).waitFor();
  await workbench.quickInput.getByText('safetensors', { exact: true }).click();
  await workbench.page.keyboard.press('Enter');
  const exported = workbench.notification(/Exported: /);
  await exported.waitFor();
  await studio.picture(workbench, 'exported');
  const files = readdirSync(path.join(runFolder(folder, run), 'export')).sort();
  assert.ok(
    files.some((name) => name.endsWith('.onnx')),
    files.join(', '),
  );
  assert.ok(
    files.some((name) => name.endsWith('.safetensors')),
    files.join(', '),
  );
  await workbench.answerNotification(/Exported: /, 'Copy Path');
  await until('a path that is there has been copied', async () =>
    existsSync(await workbench.page.evaluate(() => navigator.clipboard.readText())),
  );

  digitsWorkspace(folder, { epochs: 4, hidden: '[48, 24]' });
  await window.run('digits.selfsup.yaml');
  await until('the second run is finished', () => runsOf(folder)[1]?.state === 'finished');
  await window.listed(/digits, finished/);
  await window.select(/first try, finished/, /digits, finished/);
  await workbench.contextMenu(workbench.treeItem(/digits, finished/).first(), 'Diff Configs...');
  const diff = workbench.page.locator('.editor-instance .monaco-diff-editor');
  await diff.locator('.line-insert').first().waitFor();
  await diff.locator('.modified').getByText('48').first().waitFor();
  await studio.picture(workbench, 'diff');

  await workbench.command('Selfsup: Filter Runs...', 'no such run');
  await workbench.page.getByText('No run matches the filter "no such run".').waitFor();
  await until('no run is listed', async () => (await window.runs()).length === 0);
  await workbench.command('Selfsup: Filter Runs...', 'FIRST');
  await workbench.page.getByText('Filter "FIRST": 1 of 2 runs.').waitFor();
  await studio.picture(workbench, 'filtered');
  await until('one run is left', async () => {
    const rows = await window.runs();
    return rows.some((row) => /first try/.test(row)) && rows.every((row) => !/^digits, finished/.test(row));
  });
  await workbench.command('Selfsup: Filter Runs...', '');
  await window.listed(/^digits, finished/);

  await window.contextMenu(/first try, finished/, 'Open Report');
  await workbench.page.locator('.tabs-container .tab.active').filter({ hasText: 'report.md' }).waitFor();

  // Deleting asks first. Both are still selected: now one of them is.
  await workbench
    .treeItem(/first try, finished/)
    .first()
    .click();
  await window.contextMenu(/first try, finished/, 'Delete Run');
  await workbench.dialog.getByText('This cannot be undone').waitFor();
  await studio.picture(workbench, 'delete');
  await workbench.answer('Cancel');
  assert.equal(runsOf(folder).length, 2);
  await window.contextMenu(/first try, finished/, 'Delete Run');
  await workbench.answer('Delete');
  await until('one run is left', () => runsOf(folder).length === 1);
  await until('the list shows one run', async () =>
    (await window.runs()).every((row) => !/first try/.test(row)),
  );
  assert.ok(!existsSync(runFolder(folder, run)));
});

test('without keepAlive a run ends with its window, with a checkpoint to go on from', async () => {
  const folder = studio.folder('short-lived');
  digitsWorkspace(folder, { epochs: 50_000 });
  const window = new SelfsupWindow(await studio.window(folder));
  await window.run('digits.selfsup.yaml');
  const run = await onlyRun(folder, 'running');
  await moves(folder, run);
  const trainer = trainerOf(folder, run);
  await window.workbench.reload();
  await onlyRun(folder, 'stopped');
  await until('the trainer is gone', () => processOf(trainer.pid)?.started !== trainer.started);
  const stopped = stepOf(folder, run);
  await window.contextMenu(/digits, stopped/, 'Resume');
  await onlyRun(folder, 'running');
  await until('it goes on', () => stepOf(folder, run) > stopped);
  await studio.picture(window.workbench, 'resumed');
});
