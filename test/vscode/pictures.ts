import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { until } from '../../scripts/vscode-e2e/until.ts';
import { packageRoot } from '../../server/packageRoot.ts';
import { newestEpoch, onlyRun } from './support/runs.ts';
import { SelfsupWindow } from './support/selfsupWindow.ts';
import { Studio } from './support/studio.ts';

/** The pictures of the README: a preview, and one real run until its result. `npm run screenshots` keeps them. */
const studio = Studio.ofThisFile('readme', { settings: { 'workbench.colorTheme': 'Dark Modern' } });

const clothes = `# Pictures of clothes; what can
# be learnt without any label?
data:
  images: clothes.idx3-ubyte.gz
encoder:
  type: convnet
  width: 16
pretext:
  method: vicreg
  views:
    crop: [0.3, 1]
    flip: true
    noise: 0.1
train:
  epochs: 20
  learningRate: 2e-3
`;

/** examples/digits/vicreg.selfsup.yaml in one file and with its first seed. */
const digits = `# 1,797 handwritten digits
data:
  images: digits.idx3-ubyte.gz
  labels: labels.idx1-ubyte.gz
  testList: test.txt
encoder:
  type: convnet
  width: 32
  stages: 2
  size: 128
pretext:
  method: vicreg
  views:
    rotate: 15
    shift: 0.125
    scale: [0.8, 1.2]
    cutout: 0.25
    noise: 0.1
train:
  epochs: 60
  batchSize: 256
  learningRate: 2e-3
  warmupEpochs: 18
  threads: 1
evaluate:
  every: 2
  samples: 600
downstream:
  - task: classification
    mode: linear
    labelsPerClass: [1, 3, 10]
    draws: 5
`;

const data = (name: string): string => path.join(packageRoot(), 'examples', name);

test('preview beside its config', { timeout: 240_000 }, async () => {
  const folder = studio.folder('clothes');
  cpSync(data('images/data/fashion-train-images-idx3-ubyte.gz'), path.join(folder, 'clothes.idx3-ubyte.gz'));
  writeFileSync(path.join(folder, 'clothes.selfsup.yaml'), clothes);
  const workbench = await studio.window(folder);
  const { page } = workbench;
  await page.setViewportSize({ width: 1400, height: 560 });
  await page.keyboard.press('Control+KeyB'); // two columns, no side bar
  await workbench.openFile('clothes.selfsup.yaml');
  await page.locator('.editor-instance').getByText('parameters').first().waitFor({ timeout: 120_000 }); // the inlay hint
  await workbench.command('Selfsup: Preview Pretext Task');
  await (await workbench.webview('panel')).locator('img').nth(20).waitFor();
  await page.mouse.move(300, 480); // away from what would say what it is
  await page.getByRole('tooltip').waitFor({ state: 'hidden' });
  await studio.picture(workbench, 'preview');
});

test('live run and its result', { timeout: 580_000 }, async () => {
  const folder = studio.folder('digits');
  const files = {
    'digits.idx3-ubyte.gz': 'digits-images-idx3-ubyte.gz',
    'labels.idx1-ubyte.gz': 'digits-labels-idx1-ubyte.gz',
    'test.txt': 'test0.txt',
  };
  for (const [name, example] of Object.entries(files))
    cpSync(data(`digits/data/${example}`), path.join(folder, name));
  writeFileSync(path.join(folder, 'package.json'), '{}\n');
  writeFileSync(path.join(folder, 'digits.selfsup.yaml'), digits);
  const workbench = await studio.window(folder);
  const window = new SelfsupWindow(workbench);
  const { page } = workbench;
  await workbench.viewContainer('Selfsup');
  await window.run('digits.selfsup.yaml');
  const run = await onlyRun(folder, 'running', 120);
  await until('most of the pretraining', () => newestEpoch(folder, run) >= 42, 400);
  await window.panelSays(/knn/i);
  await studio.picture(workbench, 'live');

  await onlyRun(folder, 'finished', 400);
  await page.keyboard.press('Control+KeyB');
  await workbench.command('Preferences: Color Theme');
  await workbench.quickInput.locator('.monaco-list-row').filter({ hasText: 'Light Modern' }).click();
  await page.locator('.monaco-workbench.vs').waitFor();
  await window.tab('Results');
  await window.panelSays(/linear probe/i);
  await studio.picture(workbench, 'results');
});
