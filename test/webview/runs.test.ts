import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { panelServerRestartedNotification, panelShowNotification } from '../../server/protocol/panel.ts';
import type { PreviewPicture } from '../../server/protocol/runView.ts';
import { FakeServer } from './support/fakeServer.ts';
import { PanelSession } from './support/session.ts';
import { simulatedMap, simulatedRun, simulatedSeries, simulatedSummary } from './support/simulatedRun.ts';
import { until } from './support/until.ts';

/** The panel on runs, as its reader uses it. */

const session = new PanelSession();

const chart = (page: Page, title: string): Locator => page.getByRole('figure', { name: title, exact: true });
const values = (page: Page, title: string): Promise<string[]> =>
  chart(page, title).locator('.legend-value').allTextContents();
/** The pixels of a chart, to see whether it was drawn anew. */
const pixels = (page: Page, title: string): Promise<string> =>
  chart(page, title)
    .locator('canvas')
    .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

test('a snapshot is drawn, and deltas move the curve', async (t) => {
  const server = new FakeServer(session.source, [simulatedRun({ id: 'a' })]);
  const panel = await session.open(t, server);
  if (!panel) return;
  const { page } = panel;
  assert.deepEqual(server.watches[0]?.runs, ['a']);
  assert.ok(server.watches[0]!.points >= 1000 && server.watches[0]!.points <= 2400);
  await page.getByRole('heading', { name: 'digits-vicreg' }).waitFor();
  await page.getByText('3,120 samples/s').waitFor();
  await page.getByText('train.learningRate: 0.004 -> 0.002').first().waitFor();

  const before = await pixels(page, 'Loss');
  await server.tell({
    run: 'a',
    series: [simulatedSeries('loss', 201, 260, () => 3.25)],
    summary: simulatedSummary({ id: 'a', loss: 3.25, progress: { step: 260, steps: 400 } }),
  });
  await until(async () => (await values(page, 'Loss'))[0] === '3.25');
  assert.notEqual(await pixels(page, 'Loss'), before);
  await page.getByText('step 260 of 400').waitFor();
  await page.getByText(/260 points, from .* at step 1 to 3\.25 at step 260/).waitFor({ state: 'attached' });

  await server.tell({ run: 'a', snapshot: simulatedRun({ id: 'a' }, { steps: 100 }) });
  await page.getByText(/Loss\. loss: 100 points/).waitFor({ state: 'attached' });
  assert.deepEqual(panel.problems, []);
});

test('only the chart whose curve changed is drawn again', async (t) => {
  const server = new FakeServer(session.source, [simulatedRun({ id: 'a' })]);
  const panel = await session.open(t, server);
  if (!panel) return;
  const { page } = panel;
  await page.evaluate(() => {
    const { clearRect } = CanvasRenderingContext2D.prototype;
    const drawn = new Set<string>();
    Object.assign(globalThis, { drawn });
    CanvasRenderingContext2D.prototype.clearRect = function (...area) {
      drawn.add(this.canvas.closest('figure')?.getAttribute('aria-label') ?? '');
      clearRect.apply(this, area);
    };
  });
  await server.tell({
    run: 'a',
    series: [{ ...simulatedSeries('knn', 220, 220, () => 0.5, 20), total: 11 }],
  });
  await until(async () => (await values(page, 'Accuracy while training'))[0] === '50.0 %');
  const drawn = await page.evaluate(() => [...(globalThis as unknown as { drawn: Set<string> }).drawn]);
  assert.deepEqual(drawn, ['Accuracy while training']);
});

test('no chart is drawn while another tab is open', async (t) => {
  const server = new FakeServer(session.source, [simulatedRun({ id: 'a' })]);
  const panel = await session.open(t, server, { state: { version: 1, tab: 'log' } });
  if (!panel) return;
  const { page } = panel;
  assert.equal(await page.locator('.chart').count(), 0);
  await server.tell({
    run: 'a',
    series: [simulatedSeries('loss', 201, 210, () => 4.5)],
    log: ['a new line'],
  });
  await page.getByRole('log').getByText('a new line').waitFor();
  assert.equal(await page.locator('.chart').count(), 0);
  await page.getByRole('tab', { name: 'Curves' }).click();
  await until(async () => (await values(page, 'Loss'))[0] === '4.5');
});

test('axis, log scale and smoothing are applied and remembered', async (t) => {
  const server = new FakeServer(session.source, [simulatedRun({ id: 'a' })]);
  const panel = await session.open(t, server);
  if (!panel) return;
  const { page } = panel;
  const plain = await pixels(page, 'Loss');
  await page.getByRole('combobox', { name: 'By' }).selectOption('time');
  const byTime = await pixels(page, 'Loss');
  assert.notEqual(byTime, plain);
  assert.match(
    (await chart(page, 'Loss').getByRole('slider').getAttribute('aria-valuetext')) ?? '',
    /^after 80 s|^after 1 min/,
  );
  await page.getByRole('checkbox', { name: 'Log scale' }).click();
  const logarithmic = await pixels(page, 'Loss');
  assert.notEqual(logarithmic, byTime);
  await page.getByRole('slider', { name: 'Smoothing' }).fill('0.8');
  assert.notEqual(await pixels(page, 'Loss'), logarithmic);
  const { axis, logScale, smoothing } = await panel.state();
  assert.deepEqual([axis, logScale, smoothing], ['time', true, 0.8]);
});

test('dragging zooms in on all charts and fetches finer curves; a double click shows everything again', async (t) => {
  const run = simulatedRun({ id: 'a' });
  const thinned = run.series.map((series) =>
    series.name === 'loss' ? { ...series, total: 50_000 } : series,
  );
  const server = new FakeServer(session.source, [{ ...run, series: thinned }]);
  const panel = await session.open(t, server);
  if (!panel) return;
  const { page } = panel;
  const box = (await chart(page, 'Loss').locator('.u-over').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 });
  await page.locator('.u-select').evaluateAll(
    (selects) =>
      new Promise<void>((drawn) => {
        const look = (): void =>
          selects.some((select) => select.clientWidth > 50) ? drawn() : void requestAnimationFrame(look);
        look();
      }),
  );
  await page.mouse.up();
  await until(() => server.seriesAsked.length === 1);
  const [asked] = server.seriesAsked;
  assert.deepEqual(asked!.names, ['loss']);
  assert.equal(asked!.axis, 'step');
  assert.ok(Math.abs(asked!.from - 50) < 6 && Math.abs(asked!.to - 100) < 6, `${asked!.from}..${asked!.to}`);
  await page.getByText(/Loss\. loss: \d+ points, from 1\d.* at step (4|5)\d/).waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Reset zoom' }).waitFor();

  await chart(page, 'Loss').locator('.u-over').dblclick();
  await page.getByText(/Loss\. loss: 50,000 points, from .* at step 1 /).waitFor({ state: 'attached' });
  assert.equal((await panel.state()).zoom, null);
  assert.equal(await page.getByRole('button', { name: 'Reset zoom' }).isVisible(), false);
});

test('the cursor of a chart moves with the arrow keys and says where it is', async (t) => {
  const panel = await session.open(t, new FakeServer(session.source, [simulatedRun({ id: 'a' })]));
  if (!panel) return;
  const { page } = panel;
  const plot = chart(page, 'Loss').getByRole('slider');
  await plot.focus();
  assert.equal(await plot.getAttribute('aria-valuenow'), '199');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await plot.getAttribute('aria-valuenow'), '198');
  assert.match((await plot.getAttribute('aria-valuetext')) ?? '', /^step 199: loss \d/);
  await page.keyboard.press('Home');
  assert.match((await plot.getAttribute('aria-valuetext')) ?? '', /^step 1: loss 2\d/);
  // The same position in the other charts.
  await until(async () => (await values(page, 'Learning rate'))[0] === '0.002');
  await page.keyboard.press('+');
  await page.getByRole('button', { name: 'Reset zoom' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal((await panel.state()).zoom, null);
});

test('every chart has a table', async (t) => {
  const panel = await session.open(t, new FakeServer(session.source, [simulatedRun({ id: 'a' })]));
  if (!panel) return;
  const loss = chart(panel.page, 'Loss');
  await loss.getByRole('button', { name: 'Loss as a table' }).click();
  const rows = loss.locator('tbody tr');
  assert.equal(await rows.count(), 12);
  const scroller = loss.getByRole('region', { name: 'Loss as a table' });
  assert.equal(await scroller.getAttribute('tabindex'), '0');
  assert.match((await rows.last().textContent()) ?? '', /^20016\./);
});

test('the picture slider stays where the reader put it, until it follows the latest again', async (t) => {
  const server = new FakeServer(session.source, [simulatedRun({ id: 'a' })]);
  const panel = await session.open(t, server, { state: { version: 1, tab: 'pictures' } });
  if (!panel) return;
  const { page } = panel;
  const caption = page.locator('.picture-frame figcaption');
  const shows = (step: number): Promise<void> =>
    caption.getByText(`step ${step}`, { exact: false }).waitFor();
  await shows(180);
  const arrives = (step: number): Promise<void> =>
    server.tell({
      run: 'a',
      previews: [{ step, file: `previews/step-${step}.png`, rows: ['original', 'view 1'] }],
    });
  await arrives(220);
  await page.getByText('Rows: original, view 1.').waitFor();
  await caption.filter({ hasText: 'step 220' }).waitFor();

  await page.getByRole('slider', { name: 'Pictures, step' }).focus();
  await page.keyboard.press('Home');
  await caption.filter({ hasText: /step 20$/ }).waitFor();
  await page.keyboard.press('ArrowRight');
  await caption.filter({ hasText: /step 60$/ }).waitFor();
  await arrives(260);
  const slider = page.getByRole('slider', { name: 'Pictures, step' });
  await until(async () => (await slider.getAttribute('max')) === '6');
  assert.match((await caption.textContent()) ?? '', /step 60$/);
  assert.equal(await slider.getAttribute('aria-valuetext'), 'step 60');
  assert.equal((await panel.state()).picture, 60);

  await page.getByRole('checkbox', { name: 'Follow latest' }).click();
  await caption.filter({ hasText: 'step 260' }).waitFor();
  assert.equal((await panel.state()).picture, null);
});

test('of texts the pane shows what was hidden and guessed at the step of the slider', async (t) => {
  const at = (step: number, guess: string): PreviewPicture => ({
    step,
    file: `previews/step-${step}.json`,
    block: {
      kind: 'text',
      texts: [
        {
          title: 'line 7',
          lines: [{ title: 'guessed', pieces: [{ text: guess, state: 'right', guesses: [] }] }],
        },
      ],
    },
  });
  const run = { ...simulatedRun({ id: 'a' }), previews: [at(20, ' cat'), at(60, ' dog')] };
  const server = new FakeServer(session.source, [run]);
  const panel = await session.open(t, server, { state: { version: 1, tab: 'pictures' } });
  if (!panel) return;
  const { page } = panel;
  await page.locator('.picture-frame dd').filter({ hasText: 'dog' }).waitFor();
  await page.getByRole('slider', { name: 'Pictures, step' }).focus();
  await page.keyboard.press('Home');
  await page.locator('.picture-frame dd').filter({ hasText: 'cat' }).waitFor();
  await page.locator('.picture-frame figcaption').filter({ hasText: 'step 20' }).waitFor();
  assert.equal(await page.locator('.picture-frame img').isVisible(), false);
  await server.tell({ run: 'a', previews: [at(100, ' bird')] });
  await page.getByRole('checkbox', { name: 'Follow latest' }).click();
  await page.locator('.picture-frame dd').filter({ hasText: 'bird' }).waitFor();
});

test('after a restart of the server the runs are watched again', async (t) => {
  const server = new FakeServer(session.source, [simulatedRun({ id: 'a' })]);
  const panel = await session.open(t, server);
  if (!panel) return;
  server.runs.set(
    'a',
    simulatedRun({ id: 'a', state: 'dead', resumable: true, reason: 'Its process is gone.' }),
  );
  await panel.host.sendNotification(panelServerRestartedNotification);
  await panel.page.locator('.run-state', { hasText: 'Process gone' }).waitFor();
  await panel.page.getByRole('button', { name: 'Resume' }).click();
  await until(() => server.actions.length === 1);
  assert.deepEqual(server.actions, [{ action: 'resume', run: 'a' }]);
  await panel.page
    .locator('[role=status]', { hasText: 'digits-vicreg, Process gone' })
    .first()
    .waitFor({ state: 'attached' });
});

test('several runs: one line each, switched off in the legend, compared, taken out', async (t) => {
  const server = new FakeServer(session.source, [
    simulatedRun({ id: 'a' }),
    simulatedRun({ id: 'b', name: 'digits-simclr' }, { level: 12 }),
  ]);
  const panel = await session.open(t, server);
  if (!panel) return;
  const { page } = panel;
  const legend = chart(page, 'Loss').getByRole('button', { name: /digits-/ });
  assert.deepEqual(await chart(page, 'Loss').locator('.legend-label').allTextContents(), [
    'digits-vicreg',
    'digits-simclr',
  ]);
  const both = await pixels(page, 'Loss');
  await legend.first().click();
  assert.equal(await legend.first().getAttribute('aria-pressed'), 'false');
  assert.notEqual(await pixels(page, 'Loss'), both);
  assert.deepEqual((await panel.state()).hiddenCurves, ['a/loss']);

  await page.getByRole('tab', { name: 'Settings' }).click();
  const table = page.getByRole('table', { name: 'Settings in which the runs differ' });
  assert.deepEqual(await table.locator('tbody').locator('th, td').allTextContents(), [
    ...['train.learningRate', '0.002', '0.004'],
    ...['pretext.method', 'vicreg', 'simclr'],
  ]);
  await page.getByRole('button', { name: 'Diff configs' }).click();
  await until(() => server.actions.length === 1);
  assert.deepEqual(server.actions, [{ action: 'diffConfigs', runs: ['a', 'b'] }]);

  await page.getByRole('button', { name: 'Hide from panel' }).first().click();
  await until(() => server.watches.at(-1)?.runs.join() === 'b');
  await page.getByRole('heading', { name: 'digits-simclr' }).waitFor();
  assert.deepEqual((await panel.state()).runs, ['b']);
  await panel.host.sendNotification(panelShowNotification, { runs: ['a'] });
  await page.getByRole('heading', { name: 'digits-vicreg' }).waitFor();
});

test('points of the map open their sample, by mouse and by keyboard; UMAP runs in its worker', async (t) => {
  const server = new FakeServer(session.source, [simulatedRun({ id: 'a' })]);
  const panel = await session.open(t, server, { state: { version: 1, tab: 'map' } });
  if (!panel) return;
  const { page } = panel;
  const words = page.locator('.map-words');
  await words
    .filter({ hasText: 'PCA of encoder, 300 samples: the two axes explain 42.3 % and 18.7 %' })
    .waitFor();
  const map = page.getByRole('application');
  await map.focus();
  await page.keyboard.press('ArrowRight');
  const name = (await page.locator('.sample-tip .sample-name').textContent()) ?? '';
  assert.match(name, /^digits\/\d\/image-\d+\.png$/);
  await page.keyboard.press('Enter');
  await until(() => server.actions.length === 1);
  assert.deepEqual(server.actions[0], { action: 'openFile', file: `/work space/data/${name}` });

  const before = await map.locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  await page.getByRole('combobox', { name: 'Layout' }).selectOption('umap');
  await words.filter({ hasText: 'UMAP of encoder' }).waitFor({ timeout: 30_000 });
  await page.locator('.map-working').waitFor({ state: 'hidden', timeout: 60_000 });
  assert.notEqual(
    await map.locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL()),
    before,
  );
  await page.getByText('As a table').click();
  await until(async () => (await page.locator('.map-pane tbody tr').count()) === 10);
  assert.deepEqual(panel.problems, []);
});

test('a point of texts tells how its text begins', async (t) => {
  const server = new FakeServer(session.source, [simulatedRun({ id: 'a' })]);
  server.map = (step) => {
    const { thumbnails: _, ...map } = simulatedMap(step);
    return { ...map, samples: map.samples.map((sample, i) => ({ ...sample, text: `text number ${i}` })) };
  };
  const panel = await session.open(t, server, { state: { version: 1, tab: 'map' } });
  if (!panel) return;
  const { page } = panel;
  await page.locator('.map-words').filter({ hasText: 'PCA of encoder' }).waitFor();
  await page.getByRole('application').focus();
  await page.keyboard.press('ArrowRight');
  await page
    .locator('.sample-tip')
    .getByText(/^text number \d+$/)
    .waitFor();
  assert.deepEqual(panel.problems, []);
});

test('what cannot be shown is said, with a way out', async (t) => {
  const server = new FakeServer(session.source, []);
  const panel = await session.open(t, server);
  if (!panel) return;
  await panel.page.getByText('No run is shown.').waitFor();
  await panel.host.sendNotification(panelShowNotification, { runs: ['gone'] });
  await panel.page.getByText('The run is gone.').waitFor();
});

test('keyboard: tabs by arrows, focus to be seen, and no motion where none is wanted', async (t) => {
  const server = new FakeServer(session.source, [simulatedRun({ id: 'a' })]);
  const panel = await session.open(t, server, { reducedMotion: true });
  if (!panel) return;
  const { page } = panel;
  await page.getByRole('tab', { name: 'Curves' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('#view-pictures').waitFor({ state: 'visible' });
  assert.equal((await panel.state()).tab, 'pictures');
  await page.keyboard.press('ArrowLeft');
  await chart(page, 'Loss').getByRole('slider').focus();
  await page.keyboard.press('Shift+Tab'); // back to the legend
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
  assert.equal(outline, 'solid');
  const moving = await page.evaluate(
    () =>
      [...document.querySelectorAll('main *')].filter(
        (element) => parseFloat(getComputedStyle(element).transitionDuration) > 0,
      ).length,
  );
  assert.equal(moving, 0);
});
