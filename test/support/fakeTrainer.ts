import { existsSync, readFileSync, watch } from 'node:fs';
import path from 'node:path';
import type { MetricLine, Result, Variant } from '../../server/protocol/run.ts';
import type {
  DataFacts,
  Estimate,
  InputProblem,
  PreviewTask,
  TrainTask,
} from '../../server/protocol/trainer.ts';
import { DiskError } from '../../server/runFolder/atomic.ts';
import { RunWriter, runPaths } from '../../server/runFolder/runFolder.ts';
import { serveTrainer, type TaskControl, type TaskHandlers } from '../../server/training/connection.ts';

/**
 * A trainer without tensors behind the real connection and the real run folder. What it does is the first word of the
 * run's name: finish, hang, stubborn, crash, exit, throw, disk, data, outlive (until a crash).
 */
export function serveFakeTrainer(): void {
  serveTrainer(fakeHandlers);
}

export const fakeFacts: DataFacts = {
  modality: 'image',
  shape: [8, 8, 1],
  count: 1000,
  train: 800,
  test: 200,
  classes: ['a', 'b'],
  trainPerClass: [400, 400],
  unlabelled: 0,
  skipped: [{ name: 'broken.png', reason: 'truncated' }],
  fingerprint: 'f00d',
  summary: '1,000 images 8x8x1 in 2 classes',
};

export const fakeEstimate: Estimate = {
  parameters: { encoder: 1000, all: 1500 },
  activationBytes: 4096,
  stepsPerEpoch: 10,
  stepMs: 12,
  device: 'cpu',
};

/** The user's mistake, as the data room reports it. */
class FakeDataError extends Error {
  override readonly name = 'DataError';
  readonly problem: InputProblem = {
    key: ['data', 'images'],
    where: 'pictures',
    found: 'an empty folder',
    expected: 'at least one picture',
    fix: 'Put pictures there.',
  };
}

const value = (variant: Variant, value: number): Result => {
  const about = { metric: 'linearProbe', split: 'test', labelsPerClass: 'all', protocol: 'fake' } as const;
  return { ...about, variant, value, std: 0.002, draws: 5 };
};
export const fakeResults = [value('pretrained', 0.97), value('rawInput', 0.9)];

const fakeHandlers: TaskHandlers = {
  inspect: async ({ config }) => {
    if (String(config.name).startsWith('data')) throw new FakeDataError('pictures: found an empty folder');
    return { facts: fakeFacts };
  },
  preview: fakePreview,
  estimate: async () => ({ estimate: fakeEstimate }),
  train: fakeTraining,
  evaluate: async () => ({ results: fakeResults, verdict: { state: 'healthy', summary: 'It is healthy.' } }),
  embed: async ({ runFolder, format }) => {
    return { files: [path.join(runFolder, `features.${format}`)], count: 1000, size: 16 };
  },
  export: async ({ runFolder, formats }) => ({
    files: formats.map((name) => path.join(runFolder, `encoder.${name}`)),
  }),
  doctor: async () => ({
    devices: [
      { device: 'cpu', available: true, detail: 'ONNX Runtime', probeMs: 1.5 },
      { device: 'cuda', available: false, detail: 'no GPU' },
    ],
    notes: ['A note.'],
  }),
};

/** Says who drew it, and when: crash dies instead; hang waits until a file `go` lies in the folder of the images. */
let drawn = 0;
async function fakePreview({ config, samples }: PreviewTask) {
  const name = String(config.name);
  if (name.startsWith('crash')) process.kill(process.pid, 'SIGKILL');
  if (name.startsWith('hang')) await fileAppears((config.data as { images: string }).images, 'go');
  drawn += 1;
  const summary = `${name} ${samples} ${process.pid} ${drawn}`;
  return { preview: { method: 'fake', summary, blocks: [], took: 1 } };
}

async function fakeTraining(task: TrainTask, control: TaskControl) {
  const folder = task.runFolder;
  const name = (JSON.parse(readFileSync(runPaths(folder).record, 'utf8')) as { name: string }).name;
  if (name.startsWith('throw')) throw new Error('a bug of ours');
  if (name.startsWith('data')) throw new FakeDataError('pictures: found an empty folder');
  const run = RunWriter.open(folder).begin();
  run.log('info', `keepAlive ${task.keepAlive}, reuse ${JSON.stringify(task.reuse)}`);
  control.report({
    event: 'data',
    summary: fakeFacts.summary,
    train: 800,
    test: 200,
    skipped: fakeFacts.skipped,
  });
  control.report({ event: 'device', device: 'cpu', description: 'fake', reason: 'the only one' });
  run.update({ state: 'running' });
  control.report({ event: 'stage', stage: 'pretrain', title: 'Pretrain', state: 'started', steps: 4 });
  for (let step = 1; step <= 4; step++) {
    const line: MetricLine = {
      time: Date.now(),
      stage: 'pretrain',
      step,
      epoch: step / 2,
      values: { loss: 1 / step },
    };
    run.metric(line);
    control.report({ event: 'metrics', line });
    control.report({
      event: 'step',
      stage: 'pretrain',
      step,
      steps: 4,
      epoch: step / 2,
      epochs: 2,
      loss: 1 / step,
      learningRate: 0.1,
      samplesPerSecond: 1234,
      etaSeconds: 4 - step,
    });
  }
  if (name.startsWith('crash')) process.kill(process.pid, 'SIGKILL');
  if (name.startsWith('exit')) await lastWords();
  if (name.startsWith('stubborn')) await new Promise(() => undefined);
  if (name.startsWith('disk')) {
    run.end('failed', 'the disk is full');
    throw new DiskError('checkpoints: the disk is full');
  }
  if (name.startsWith('hang')) await stopped(control);
  if (name.startsWith('outlive')) await fileAppears(folder, 'go');
  if (name.endsWith('until a crash')) await lastWords();
  const changes = control.takeChanges();
  if (changes !== undefined) run.log('info', `changes ${JSON.stringify(changes)}`);
  if (control.signal.aborted) {
    run.end('stopped', String(control.signal.reason));
    return { state: 'stopped', reason: String(control.signal.reason), results: [] } as const;
  }
  control.report({ event: 'stage', stage: 'pretrain', title: 'Pretrain', state: 'finished' });
  run.update({
    results: fakeResults,
    verdict: { state: 'healthy', summary: 'It is healthy.' },
    stages: { pretrain: { state: 'finished' } },
  });
  run.end('finished');
  return { state: 'finished', results: fakeResults } as const;
}

async function lastWords(): Promise<never> {
  process.stderr.write('terminate called: no such device\n', () => process.exit(7));
  return new Promise(() => undefined);
}

function stopped({ signal }: TaskControl): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function fileAppears(folder: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => look());
    const look = () => {
      if (!existsSync(path.join(folder, name))) return;
      watcher.close();
      resolve();
    };
    look();
  });
}
