import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { RunsModel } from '../../../extension/runs/runsModel.ts';
import { type RunsNode, RunsTree } from '../../../extension/views/runsTree.ts';
import type { RunSummary } from '../../../server/protocol/runView.ts';
import { summary } from './runs.ts';

const config = { configFile: '/work/digits.selfsup.yaml' };

/** A tree of one running run, unfolded once by an editor that from then on asks only when told to. */
async function unfolded(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const runs = new RunsModel();
  const memento = {
    get: (_: string, otherwise?: unknown) => otherwise,
    update: async () => undefined,
    keys: () => [],
  };
  const tree = new RunsTree(runs, memento, () => undefined);
  t.after(() => tree.dispose());
  runs.reset({ runs: [training('a', 1)], ownership: { owner: 'this' } });
  const told: (readonly RunsNode[] | undefined)[] = [];
  tree.onDidChangeTreeData((nodes) => told.push(nodes));
  /** What the editor shows once it has asked for all of it. */
  const ask = async (): Promise<string[]> => {
    const configs = await tree.getChildren();
    const nodes = await Promise.all(configs.map((node) => tree.getChildren(node)));
    return nodes.flat().map((node) => String(tree.getTreeItem(node).description));
  };
  await ask();
  const say = (...changed: RunSummary[]) =>
    runs.apply({ runs: changed, removed: [], ownership: { owner: 'this' } });
  return { told, ask, say, pass: (milliseconds: number) => t.mock.timers.tick(milliseconds) };
}

function training(id: string, step: number): RunSummary {
  const progress = { step, steps: 100, epoch: 0, epochs: 1, samplesPerSecond: 1 };
  return summary({ id, state: 'running', progress });
}

test('progress is told once, until the editor has asked for it', async (t) => {
  const { told, ask, say, pass } = await unfolded(t);
  for (let step = 2; step <= 4; step++) {
    say(training('a', step));
    pass(500);
  }
  assert.deepEqual(told, [[{ run: 'a' }]]);
  assert.deepEqual(await ask(), ['4 %']);
  say(training('a', 5));
  assert.equal(told.length, 2);
});

test('a new run is told at once, though the editor has not asked for progress yet', async (t) => {
  const { told, ask, say } = await unfolded(t);
  say(training('a', 2));
  say(training('b', 1));
  assert.deepEqual(told, [[{ run: 'a' }], [config]]);
  assert.equal((await ask()).length, 2);
});

test('an editor that does not ask is told of everything in the end', async (t) => {
  const { told, say, pass } = await unfolded(t);
  say(training('b', 1));
  for (let second = 0; second < 10; second++) pass(1000);
  assert.deepEqual(told, [[config], [config], undefined]);
});
