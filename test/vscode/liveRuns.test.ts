import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { until } from '../../scripts/vscode-e2e/until.ts';
import { liveRuns, moves, onlyRun, runFolder, runsOf, stepOf, trainerOf, valuesOf } from './support/runs.ts';
import { SelfsupWindow } from './support/selfsupWindow.ts';
import { Studio } from './support/studio.ts';
import { type DigitsConfig, digitsConfig, digitsWorkspace } from './support/workspaces.ts';

/** What saving a config does to its run. */
const studio = Studio.ofThisFile('live-runs', { settings: { 'selfsup.runs.onSave': 'rerun' } });

/** Long enough to be met while it runs; it is ended with its test. */
const long = { epochs: 50_000 };

/** A window on digits whose run has begun to train. */
async function training(name: string, config: DigitsConfig = long) {
  const folder = studio.folder(name);
  const file = digitsWorkspace(folder, config);
  const window = new SelfsupWindow(await studio.window(folder));
  await window.run('digits.selfsup.yaml');
  const run = await onlyRun(folder, 'running');
  await moves(folder, run);
  return { folder, file, window, run };
}

test('a new learning rate on disk: the same run goes on with it', async () => {
  const { folder, file, window, run } = await training('learning-rate');
  const trainer = trainerOf(folder, run);
  writeFileSync(file, digitsConfig({ ...long, learningRate: 2.5e-4 }));
  await until('a step with the new learning rate', () =>
    valuesOf(folder, run, 'learningRate').some(({ value }) => value === 2.5e-4),
  );
  await moves(folder, run);
  await window.listed(/digits, running/);
  // The code lens above the config follows, too: "Stop (epoch 538/50000)".
  const lens = window.workbench.codeLens('epoch');
  const said = await lens.textContent();
  await until('the code lens says another epoch', async () => (await lens.textContent()) !== said);
  await studio.picture(window.workbench, 'new-learning-rate');

  assert.deepEqual(
    runsOf(folder).map(({ id, state }) => [id, state]),
    [[run.id, 'running']],
  );
  assert.deepEqual(trainerOf(folder, run), trainer, 'the same process trains');
  const rates = valuesOf(folder, run, 'learningRate').map(({ value }) => value);
  const changed = rates.indexOf(2.5e-4);
  assert.ok(rates.slice(0, changed).every((rate) => rate === 1e-3));
  assert.ok(rates.slice(changed).every((rate) => rate === 2.5e-4));
});

test('only downstream changed: the finished pretraining is reused', async () => {
  const folder = studio.folder('downstream');
  const short = { epochs: 6 };
  const file = digitsWorkspace(folder, short);
  const window = new SelfsupWindow(await studio.window(folder));
  await window.run('digits.selfsup.yaml');
  const first = await onlyRun(folder, 'finished');

  const downstream = '[{ mode: finetune, labelsPerClass: [10], draws: 1, epochs: 5 }]';
  writeFileSync(file, digitsConfig({ ...short, downstream }));
  const second = await until('a second run is finished', () => {
    const [, again] = runsOf(folder);
    return again?.state === 'finished' && again;
  });
  await window.listed(/finished.*fine-tune/);
  await studio.picture(window.workbench, 'pretraining-reused');

  assert.equal(second.hashes.pretrain, first.hashes.pretrain);
  assert.deepEqual(second.stages.pretrain, { state: 'reused', from: runFolder(folder, first) });
  assert.equal(second.stages.downstream?.state, 'finished');
  assert.ok(second.results.some(({ metric, variant }) => metric === 'finetune' && variant === 'pretrained'));
  // Its curve is that of the first run: no step of pretraining was taken again.
  assert.deepEqual(valuesOf(folder, second, 'loss'), valuesOf(folder, first, 'loss'));
  assert.ok(valuesOf(folder, second, 'loss').every(({ time }) => time < Date.parse(second.created)));
});

test('another encoder: the run is superseded and a new one takes its place', async () => {
  const { folder, file, window, run } = await training('encoder');
  writeFileSync(file, digitsConfig({ ...long, hidden: '[48, 24]' }));
  const next = await until('a second run trains', () => {
    const [, second] = runsOf(folder);
    return second?.state === 'running' && stepOf(folder, second) > 0 && second;
  });
  await window.listed(/superseded/);
  await studio.picture(window.workbench, 'superseded');

  const [old] = runsOf(folder);
  assert.equal(old?.id, run.id);
  assert.equal(old?.state, 'superseded');
  assert.ok(stepOf(folder, run) >= 20, 'its history stays');
  assert.notEqual(next.hashes.pretrain, run.hashes.pretrain);
  assert.match(readFileSync(path.join(runFolder(folder, next), 'config.yaml'), 'utf8'), /48/);
  assert.deepEqual(
    liveRuns(folder).map(({ id }) => id),
    [next.id],
  );
});

test('ten quick saves start one run', async () => {
  const { folder, file, window, run } = await training('ten-saves');
  for (let width = 41; width <= 50; width++) {
    writeFileSync(file, digitsConfig({ ...long, hidden: `[${width}]` }));
    await setTimeout(100);
  }
  const next = await until('the run of the last save trains', () => {
    const last = runsOf(folder).at(-1)!;
    return last.id !== run.id && last.state === 'running' && stepOf(folder, last) > 20 && last;
  });
  await studio.picture(window.workbench, 'ten-saves');
  assert.deepEqual(
    runsOf(folder).map(({ id, state }) => [id, state]),
    [
      [run.id, 'superseded'],
      [next.id, 'running'],
    ],
  );
  assert.match(readFileSync(path.join(runFolder(folder, next), 'config.yaml'), 'utf8'), /\b50\b/);
  assert.deepEqual(
    liveRuns(folder).map(({ id }) => id),
    [next.id],
  );
});

test('where a rerun is asked for: once, and the answer is remembered', async () => {
  const folder = studio.folder('ask');
  const file = digitsWorkspace(folder, long);
  const settings = path.join(folder, '.vscode', 'settings.json');
  mkdirSync(path.dirname(settings));
  writeFileSync(settings, JSON.stringify({ 'selfsup.runs.onSave': 'ask' }));
  const workbench = await studio.window(folder);
  await new SelfsupWindow(workbench).run('digits.selfsup.yaml');
  const run = await onlyRun(folder, 'running');
  await moves(folder, run);

  writeFileSync(file, digitsConfig({ ...long, hidden: '[48, 24]' }));
  const question = workbench.notification(/would take its place because of encoder.hidden/);
  await question.waitFor();
  await studio.picture(workbench, 'asked');
  await moves(folder, run); // it waits for the answer
  assert.equal(runsOf(folder).length, 1);
  await workbench.answerNotification(/would take its place/, 'Always');
  await until('a second run trains', () => runsOf(folder)[1]?.state === 'running');
  assert.equal(JSON.parse(readFileSync(settings, 'utf8'))['selfsup.runs.onSave'], 'rerun');

  writeFileSync(file, digitsConfig({ ...long, hidden: '[40, 20]' }));
  await until('a third run trains without a question', () => runsOf(folder)[2]?.state === 'running');
  assert.equal(await question.count(), 0);
});

test('a mistake is shown with a fix, and no run follows from it', async () => {
  const { folder, file, window, run } = await training('mistake');
  const { workbench } = window;
  const text = readFileSync(file, 'utf8');
  await workbench.replaceText('digits.selfsup.yaml', text.replace('hidden: [64, 32]', 'hiden: [48, 24]'));
  await workbench.page.keyboard.press('Control+KeyS');
  await workbench.page.keyboard.press('Control+Home'); // a squiggle out of sight is not drawn
  await workbench.editor('digits.selfsup.yaml').locator('.squiggly-error').first().waitFor();
  await until('the problem is listed', async () =>
    (await workbench.problems()).some((row) => /hiden/.test(row)),
  );
  await studio.picture(workbench, 'mistake');
  await moves(folder, run); // the run does not care
  assert.deepEqual(
    runsOf(folder).map(({ id, state }) => [id, state]),
    [[run.id, 'running']],
  );

  await workbench.goToNextProblem('digits.selfsup.yaml');
  await workbench.quickFix(/hidden/);
  await studio.picture(workbench, 'fixed');
  await workbench.page.keyboard.press('Control+KeyS');
  await until('the corrected file runs', () => {
    const [old, next] = runsOf(folder);
    return old?.state === 'superseded' && next?.state === 'running';
  });
  assert.match(readFileSync(file, 'utf8'), /hidden: \[48, 24\]/);
});
