import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCpu, openWebgpu } from '../../server/training/engine/compiledEngine.ts';
import { openReference } from '../../server/training/engine/eager.ts';
import type { Engine } from '../../server/training/engine/engine.ts';
import { initialState } from '../../server/training/engine/initialize.ts';
import { withSoftwareVulkan } from '../softwareVulkan.ts';
import { type TestedMethod, testedMethods } from '../unit/methods/settings.ts';
import { type SmallSetting, small } from '../unit/methods/small.ts';

const steps = 20;

/** Largest relative difference of a loss. */
const tolerance = 1e-4;

async function losses(
  engine: Engine,
  tested: TestedMethod,
  encoder: SmallSetting['encoder'],
): Promise<number[]> {
  const { task, batch, definition: define } = small(tested, { encoder, batchSize: 8, side: 8 });
  const definition = define('adamw', tested.setting.epsilon);
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
  const pairs = testedMethods.flatMap((tested) => tested.trained.map((encoder) => ({ tested, encoder })));
  for (const { tested, encoder } of pairs)
    test(`${tested.method.name} on a ${encoder.type}: ${steps} training steps on ${name} have the losses of the reference`, async () => {
      const [found, expected] = [
        await losses(await open(), tested, encoder),
        await losses(await openReference(), tested, encoder),
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
