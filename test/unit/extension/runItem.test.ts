import assert from 'node:assert/strict';
import test from 'node:test';
import { filterText, matches } from '../../../extension/views/filter.ts';
import { bestText, bytes, duration, percent } from '../../../extension/views/format.ts';
import { inOrder, runItem } from '../../../extension/views/runItem.ts';
import { statusText } from '../../../extension/views/statusText.ts';
import { runStates } from '../../../server/protocol/run.ts';
import { summary } from './runs.ts';

const running = summary({
  state: 'running',
  stage: { kind: 'pretrain', title: 'Pretraining' },
  progress: { step: 299, steps: 600, etaSeconds: 187, epoch: 12.4, epochs: 30, samplesPerSecond: 1520.4 },
  loss: 1.23456,
});

test('a running run tells how far it is, how long it takes and its loss', () => {
  assert.equal(runItem(running).description, '49 % · 3 min left · loss 1.235');
  assert.equal(runItem(running).spoken, 'digits, running, 49 % · 3 min left · loss 1.235');
  assert.equal(
    runItem({ ...running, best: { knn: 0.9712 }, stage: { kind: 'downstream', title: 'Fine-tuning' } })
      .description,
    '49 % · 3 min left · Fine-tuning · kNN 97.1 %',
  );
});

test('a finished run shows its best numbers, others why they ended', () => {
  const best = { knn: 0.9712, finetune: 0.982 };
  assert.equal(runItem(summary({ best })).description, 'fine-tune 98.2 %, kNN 97.1 %');
  assert.equal(
    runItem(summary({ state: 'stopped', best })).description,
    'stopped · fine-tune 98.2 %, kNN 97.1 %',
  );
  assert.equal(
    runItem(summary({ state: 'failed', reason: 'loss is not a number', loss: 3 })).description,
    'failed · loss is not a number',
  );
});

test('a screen reader says the state once', () => {
  const spoken = (changes: Parameters<typeof summary>[0]) => runItem(summary(changes)).spoken;
  const best = { knn: 0.9712 };
  assert.equal(spoken({ best }), 'digits, finished, kNN 97.1 %');
  assert.equal(spoken({}), 'digits, finished');
  assert.equal(spoken({ state: 'failed', best, reason: 'no GPU' }), 'digits, failed · kNN 97.1 % · no GPU');
  assert.equal(spoken({ state: 'queued' }), 'digits, waiting');
});

test('the context says what can be done with a run', () => {
  assert.equal(runItem(running).context, 'run live');
  assert.equal(runItem(summary()).context, 'run ended finished');
  assert.equal(runItem(summary({ state: 'dead', resumable: true })).context, 'run ended resumable');
  assert.equal(runItem(summary({ state: 'queued' })).context, 'run live');
});

test('every state has an icon and words of its own', () => {
  const items = runStates.map((state) => runItem(summary({ state, reason: '' })));
  assert.ok(items.every(({ icon }) => icon.id !== ''));
  assert.equal(new Set(items.map(({ spoken }) => spoken)).size, runStates.length);
});

test('what stands in files is no markup in the tooltip', () => {
  const { tooltip } = runItem(
    summary({ name: 'a_b [x](command:evil) $(bug) <img>', state: 'failed', reason: 'a|b\nc' }),
  );
  assert.match(tooltip, /\*\*a\\_b \\\[x\\\]\\\(command:evil\\\) \\\$\\\(bug\\\) \\<img\\>\*\*/);
  assert.match(tooltip, /\| State \| failed: a\\\|b c \|/);
});

test('the tooltip has the progress, the device and the verdict', () => {
  const { tooltip } = runItem({
    ...running,
    device: { name: 'cpu', description: 'ONNX Runtime, 2 threads', reason: '' },
    verdict: {
      state: 'completeCollapse',
      summary: 'All outputs are the same.',
      fix: 'Raise the variance weight.',
    },
    foreign: true,
  });
  assert.match(tooltip, /step 299 of 600, epoch 12 of 30, 1520 samples\/s/);
  assert.match(tooltip, /cpu, ONNX Runtime, 2 threads/);
  assert.match(tooltip, /started outside this window/);
  assert.match(tooltip, /All outputs are the same\.[\s\S]*Raise the variance weight\./);
});

test('live runs stand first, then the newest', () => {
  const old = summary({ id: 'old', created: '2026-01-01T00:00:00Z', state: 'running' });
  const middle = summary({ id: 'middle', created: '2026-01-02T00:00:00Z' });
  const young = summary({ id: 'young', created: '2026-01-03T00:00:00Z' });
  assert.deepEqual(
    inOrder([middle, young, old]).map(({ id }) => id),
    ['old', 'young', 'middle'],
  );
});

test('the status bar names the run that trains', () => {
  assert.equal(statusText([]), undefined);
  assert.deepEqual(statusText([summary({ state: 'queued', name: 'next' }), running]), {
    text: '$(play) digits 49 % · 3 min left (+1)',
    spoken: 'Selfsup: digits, 49 %, 3 min left, and 1 more',
  });
  assert.equal(statusText([summary({ state: 'queued' })])?.text, '$(clock) digits waiting');
  assert.doesNotMatch(statusText([{ ...running, name: '$(bug)' }])!.text, /\$\(bug\)/);
});

test('numbers for people', () => {
  assert.deepEqual([0, 59, 61, 3600, 7500, 90_000, 172_800].map(duration), [
    '0 s',
    '59 s',
    '1 min',
    '1 h',
    '2 h 5 min',
    '1 d 1 h',
    '2 d',
  ]);
  assert.equal(duration(3599), '1 h');
  assert.deepEqual([bytes(345_600_000), bytes(12_340_000_000)], ['346 MB', '12.3 GB']);
  assert.deepEqual(
    [
      [599, 600],
      [600, 600],
      [700, 600],
      [0, 0],
    ].map(([step, steps]) => percent({ step: step!, steps: steps! })),
    [99, 100, 100, 0],
  );
  assert.equal(bestText({}), '');
});

test('a filter finds all its words in name, state, id or config', () => {
  const run = summary({ state: 'dead' });
  assert.ok(matches(run, ''));
  assert.ok(matches(run, 'DIGITS died'));
  assert.ok(matches(run, '  selfsup.yaml  '));
  assert.ok(!matches(run, 'digits running'));
  assert.equal(filterText('died', 1, 4), 'Filter "died": 1 of 4 runs.');
  assert.equal(filterText('x', 0, 4), 'No run matches the filter "x".');
});
