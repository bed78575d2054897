import assert from 'node:assert/strict';
import test from 'node:test';
import type { TrainerEvent } from '../../server/protocol/run.ts';
import { readMetrics } from '../../server/runFolder/metrics.ts';
import { readRun, runPaths } from '../../server/runFolder/runFolder.ts';
import { RunStore } from '../../server/runs/store.ts';
import { TrainerProcess } from '../../server/runs/trainerProcess.ts';
import { writeStripes } from '../support/smallImages.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

type Named<Name> = Extract<TrainerEvent, { event: Name }>;

/** The next event of this name. */
function next<Name extends TrainerEvent['event']>(trainer: TrainerProcess, name: Name): Promise<Named<Name>> {
  return new Promise((resolve) => {
    const quiet = trainer.onEvent((event) => {
      if (event.event !== name) return;
      quiet();
      resolve(event as Named<Name>);
    });
  });
}

test('a setting changed on a live run holds from the next step on, survives a kill, and is on the record', async (t) => {
  const folder = temporaryFolder(t);
  const { images, labels } = writeStripes(folder, 100);
  const hashes = { pretrain: 'p', evaluate: 'e', downstream: 'd', export: 'x' };
  const { folder: run } = new RunStore(folder).create({
    name: 'live',
    configFile: `${folder}/live.selfsup.yaml`,
    config: `
data: { images: ${images}, labels: ${labels} }
encoder: { type: mlp, hidden: [16] }
pretext: { method: autoencoder }
train: { epochs: 2000, batchSize: 16, learningRate: 0.01, schedule: constant, warmupEpochs: 0, device: cpu, checkpointEvery: 3600 }
evaluate: { every: 100, preview: false }
export: { onnx: false }
`,
    hashes,
    selfsup: '0.1.0',
  });
  const task = { task: 'train', runFolder: run, reuse: {}, keepAlive: false } as const;

  const first = TrainerProcess.start();
  t.after(() => first.kill());
  const ended = assert.rejects(first.run(task));
  const { memory } = await next(first, 'step');
  assert.ok(memory! > 10e6, 'the step tells the memory of the process');
  const changing = next(first, 'changed');
  first.update({ train: { learningRate: 0.001 } });
  const { change } = await changing;
  await next(first, 'checkpoint');
  await first.kill();
  await ended;
  assert.equal(change.text, 'train.learningRate: 0.01 -> 0.001');
  assert.deepEqual(readRun(run).history, [change]);

  const second = TrainerProcess.start();
  t.after(() => second.kill());
  const outcome = second.run(task);
  const { epoch, steps } = await next(second, 'step');
  assert.equal(steps, 10000);
  const shortening = next(second, 'changed');
  const epochs = epoch + 300; // more than it can train before it hears of it
  second.update({ train: { epochs } });
  const { change: shortened } = await shortening;
  assert.equal((await outcome).state, 'finished');
  await second.close();

  const record = readRun(run);
  assert.deepEqual(record.history, [change, shortened]);
  assert.notEqual(record.hashes.pretrain, hashes.pretrain, 'no other run may take this pretraining over');
  const metrics = readMetrics(runPaths(run).metrics).filter(
    ({ values }) => values.learningRate !== undefined,
  );
  assert.equal(metrics.at(-1)?.step, 5 * epochs);
  for (const { step, values } of metrics)
    assert.equal(values.learningRate, step <= change.step ? 0.01 : 0.001, `step ${step}`);
});
