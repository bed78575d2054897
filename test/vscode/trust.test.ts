import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import test from 'node:test';
import { until } from '../../scripts/vscode-e2e/until.ts';
import { moves, onlyRun, runsOf } from './support/runs.ts';
import { SelfsupWindow } from './support/selfsupWindow.ts';
import { Studio } from './support/studio.ts';
import { digitsConfig, digitsWorkspace } from './support/workspaces.ts';

/** A folder from somewhere: its configs can be read and edited, but nothing is run until its authors are trusted. */
const studio = Studio.ofThisFile('trust', {
  asksForTrust: true,
  settings: { 'security.workspace.trust.startupPrompt': 'always', 'selfsup.runs.onSave': 'rerun' },
});

test('Restricted Mode: language features, no runs; trusted: runs', async () => {
  const folder = studio.folder('stranger');
  const file = digitsWorkspace(folder, { epochs: 50_000 });
  const workbench = await studio.window(folder);
  const window = new SelfsupWindow(workbench);
  await workbench.answer("No, I don't trust the authors");

  await workbench.openFile('digits.selfsup.yaml');
  const broken = digitsConfig({ epochs: 50_000 }).replace('hidden:', 'hiden:');
  await workbench.replaceText('digits.selfsup.yaml', broken);
  await workbench.editor('digits.selfsup.yaml').locator('.squiggly-error').first().waitFor();
  await until('the problem is listed', async () =>
    (await workbench.problems()).some((row) => /hiden/.test(row)),
  );
  await workbench.suggestions('digits.selfsup.yaml');
  await studio.picture(workbench, 'restricted');
  await workbench.replaceText('digits.selfsup.yaml', digitsConfig({ epochs: 40_000 }));
  await workbench.page.keyboard.press('Control+KeyS');
  writeFileSync(file, digitsConfig({ epochs: 30_000 }));
  assert.equal(await workbench.offers('Selfsup: Run'), false, 'it is not even offered');
  assert.deepEqual(studio.trainers(), []);
  assert.deepEqual(runsOf(folder), []);

  await workbench.trust();
  await window.run('digits.selfsup.yaml');
  const run = await onlyRun(folder, 'running');
  await moves(folder, run);
  await studio.picture(workbench, 'trusted');
});
