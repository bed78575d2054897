import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { until } from '../../scripts/vscode-e2e/until.ts';
import { newestEpoch, onlyRun } from './support/runs.ts';
import { SelfsupWindow } from './support/selfsupWindow.ts';
import { Studio } from './support/studio.ts';
import { digitPictures } from './support/workspaces.ts';

/** From a folder of pictures to what pretraining bought, with what VS Code offers and nothing else. */
const studio = Studio.ofThisFile('first-minute');

test('new config from a folder, run, curve, reconstructions, result', async () => {
  const folder = studio.folder('digits');
  writeFileSync(path.join(folder, 'package.json'), '{}\n');
  const pictures = path.join(folder, 'pictures');
  mkdirSync(pictures);
  await digitPictures(pictures, 60);

  const workbench = await studio.window(folder);
  const window = new SelfsupWindow(workbench);
  await workbench.viewContainer('Selfsup');
  await studio.picture(workbench, 'welcome');
  await workbench.page.locator('.part.sidebar a').filter({ hasText: 'Take the tour' }).click();
  await workbench.page.getByText('Point at your data').first().waitFor();
  await studio.picture(workbench, 'tour');
  await workbench.command('View: Close All Editors');

  await workbench.command('Selfsup: New Config from Folder...');
  await workbench.choose(pictures, 'Use as Data', '9');
  const tab = workbench.page.locator('.tabs-container .tab.active').filter({ hasText: '.selfsup.yaml' });
  await tab.waitFor({ timeout: 60_000 });
  const name = (await tab.getAttribute('data-resource-name'))!;
  await workbench.notification(/600 images/).waitFor();
  await studio.picture(workbench, 'new-config');
  const proposed = readFileSync(path.join(folder, name), 'utf8');
  assert.match(proposed, /images: .*pictures/);
  assert.match(proposed, /^ *#/m, 'it explains itself');

  // The proposal, but with one small fine-tuning instead of sixty.
  const text = proposed.replace(/labelsPerClass: \[.*\]/, 'labelsPerClass: [10], draws: 1, epochs: 5');
  assert.notEqual(text, proposed);
  await workbench.replaceText(name, text);
  await workbench.save(name);
  await workbench.page.keyboard.press('Control+Home');
  const asked = performance.now();
  await workbench.codeLens('Run').click();
  const run = await onlyRun(folder, 'running');
  await window.panelMoves();
  assert.ok(performance.now() - asked < 60_000, 'a live curve in under a minute');
  await studio.picture(workbench, 'live-curve');

  await window.tab('Pictures');
  const picture = (await window.panel()).locator('img').first();
  await picture.waitFor();
  await until('it is really drawn', async () =>
    picture.evaluate((image: HTMLImageElement) => image.naturalWidth > 0),
  );
  await studio.picture(workbench, 'reconstructions');

  // Enough seen: end pretraining soon, and see what it bought.
  const epochs = Math.ceil(newestEpoch(folder, run)) + 2;
  const shorter = text
    .replace(/ {2}epochs: \d+/, `  epochs: ${epochs}`)
    .replace(/warmupEpochs: \d+/, 'warmupEpochs: 1');
  writeFileSync(path.join(folder, name), shorter);
  await onlyRun(folder, 'finished', 120);
  await window.tab('Results');
  await window.panelSays(/fine-tune/i);
  await studio.picturesInThemes(workbench, 'results');
  await window.listed(/finished.*fine-tune \d/);
  await until('the verdict is shown', async () =>
    (await window.panel()).getByText(/healthy|collapse|raw input/i).count(),
  );
});
