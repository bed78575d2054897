// Memory of a long training on one device: it must not grow with the number of steps.
// Arguments: device (default cpu), benchmark model (default seed), steps (default 2000).
// Bundle and run: npx esbuild bench/step-memory.ts --bundle --platform=node --format=esm --main-fields=module,main \
//   --external:onnxruntime-node --outfile=dist/bench/step-memory.js && node --expose-gc dist/bench/step-memory.js webgpu
import * as tf from '../server/nn/tf.ts';
import type { DeviceName } from '../server/protocol/device.ts';
import { randomAt } from '../server/random.ts';
import { openEngine } from '../server/training/engine/devices.ts';
import type { StepDefinition } from '../server/training/engine/engine.ts';
import { initialState } from '../server/training/engine/initialize.ts';
import { buildBench, models } from './models.ts';

const [device = 'cpu', name = 'seed', count = '2000'] = process.argv.slice(2);
const steps = Number(count);
const model = models[name]!;
const { engine, reason } = await openEngine({ device: device as DeviceName });
console.log(`${engine.description}. ${reason}`);
const { task, parameters } = buildBench(model);
const definition: StepDefinition = {
  parameters,
  hasTarget: () => true, // an EMA copy of everything: the most state that a method can have
  inputs: task.inputs,
  loss: (forward, inputs) => task.loss(forward, inputs),
  optimizer: {
    type: model.optimizer,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    momentum: 0.9,
    weightDecay: 0.01,
    trust: 0.001,
    clipNorm: 1,
  },
};
const step = await engine.training(definition);
await step.writeState(initialState(definition, 0));
const size = model.batchSize * model.sample.shape.reduce((product, length) => product * length, 1);
const views = task.views.map((_, view) => {
  const random = randomAt(0, `view${view}`);
  return Float32Array.from({ length: size }, () => random.uniform());
});
const indices = Int32Array.from({ length: model.batchSize }, (_, i) => i);
const batch = { views, indices, epoch: 0, progress: 0 };
for (let i = 1; i <= steps; i++) {
  const inputs = task.prepare(batch, randomAt(0, 'prepare', i));
  const { loss } = await step.run(inputs, { learningRate: model.learningRate, targetMomentum: 0.99 });
  if (i % Math.ceil(steps / 8) !== 0) continue;
  globalThis.gc?.();
  const { rss, arrayBuffers } = process.memoryUsage();
  const tensors = tf.memory().numTensors;
  console.log(
    `step ${i}: loss ${loss.toFixed(5)}, RSS ${(rss / 2 ** 20).toFixed(0)} MiB, ` +
      `array buffers ${(arrayBuffers / 2 ** 20).toFixed(1)} MiB, ${tensors} tensors`,
  );
}
await step.dispose();
process.exit(0);
