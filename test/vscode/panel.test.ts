import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import type { Frame } from 'playwright-core';
import { until } from '../../scripts/vscode-e2e/until.ts';
import { onlyRun } from './support/runs.ts';
import { SelfsupWindow } from './support/selfsupWindow.ts';
import { Studio } from './support/studio.ts';
import { digitPictures, digitsWorkspace } from './support/workspaces.ts';

/** The panel in the webview of a real VS Code: its policy, its worker, its files. */
const studio = Studio.ofThisFile('panel');

test('a panel whose script does not start says so, and Reload starts it', async () => {
  const folder = studio.folder('late');
  digitsWorkspace(folder, { epochs: 2 });
  const workbench = await studio.window(folder);
  const script = path.join(studio.extensionFolder, 'dist', 'webview', 'panel.js');
  workbench.expect(/panel\.js/);
  renameSync(script, `${script}.away`);
  try {
    await workbench.command('Selfsup: Open Panel');
    await workbench.notification(/panel did not start/).waitFor();
    await until('the page says so too', async () => {
      const pages = workbench.page.frames().map((frame) => frame.locator('body[data-webview="panel"] #late'));
      const shown = await Promise.all(
        pages.map(async (late) => (await late.count()) > 0 && late.isVisible()),
      );
      return shown.includes(true);
    });
    await studio.picture(workbench, 'not-started');
  } finally {
    renameSync(`${script}.away`, script);
  }
  await workbench.answerNotification(/panel did not start/, 'Reload');
  const window = new SelfsupWindow(workbench);
  await window.panelSays(/no run/i);
  await studio.picture(workbench, 'started');
});

test('the map: UMAP in a worker, and a point opens its picture', async () => {
  const folder = studio.folder('map');
  const pictures = path.join(folder, 'pictures');
  mkdirSync(pictures);
  await digitPictures(pictures, 20);
  writeFileSync(path.join(folder, 'package.json'), '{}\n');
  writeFileSync(path.join(folder, 'digits.selfsup.yaml'), config);
  const workbench = await studio.window(folder);
  const window = new SelfsupWindow(workbench);
  await window.run('digits.selfsup.yaml');
  await onlyRun(folder, 'finished', 120);
  await window.tab('Embeddings');
  await window.panelSays(/PCA of/);
  const panel = await window.panel();
  await panel.getByRole('combobox', { name: 'Layout' }).selectOption('umap');
  await window.panelSays(/UMAP of/);
  await panel.locator('.map-working').waitFor({ state: 'hidden' });
  await studio.picture(workbench, 'umap');

  await panel.locator('.scatter').focus();
  await workbench.page.keyboard.press('ArrowRight');
  await workbench.page.keyboard.press('Enter');
  await workbench.page.locator('.tabs-container .tab.active').filter({ hasText: '.png' }).waitFor();
  await panel.locator('.scatter').waitFor(); // beside the panel, not over it
  await studio.picture(workbench, 'sample');

  // As narrow as a side bar: everything is there, nothing sticks out.
  const ownTab = workbench.page.locator('.tabs-container .tab').filter({ hasText: /^digits$/ });
  await ownTab.click();
  await workbench.page.locator('.editor-group-container.active').filter({ has: ownTab }).waitFor();
  await workbench.command('View: Close Editors in Other Groups');
  await workbench.command('View: Close Primary Side Bar');
  await workbench.page.setViewportSize({ width: 372, height: 900 });
  for (const name of ['Curves', 'Pictures', 'Embeddings', 'Results', 'Settings', 'Log']) {
    await window.tab(name);
    const narrow = await window.panel();
    assert.ok((await widths(narrow)).shown <= 330, `${(await widths(narrow)).shown} px`);
    await until(`${name} fits`, async () => (await widths(narrow)).needed <= (await widths(narrow)).shown);
    await studio.picture(workbench, `narrow-${name.toLowerCase()}`);
  }
});

const widths = (frame: Frame): Promise<{ shown: number; needed: number }> =>
  frame.evaluate(() => ({
    shown: document.documentElement.clientWidth,
    needed: document.documentElement.scrollWidth,
  }));

const config = `data: { images: pictures }
encoder: { type: mlp, hidden: [32, 16] }
pretext: { method: denoising }
train: { epochs: 4, batchSize: 32, device: cpu, threads: 1 }
evaluate: { every: 2 }
downstream: [{ mode: linear, labelsPerClass: [1, 5], draws: 2, epochs: 5 }]
export: { onnx: false }
`;
