import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Frame } from 'playwright-core';
import { until } from '../../scripts/vscode-e2e/until.ts';
import { packageRoot } from '../../server/packageRoot.ts';
import { writeScenes } from '../support/smallScenes.ts';
import { runsOf } from './support/runs.ts';
import { SelfsupWindow } from './support/selfsupWindow.ts';
import { Studio } from './support/studio.ts';

/** What is not a picture: texts, recordings, boxes and numbers, from the folder to what the panel shows of them. */
const studio = Studio.ofThisFile('kinds', { settings: { 'selfsup.runs.onSave': 'off' } });

interface Kind {
  readonly name: string;
  /** Fills the folder. */
  readonly make: (folder: string) => void | Promise<void>;
  /** Something in it that the dialog for folders lists. */
  readonly inside: string;
  /** What the proposed config says of the data. */
  readonly found: RegExp;
  /** What is changed in the proposal, so that it is done in seconds. */
  readonly smaller: readonly (readonly [RegExp, string])[];
  /** What the preview shows of them, where that is neither a picture nor a row. */
  readonly previewed?: (preview: Frame) => Promise<void>;
  readonly shown: (window: SelfsupWindow) => Promise<void>;
}

/** Fine-tuning has journeys of its own. */
const noLabels = [/downstream:.*\n.*/, 'evaluate: { linearProbe: false, knn: false }'] as const;

const texts: Kind = {
  name: 'texts',
  make(folder) {
    const lines = gunzipSync(readFileSync(example('text/data/wordnet-8.tsv.gz')))
      .toString('utf8')
      .split('\n');
    const some = lines.filter((_, i) => i % 24 === 0);
    writeFileSync(path.join(folder, 'glosses.tsv'), ['label\ttext', ...some].join('\n'));
  },
  inside: 'glosses.tsv',
  found: /text: .*glosses\.tsv.*column: text.*label: label.*method: mlm/s,
  smaller: [[/width: 128, depth: 2/, 'width: 16, depth: 1, heads: 2'], noLabels],
  async previewed(preview) {
    await preview.locator('.piece.hidden').filter({ hasText: '[mask]' }).first().waitFor();
    await preview.locator('.piece.wrong, .piece.right').first().waitFor();
  },
  async shown(window) {
    await window.tab('Pictures');
    const panel = await window.panel();
    await panel.locator('.picture-frame .piece.wrong, .picture-frame .piece.right').first().waitFor();
    await choosePoint(window);
    await panel
      .locator('.sample-tip')
      .getByText(/^line \d+$/)
      .waitFor();
    await studio.picture(window.workbench, 'texts-map');
    await window.workbench.page.keyboard.press('Enter');
    await activeTab(window, 'glosses.tsv');
  },
};

const recordings: Kind = {
  name: 'voices',
  make: (folder) =>
    cpSync(example('audio/data'), folder, {
      recursive: true,
      filter: (file) => !/^[d-z].*\.wav$/.test(path.basename(file)), // a part of them is enough
    }),
  inside: 'en',
  found: /audio: .*voices.*labels: folders.*sampleRate: 8000/s,
  smaller: [
    [/sampleRate: 8000/, 'mels: 24\n  sampleRate: 8000'],
    [/width: 32/, 'width: 4, stages: 2, size: 0'],
    noLabels,
  ],
  async previewed(preview) {
    await preview.getByRole('button', { name: 'Play sample 1' }).click();
    await until('the clip is loaded, which the policy of the page allows', () =>
      preview
        .locator('audio')
        .first()
        .evaluate((audio: HTMLAudioElement) => audio.duration > 0.5),
    );
    assert.equal(await preview.getByRole('button', { name: /cannot be played/ }).count(), 0);
  },
  async shown(window) {
    await window.tab('Pictures');
    const panel = await window.panel();
    await panel.getByText('Rows: original, view 1, view 2.').waitFor();
    await panel.getByRole('button', { name: 'Play column 1' }).click();
    await until('a file of the run folder is loaded', () =>
      panel
        .locator('.sounds audio')
        .first()
        .evaluate((audio: HTMLAudioElement) => audio.duration > 0.5),
    );
    await choosePoint(window);
    await window.workbench.page.keyboard.press('Enter');
    await panel
      .locator('.heard')
      .getByText(/\.wav$/)
      .waitFor();
    await studio.picture(window.workbench, 'voices-map');
  },
};

const boxes: Kind = {
  name: 'scenes',
  make: async (folder) => void (await writeScenes(folder, 60)),
  inside: 'boxes.json',
  found: /images: .*scenes.*boxes: .*boxes\.json.*task: detection/s,
  smaller: [
    [/width: 32/, 'width: 4, stages: 2, size: 0'],
    [/images: \[.*\]/, 'images: [10, 30], draws: 1, updates: 60, width: 8'],
  ],
  async shown(window) {
    await window.tab('Results');
    const panel = await window.panel();
    await panel.getByRole('heading', { name: 'Label efficiency' }).waitFor();
    await panel.getByRole('table', { name: /AP50 of each class/ }).waitFor();
    const picture = panel.locator('.found-objects img').first();
    await picture.scrollIntoViewIfNeeded();
    await until('the found objects are drawn', () =>
      picture.evaluate((image: HTMLImageElement) => image.naturalWidth > 0),
    );
    await studio.picture(window.workbench, 'scenes-results');
    await window.listed(/scenes, finished.*AP50/);
  },
};

const numbers: Kind = {
  name: 'rows',
  make(folder) {
    const wave = (i: number, speed: number): number => Math.sin(i * speed);
    const row = (i: number): string =>
      [wave(i, 1.3), wave(i, 0.7), ['north', 'south', 'east'][i % 3], 3 * wave(i, 1.3) + (i % 3)].join(',');
    const rows = Array.from({ length: 300 }, (_, i) => row(i));
    writeFileSync(path.join(folder, 'rooms.csv'), ['width,height,place,price', ...rows].join('\n'));
  },
  inside: 'rooms.csv',
  found: /table: .*rooms\.csv.*# {3}- { task: regression, target: price/s,
  smaller: [
    [
      /# downstream:\n# {3}- { task: regression, target: price.*/,
      'downstream: [{ task: regression, target: price, rows: [10, 100], draws: 2 }]',
    ],
  ],
  async shown(window) {
    await window.tab('Results');
    await window.panelSays(/R² of price/);
    await studio.picture(window.workbench, 'rows-results');
    await window.listed(/rows, finished.*R²/);
  },
};

test('texts, recordings, boxes and numbers: config, preview, run, and what is shown of them', async () => {
  const folder = studio.folder('kinds');
  writeFileSync(path.join(folder, 'package.json'), '{}\n');
  const kinds = [texts, recordings, boxes, numbers];
  for (const { name, make } of kinds) {
    mkdirSync(path.join(folder, name));
    await make(path.join(folder, name));
  }
  const workbench = await studio.window(folder);
  const window = new SelfsupWindow(workbench);
  await workbench.viewContainer('Selfsup');
  for (const [place, { name, inside, found, smaller, previewed, shown }] of kinds.entries()) {
    const file = `${name}.selfsup.yaml`;
    await workbench.command('Selfsup: New Config from Folder...');
    await workbench.choose(path.join(folder, name), 'Use as Data', inside);
    await activeTab(window, file);
    const proposed = readFileSync(path.join(folder, file), 'utf8');
    assert.match(proposed, found);
    await workbench.command('Notifications: Clear All Notifications');
    await workbench.replaceText(file, shortened(proposed, [...always, ...smaller]));
    await workbench.save(file);

    if (previewed !== undefined) {
      await workbench.command('Selfsup: Preview Pretext Task');
      await previewed(await workbench.webview('panel'));
      await studio.picture(workbench, `${name}-preview`);
      await workbench.command('View: Close All Editors');
    }
    await window.run(file);
    await until(
      `${name} is finished`,
      () => {
        const run = runsOf(folder)[place];
        if (run?.state === 'finished') return true;
        throw new Error(`${run?.state}: ${run?.reason}`);
      },
      180,
    );
    await window.panelSays(/Finished/);
    await shown(window);
    await workbench.command('View: Close All Editors');
  }
});

const example = (name: string): string => path.join(packageRoot(), 'examples', name);

function activeTab(window: SelfsupWindow, name: string): Promise<void> {
  return window.workbench.page.locator('.tabs-container .tab.active').filter({ hasText: name }).waitFor();
}

/** Goes to a point of the map with the keyboard. */
async function choosePoint(window: SelfsupWindow): Promise<void> {
  await window.tab('Embeddings');
  await window.panelSays(/PCA of/); // there are points
  await (await window.panel()).locator('.scatter').focus();
  await window.workbench.page.keyboard.press('ArrowRight');
}

const always: Kind['smaller'] = [
  [/epochs: \d+/, 'epochs: 2'],
  [/warmupEpochs: \d+/, 'warmupEpochs: 1'],
  [/device: auto.*/, 'device: cpu\n  threads: 1'],
];

/** Not all of a proposal has all of this; what is not there stays away. */
function shortened(text: string, changes: Kind['smaller']): string {
  return changes.reduce((sofar, [pattern, by]) => sofar.replace(pattern, by), text);
}
