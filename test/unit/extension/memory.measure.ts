import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createMessageConnection, Emitter, type Message } from 'vscode-jsonrpc/node';
import { RunsModel } from '../../../extension/runs/runsModel.ts';
import { PanelRelay } from '../../../extension/views/panelRelay.ts';
import { type RunsNode, RunsTree } from '../../../extension/views/runsTree.ts';
import { createTransport } from '../../../extension/views/webviewTransport.ts';
import { runsChangedNotification, runUpdatedNotification } from '../../../server/protocol/editor.ts';
import { panelReadyRequest, panelVersion } from '../../../server/protocol/panel.ts';
import type { RunDelta, RunSummary } from '../../../server/protocol/runView.ts';
import { measured } from '../../support/measured.ts';
import { summary } from './runs.ts';

/**
 * What the host keeps of a run that lasts an hour: the model, the tree and an open panel's relay get everything that a
 * server says in that time, ten messages a second, as fast as they take it. The clock is ours, so that what is done
 * twice a second is done as often as it would be.
 */

const perSecond = 10;
const minutes = 60;
const run = 'live';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

test('heap of the host over an hour', { timeout: 170_000 }, async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { runs, notified, page, tree } = await host();
  let drawn = 0;
  const draw = async (nodes: readonly RunsNode[]): Promise<void> => {
    for (const node of nodes) {
      tree.getTreeItem(node);
      drawn++;
      await draw(await tree.getChildren(node));
    }
  };
  tree.onDidChangeTreeData(async (nodes) => draw(nodes ?? (await tree.getChildren())));
  await draw(await tree.getChildren());

  const heap: Record<number, number> = { 0: heapUsed() };
  for (let minute = 1; minute <= minutes; minute++) {
    for (let tick = 1; tick <= 60 * perSecond; tick++) {
      const step = (minute - 1) * 60 * perSecond + tick;
      const { runs: changed, ...rest } = change(step);
      runs.apply({ ...rest, runs: changed });
      notified.fire({ method: runsChangedNotification.method, params: { ...rest, runs: changed } });
      notified.fire({ method: runUpdatedNotification.method, params: { watch: 1, deltas: [delta(step)] } });
      mock.timers.tick(1000 / perSecond);
      while (page.received < 2 * step) await new Promise(setImmediate); // the line takes one message a turn
    }
    if (minute === 1 || minute % 10 === 0) heap[minute] = heapUsed();
  }
  const updates = minutes * 60 * perSecond;
  assert.ok(drawn > minutes * 60, `${drawn} nodes of the tree were drawn`);
  measured('memory', { updates, minutes, drawn, received: page.received, heap });
});

function heapUsed(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** A host with an open panel that watches one run, beside twenty that have ended. */
async function host() {
  const runs = new RunsModel();
  const ended = Array.from({ length: 20 }, (_, index) => summary({ id: `ended-${index}` }));
  runs.reset({ runs: [...ended, live(0)], ownership: { owner: 'this' } });
  const tree = new RunsTree(
    runs,
    { get: (_: string, otherwise?: unknown) => otherwise, update: async () => undefined, keys: () => [] },
    () => undefined,
  );
  runs.apply({ runs: [live(0)], removed: [], ownership: { owner: 'this' } }); // the tree has waited for an answer
  const notified = new Emitter<{ method: string; params: unknown }>();
  let deliver: (message: Message) => void = () => undefined;
  const relay = new PanelRelay(
    {
      request: async () => ({ watch: 1, snapshots: [] }),
      notify: () => undefined,
      onNotification: notified.event,
      onRestarted: new Emitter<void>().event,
    },
    {
      post: (message) => deliver(structuredClone(message)),
      start: () => ({ view: 'runs', runs: [run], filesUri: 'https://files' }),
      ready: () => undefined,
      act: async () => undefined,
    },
  );
  const page = { received: 0 };
  const transport = createTransport((message) => relay.receive(structuredClone(message)));
  deliver = transport.deliver;
  const connection = createMessageConnection(transport.reader, transport.writer);
  connection.onNotification(() => {
    page.received++;
  });
  connection.listen();
  await connection.sendRequest(panelReadyRequest, { version: panelVersion });
  await connection.sendRequest('selfsup/runs/watch', { runs: [run], points: 2000 });
  return { runs, notified, page, tree };
}

function live(step: number): RunSummary {
  return summary({
    id: run,
    state: 'running',
    loss: Math.exp(-step / 10_000),
    progress: {
      step,
      steps: 36_000,
      epoch: step / 100,
      epochs: 360,
      samplesPerSecond: 3000 + (step % 7),
      etaSeconds: (36_000 - step) / 10,
    },
    best: { knn: 0.9 },
  });
}

const change = (step: number) => ({
  runs: [live(step)],
  removed: [] as string[],
  ownership: { owner: 'this' } as const,
});

/** Ten steps, as a fast run has them between two messages. */
function delta(step: number): RunDelta {
  const steps = Array.from({ length: 10 }, (_, index) => step * 10 + index);
  return {
    run,
    series: ['loss', 'learningRate', 'gradientNorm'].map((name) => ({
      name,
      stage: 'pretrain',
      steps,
      epochs: steps.map((each) => each / 1000),
      times: steps.map((each) => 1_769_869_501_000 + each * 10),
      values: steps.map((each) => Math.sin(each)),
      total: step * 10,
    })),
  };
}
