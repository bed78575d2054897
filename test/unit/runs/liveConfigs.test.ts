import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { RunRecord } from '../../../server/protocol/run.ts';
import { LiveConfigs } from '../../../server/runs/liveConfigs.ts';
import type { StoredRun } from '../../../server/runs/store.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const text = (width: number): string => `data: { table: rows.csv }
encoder: { type: mlp, hidden: [${width}] }
pretext: { method: autoencoder }
`;

/** A workspace with a run of width 8 that is live. */
function workspace(t: TestContext) {
  const root = temporaryFolder(t);
  const file = path.join(root, 'x.selfsup.yaml');
  writeFileSync(path.join(root, 'package.json'), '{}');
  writeFileSync(path.join(root, 'rows.csv'), 'a,b\n1,2\n');
  const folder = path.join(root, '.selfsup', 'runs', 'a');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.yaml'), text(8));
  const record = { id: 'a', name: 'x', state: 'running', configFile: file, stages: {}, results: [] };
  return { file, run: { folder, record: record as unknown as RunRecord } satisfies StoredRun };
}

/** One window: looks at the config as after a start, until it has settled, and tells what it asked and started. */
async function window(t: TestContext, { file, run }: ReturnType<typeof workspace>, agree: boolean) {
  const asked: string[] = [];
  let started = 0;
  let looks = 0;
  let settled: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    settled = resolve;
  });
  const configs = new LiveConfigs({
    runsOf: () => [run],
    isOwn: () => true,
    mayTrain: () => true,
    policy: async () => {
      if (++looks === 2) settled(); // the second look is the one that acts
      return 'ask';
    },
    ask: async (_, question) => {
      asked.push(question);
      return agree;
    },
    update: () => undefined,
    start: async () => {
      started++;
    },
    notice: (_, level, notice) => assert.fail(`${level}: ${notice}`),
  });
  t.after(() => configs.close());
  configs.follow([file]);
  configs.reconsider(file);
  await done;
  await setImmediate();
  await configs.close();
  return { asked: asked.length, started };
}

it('a no is remembered by the next window, until the config changes again or somebody says yes', async (t) => {
  const here = workspace(t);
  writeFileSync(here.file, text(9));
  assert.deepEqual(await window(t, here, false), { asked: 1, started: 0 });
  assert.deepEqual(await window(t, here, true), { asked: 0, started: 0 }, 'the same change');
  writeFileSync(here.file, text(10));
  assert.deepEqual(await window(t, here, true), { asked: 1, started: 1 }, 'another change');
  writeFileSync(here.file, text(9));
  assert.deepEqual(
    await window(t, here, false),
    { asked: 1, started: 0 },
    'declined before something else ran',
  );
});
