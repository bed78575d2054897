import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Method } from '../../server/methods/method.ts';
import { methods } from '../../server/methods/registry.ts';
import { openCpu, openWebgpu } from '../../server/training/engine/compiledEngine.ts';
import { openReference } from '../../server/training/engine/eager.ts';
import type { Engine, StepDefinition } from '../../server/training/engine/engine.ts';
import { initialState } from '../../server/training/engine/initialize.ts';
import { withSoftwareVulkan } from '../softwareVulkan.ts';
import { normals } from '../support/numeric.ts';
import { type Built, build, image, plainBatch, table } from '../unit/methods/tiny.ts';

/** The GPU of these tests is made of software, and slow. */
const stepsOn = { cpu: 20, webgpu: 8 } as const;
const batchSize = 8;
const side = 8;
const columns = [
  { name: 'colour', kind: 'categorical', start: 0, length: 3 } as const,
  ...[3, 4, 5].map((start) => ({ name: `${start}`, kind: 'numeric', start, length: 1 }) as const),
];

const convnet = { type: 'convnet', width: 4, size: 12 };
const vit = { type: 'vit', patch: 4, width: 16, depth: 1, heads: 2 };
const encoders: Readonly<Record<string, { type: string }>> = {
  mae: vit,
  autoencoder: convnet,
  rotation: convnet,
  simclr: convnet,
  byol: convnet,
};

/**
 * Largest relative difference of a loss. Adam divides a gradient by its own size: where the true gradient is zero,
 * rounding alone decides about a whole update. With these two that is seen in the loss, from step 3 (byol) and 14
 * (rotation) on; with an epsilon of 1e-4 in Adam, or with SGD, byol too stays below 2e-6.
 */
const tolerance: Readonly<Record<string, number>> = { byol: 2e-3, rotation: 5e-4 };

const isTable = (method: Method): boolean => !method.modalities.includes('image');

/** The method on a small network of a usual kind: convolutions, transformer or dense layers. */
function start(method: Method): Built {
  const options = 'projector' in method.options.shape ? { projector: { hidden: 10, size: 8 } } : {};
  if (isTable(method)) {
    const rows = { count: 20, values: normals([20, 6], 'rows').dataSync() as Float32Array };
    const encoder = { type: 'mlp', hidden: [12, 6], activation: 'tanh' };
    return build(method, table(6), { encoder, batchSize, options, rows, columns });
  }
  const encoder = encoders[method.name] ?? { type: 'mlp', hidden: [12, 6] };
  return build(method, image(side, side, 1), { encoder, batchSize, options });
}

async function losses(engine: Engine, method: Method, steps: number): Promise<number[]> {
  const { task, parameters, random } = start(method);
  const definition: StepDefinition = {
    parameters,
    inputs: task.inputs,
    loss: task.loss,
    hasTarget: ({ name }) => (task.targets ?? []).some((path) => name.startsWith(`${path}/`)),
    optimizer: {
      type: 'adamw',
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      momentum: 0.9,
      weightDecay: 1e-4,
      trust: 0.001,
      clipNorm: 0,
    },
  };
  const training = await engine.training(definition);
  await training.writeState(initialState(definition, 0));
  const found: number[] = [];
  for (let step = 0; step < steps; step++) {
    const plain = plainBatch(batchSize, isTable(method) ? [6] : [side, side, 1], task.views.length);
    const { loss } = await training.run(task.prepare(plain, random(step)), {
      learningRate: 1e-3,
      targetMomentum: task.momentum?.(step / steps) ?? 0,
    });
    found.push(loss);
  }
  await training.dispose();
  return found;
}

function define(open: () => Promise<Engine>, name: string, steps: number): void {
  for (const method of Object.values(methods))
    test(`${method.name}: ${steps} training steps on ${name} have the losses of the reference`, async () => {
      const [found, expected] = [
        await losses(await open(), method, steps),
        await losses(await openReference(), method, steps),
      ];
      // A cosine may pass through zero, where nothing is relative to it.
      const errors = found.map(
        (loss, step) => Math.abs(loss - expected[step]!) / Math.max(0.01, Math.abs(expected[step]!)),
      );
      errors.forEach((error, step) => {
        assert.ok(
          error < (tolerance[method.name] ?? 1e-4),
          `step ${step}: ${found[step]} instead of ${expected[step]}`,
        );
      });
      assert.ok(new Set(expected).size > steps / 2, 'the losses move');
    });
}

withSoftwareVulkan(import.meta.url, () => define(openWebgpu, 'WebGPU', stepsOn.webgpu));
if (process.env.SELFSUP_SOFTWARE_VULKAN !== '1')
  define(() => openCpu({ threads: 1 }), 'the CPU', stepsOn.cpu);
