/**
 * The benchmark's training steps in Selfsup. usage: steps MODEL THREADS
 * Prints one JSON line when ready, then for each line N on standard input runs N steps and prints the seconds.
 */
import { createInterface } from 'node:readline';
import { randomAt } from '../server/random.ts';
import { openEngine } from '../server/training/engine/devices.ts';
import type { StepDefinition } from '../server/training/engine/engine.ts';
import { initialState } from '../server/training/engine/initialize.ts';
import { buildBench, models } from './models.ts';

const [name = '', threads = '2', device = 'cpu'] = process.argv.slice(2);
const model = models[name];
if (!model) throw new Error(`Unknown model ${name}; there are ${Object.keys(models).join(', ')}.`);

const { task, parameters } = buildBench(model);
const definition: StepDefinition = {
  parameters,
  inputs: task.inputs,
  loss: (forward, inputs) => task.loss(forward, inputs),
  optimizer: {
    type: model.optimizer,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    momentum: 0.9,
    weightDecay: model.optimizer === 'adamw' ? 1e-4 : 0,
    trust: 0.001,
    clipNorm: 0,
  },
};
const { engine } = await openEngine({ device: device as 'cpu', threads: Number(threads) });
const step = await engine.training(definition);
await step.writeState(initialState(definition, 0));

const size = model.sample.shape.reduce((a, b) => a * b, model.batchSize);
const random = randomAt(0, 'bench');
const views = task.views.map(() => Float32Array.from({ length: size }, () => random.uniform()));
const indices = Int32Array.from({ length: model.batchSize }, (_, i) => i);
const batch = { views, indices, epoch: 0, progress: 0 };

const count = parameters
  .filter((p) => p.kind === 'weight')
  .reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0);
console.log(
  JSON.stringify({ peer: `Selfsup, ${engine.description}`, samples: model.batchSize, parameters: count }),
);
let total = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  let prepare = 0;
  let loss = Number.NaN;
  for (let i = 0; i < Number(line); i++) {
    const before = performance.now();
    const inputs = task.prepare(batch, randomAt(0, 'prepare', total++));
    prepare += performance.now() - before;
    loss = (await step.run(inputs, { learningRate: model.learningRate, targetMomentum: 0 })).loss;
  }
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, prepare: prepare / 1000, loss }));
}
await engine.dispose();
