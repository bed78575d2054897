import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Method } from '../../server/methods/method.ts';
import { methods } from '../../server/methods/registry.ts';
import { openCpu, openWebgpu } from '../../server/training/engine/compiledEngine.ts';
import { openReference } from '../../server/training/engine/eager.ts';
import type { Engine } from '../../server/training/engine/engine.ts';
import { initialState } from '../../server/training/engine/initialize.ts';
import { withSoftwareVulkan } from '../softwareVulkan.ts';
import { needsTable, needsText, type SmallSetting, small } from '../unit/methods/small.ts';

const steps = 20;

const mlp = { type: 'mlp', hidden: [12, 6] };
const convnet = { type: 'convnet', width: 4, size: 12 };
const transformer = { type: 'transformer', width: 16, depth: 1, heads: 2 };
const vit = { type: 'vit', patch: 4, width: 16, depth: 1, heads: 2 };
const encoders: Readonly<Record<string, SmallSetting['encoder']>> = {
  mae: vit,
  autoencoder: convnet,
  inpainting: convnet,
  colourisation: convnet,
  rotation: convnet,
  jigsaw: convnet,
  simclr: convnet,
  mocoV3: vit,
  byol: convnet,
  dino: vit,
  data2vec: vit,
  clm: { ...transformer, attention: 'causal' },
};

/** Largest relative difference of a loss. */
const tolerance = 1e-4;
/**
 * Adam divides a gradient by its own size: where the true gradient is zero, rounding alone decides about a whole
 * update. With these two that is seen in the loss, from step 3 (byol, up to 2e-3) and 14 (rotation, up to 5e-4) on, so
 * they are compared with an epsilon that such gradients do not reach.
 */
const epsilons: Readonly<Record<string, number>> = { byol: 1e-4, rotation: 1e-4 };

/** The method on a small network of a usual kind: convolutions, transformer or dense layers. */
function encoderOf(method: Method): SmallSetting['encoder'] {
  if (needsTable(method)) return { ...mlp, activation: 'tanh' };
  return encoders[method.name] ?? (needsText(method) ? transformer : mlp);
}

async function losses(engine: Engine, method: Method): Promise<number[]> {
  const {
    task,
    batch,
    definition: define,
  } = small(method, { encoder: encoderOf(method), batchSize: 8, side: 8 });
  const definition = define('adamw', epsilons[method.name]);
  const training = await engine.training(definition);
  await training.writeState(initialState(definition, 0));
  const found: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss } = await training.run(batch(step), {
      learningRate: 1e-3,
      targetMomentum: task.momentum?.(step / steps) ?? 0,
    });
    found.push(loss);
  }
  await training.dispose();
  return found;
}

function define(open: () => Promise<Engine>, name: string): void {
  for (const method of Object.values(methods))
    test(`${method.name}: ${steps} training steps on ${name} have the losses of the reference`, async () => {
      const [found, expected] = [
        await losses(await open(), method),
        await losses(await openReference(), method),
      ];
      // A cosine may pass through zero, where nothing is relative to it.
      const errors = found.map(
        (loss, step) => Math.abs(loss - expected[step]!) / Math.max(0.01, Math.abs(expected[step]!)),
      );
      errors.forEach((error, step) => {
        assert.ok(error < tolerance, `step ${step}: ${found[step]} instead of ${expected[step]}`);
      });
      assert.ok(new Set(expected).size > steps / 2, 'the losses move');
    });
}

withSoftwareVulkan(import.meta.url, () => define(openWebgpu, 'WebGPU'));
if (process.env.SELFSUP_SOFTWARE_VULKAN !== '1') define(() => openCpu({ threads: 1 }), 'the CPU');
