import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import test from 'node:test';
import { until } from '../../scripts/vscode-e2e/until.ts';
import { liveRuns, moves, onlyRun, runsOf } from './support/runs.ts';
import { SelfsupWindow } from './support/selfsupWindow.ts';
import { Studio } from './support/studio.ts';
import { digitsConfig, digitsWorkspace } from './support/workspaces.ts';

/** Two windows on one folder: one of them trains, both show the same. */
const studio = Studio.ofThisFile('windows', { settings: { 'selfsup.runs.onSave': 'rerun' } });

test('two windows on one folder have one owner', async () => {
  const folder = studio.folder('shared');
  const file = digitsWorkspace(folder, { epochs: 50_000 });
  const first = new SelfsupWindow(await studio.window(folder));
  await first.run('digits.selfsup.yaml');
  const run = await onlyRun(folder, 'running');
  const second = new SelfsupWindow(await studio.window(folder, { anotherUser: true }));
  await second.listed(/digits, running, \d+ %/);
  await first.listed(/digits, running, \d+ %/);
  assert.equal(studio.languageServers().length, 2);

  // The second is told whose turn it is, and starts nothing.
  await second.run('digits.selfsup.yaml');
  await second.workbench.notification(/another window/i).waitFor();
  await studio.picture(second.workbench, 'second-window');

  // A save is followed once.
  writeFileSync(file, digitsConfig({ epochs: 50_000, hidden: '[48]' }));
  const next = await until('the new run trains', () => {
    const last = runsOf(folder).at(-1)!;
    return last.id !== run.id && last.state === 'running' && last;
  });
  await moves(folder, next);
  assert.deepEqual(
    runsOf(folder).map(({ id, state }) => [id, state]),
    [
      [run.id, 'superseded'],
      [next.id, 'running'],
    ],
  );
  assert.deepEqual(
    liveRuns(folder).map(({ id }) => id),
    [next.id],
  );
  for (const window of [first, second]) {
    await window.listed(/superseded/);
    await window.listed(/digits, running, \d+ %/);
  }
  await studio.picture(first.workbench, 'first-window');

  // When the owner goes, the other takes over.
  await first.workbench.page.close();
  await until('one language server is left', () => studio.languageServers().length === 1);
  await second.workbench.page.getByText('Another window trains here').waitFor({ state: 'hidden' });
  writeFileSync(file, digitsConfig({ epochs: 50_000, hidden: '[40]' }));
  await until('the second window follows the save', () => {
    const runs = runsOf(folder);
    return runs.length === 3 && runs[2]?.state === 'running' && runs[1]?.state === 'superseded';
  });
});
