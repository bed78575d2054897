import type { Config } from '../config/schema.ts';
import type { TrainConfig } from '../config/train.ts';
import type { Parameter } from '../nn/parameters.ts';
import type { Estimate } from '../protocol/trainer.ts';
import { randomAt } from '../random.ts';
import { viewKeys } from '../training/data/dataset.ts';
import { activationBytes } from '../training/engine/activations.ts';
import { openEngine } from '../training/engine/devices.ts';
import type { Engine } from '../training/engine/engine.ts';
import { initialState } from '../training/engine/initialize.ts';
import { sizeOf } from '../training/engine/layout.ts';
import { TrainingError } from './errors.ts';
import { buildModel } from './model.ts';
import { openData } from './openData.ts';
import { pretrainStep } from './pretrain.ts';
import { createSampler } from './sampler.ts';

/** Steps that are timed, after a first one that warms up. */
const timedSteps = 7;
/** No further step is begun after this time (ms). */
const patience = 2000;

/** The `estimate` task: what a config costs, by building its model and taking a few of its steps. */
export async function estimate(config: Config): Promise<Estimate> {
  const { batchSize } = config.train;
  const [{ dataset, loader, rows }, engine] = await Promise.all([openData(config), engineOf(config.train)]);
  try {
    const count = dataset.split.train.length;
    if (count < batchSize)
      throw new TrainingError(`train.batchSize is ${batchSize}, but there are ${count} training samples.`);
    const model = buildModel(config, dataset, rows);
    const definition = pretrainStep({ config, model });
    const sampler = createSampler(dataset.split.train, batchSize, config.seed);
    const keys = viewKeys(model.task.views);
    const load = async (step: number) => {
      const { epoch, indices } = sampler.batch(step);
      return { indices, views: await loader.load(indices, keys, epoch), epoch, progress: 0 };
    };
    const training = await engine.training(definition);
    try {
      await training.writeState(initialState(definition, config.seed));
      let next = load(0);
      const times: number[] = [];
      const start = performance.now();
      for (let step = 0; step <= timedSteps && performance.now() - start < patience; step++) {
        const from = performance.now();
        const batch = await next;
        next = load(step + 1); // ahead of the step, as in a training
        const inputs = model.task.prepare(batch, randomAt(config.seed, 'prepare', step));
        await training.run(inputs, { learningRate: 0, targetMomentum: 1 });
        times.push(performance.now() - from);
      }
      await next;
      return {
        parameters: { encoder: weightCount(model.encoderParameters), all: weightCount(model.parameters) },
        activationBytes: activationBytes(definition),
        stepsPerEpoch: sampler.stepsPerEpoch,
        stepMs: median(times.length > 1 ? times.slice(1) : times),
        device: engine.device,
      };
    } finally {
      await training.dispose();
    }
  } finally {
    await loader.dispose();
  }
}

let opened: { readonly key: string; readonly engine: Promise<Engine> } | undefined;

/** The device is found and proved once: that can take longer than the estimate. */
function engineOf({ device, threads }: TrainConfig): Promise<Engine> {
  const key = `${device} ${threads}`;
  if (opened?.key === key) return opened.engine;
  opened?.engine.then(
    (engine) => engine.dispose(),
    () => {}, // was reported when it was opened
  );
  const engine = openEngine({ device, ...(threads !== undefined && { threads }) }).then(
    (found) => found.engine,
  );
  opened = { key, engine };
  engine.catch(() => {
    if (opened?.key === key) opened = undefined;
  });
  return engine;
}

function weightCount(parameters: readonly Parameter[]): number {
  return parameters
    .filter(({ kind }) => kind === 'weight')
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
