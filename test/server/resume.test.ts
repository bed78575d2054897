import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { randomAt } from '../../server/random.ts';
import { readMetrics } from '../../server/runFolder/metrics.ts';
import { SafetensorsFile } from '../../server/training/safetensors.ts';
import { type Ended, selfsup } from '../support/builtSelfsup.ts';
import { writeStripes } from '../support/smallImages.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** BYOL has everything a checkpoint must hold: moments, EMA target, running statistics, views, accumulation. */
const config = (images: string, labels: string) => `
name: resume
data: { images: ${images}, labels: ${labels} }
encoder: { type: convnet, width: 4, stages: 2, size: 16 }
pretext: { method: byol, projector: { hidden: 16, size: 8 }, predictor: { hidden: 8 }, views: { crop: [0.5, 1], noise: 0.1 } }
train: { epochs: 120, batchSize: 32, accumulate: 3, device: cpu, threads: 1, checkpointEvery: 0.05, warmupEpochs: 2 }
evaluate: { every: 60, preview: false }
export: { onnx: false, safetensors: false }
`;

async function tensorsOf(run: string): Promise<Map<string, string>> {
  const file = await SafetensorsFile.open(path.join(run, 'checkpoints', 'final.safetensors'));
  try {
    const tensors = new Map<string, string>();
    for (const name of file.tensors.keys())
      tensors.set(name, Buffer.from(new Uint8Array((await file.floats(name)).buffer)).toString('hex'));
    return tensors;
  } finally {
    await file.close();
  }
}

const lossesOf = (run: string) =>
  readMetrics(path.join(run, 'metrics.jsonl')).flatMap(({ step, values }) =>
    values.loss === undefined ? [] : [[step, values.loss]],
  );

const runFolder = ({ events, stderr }: Ended): string => {
  const done = events.at(-1);
  assert.equal(done?.event, 'done', stderr);
  return done.folder as string;
};

test('a run killed by SIGKILL at 20 random moments ends with the weights of an undisturbed one', async (t) => {
  const [calm, rough] = [temporaryFolder(t), temporaryFolder(t)];
  for (const folder of [calm, rough]) {
    const { images, labels } = writeStripes(folder, 400);
    writeFileSync(path.join(folder, 'resume.selfsup.yaml'), config(images, labels));
    writeFileSync(path.join(folder, 'package.json'), '{}'); // marks the workspace root: the runs stay in this folder
  }
  const whole = await selfsup(['train', 'resume.selfsup.yaml', '--json'], { cwd: calm });
  assert.equal(whole.code, 0, whole.stderr);

  const random = randomAt(0, 'kill');
  let ended = await killAfter(['train', 'resume.selfsup.yaml'], random.integer(40));
  for (let kills = 1; kills < 20; kills++) ended = await killAfter(['resume', 'latest'], random.integer(40));
  ended = await selfsup(['resume', 'latest', '--json'], { cwd: rough });
  assert.equal(ended.code, 0, ended.stderr);

  const [disturbed, undisturbed] = [runFolder(ended), runFolder(whole)];
  assert.deepEqual(await tensorsOf(disturbed), await tensorsOf(undisturbed));
  assert.deepEqual(lossesOf(disturbed), lossesOf(undisturbed), 'the loss curve reads as if never stopped');

  /** Kills the trainer after this many steps of its life. */
  async function killAfter(args: string[], steps: number): Promise<Ended> {
    let first: number | undefined;
    let killed = false;
    const result = await selfsup([...args, '--json'], {
      cwd: rough,
      onEvent({ event, step, run }) {
        if (event !== 'step' || killed) return;
        first ??= step as number;
        if ((step as number) < first + steps) return;
        killed = true;
        const record = readFileSync(path.join(rough, '.selfsup', 'runs', run as string, 'run.json'), 'utf8');
        process.kill(JSON.parse(record).process.pid, 'SIGKILL');
      },
    });
    assert.ok(killed, `The run ended before it could be killed: ${result.stderr}`);
    return result;
  }
});
