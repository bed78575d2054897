import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCpu, openWebgpu } from '../../../server/training/engine/compiledEngine.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import type { Engine, StepDefinition } from '../../../server/training/engine/engine.ts';
import { initialState } from '../../../server/training/engine/initialize.ts';
import { findTensorflow, openTensorflow } from '../../../server/training/engine/tensorflow.ts';
import { withSoftwareVulkan } from '../../softwareVulkan.ts';
import { assertResumesBitForBit, assertSameTraining, scalarsAt, train } from './compareSteps.ts';
import { batchAt, exampleStep } from './exampleStep.ts';

const definitions: Readonly<Record<string, StepDefinition>> = {
  'adamw with an EMA copy': exampleStep(),
  'clipped sgd over three batches': exampleStep({ accumulate: 3 }, { type: 'sgd', clipNorm: 0.5 }),
  lars: exampleStep({}, { type: 'lars' }),
  'adam with L2 decay': exampleStep({}, { type: 'adam' }),
};

function testDevice(name: string, open: () => Promise<Engine>, skip: string | false = false): void {
  for (const [title, definition] of Object.entries(definitions))
    test(`${name}: 20 steps of ${title} equal the reference`, { skip }, async () => {
      const expected = await train(await openReference(), definition);
      assert.equal(expected.state.updates, title.includes('three') ? 6 : 20);
      assertSameTraining(await train(await open(), definition), expected, 1e-5);
    });

  test(`${name}: a step that goes on from a saved state repeats every bit`, { skip }, async () => {
    const engine = await open();
    await assertResumesBitForBit(engine, exampleStep({ accumulate: 3 }));
    await assertResumesBitForBit(engine, exampleStep({}, { type: 'lars' }));
  });

  test(`${name}: a loss that is not finite is handed on, and an older state brings the model back`, {
    skip,
  }, async () => {
    const engine = await open();
    const definition = exampleStep({ accumulate: 2 });
    const step = await engine.training(definition);
    const start = initialState(definition, 0);
    await step.writeState(start);
    const bad = { ...batchAt(0), x: new Float32Array(30).fill(Number.NaN) };
    for (let i = 0; i < 2; i++) assert.ok(Number.isNaN((await step.run(bad, scalarsAt(0))).loss));
    await step.writeState(start);
    assert.deepEqual(await step.readState(), start);
    await assert.rejects(step.run({ x: batchAt(0).x }, scalarsAt(0)), /Input order is missing/);
    assert.ok(Number.isFinite((await step.run(batchAt(0), scalarsAt(0))).loss));
    await step.dispose();
  });
}

withSoftwareVulkan(import.meta.url, () => testDevice('webgpu', () => openWebgpu('software')));

if (process.env.SELFSUP_SOFTWARE_VULKAN !== '1') {
  testDevice('cpu', () => openCpu({ threads: 2 }));
  testDevice('reference', openReference);
  const missing = 'npm run build:tensorflow has not been run';
  testDevice('tensorflow', openTensorflow, findTensorflow() === undefined ? missing : false);
}

test('what cannot be trained is refused by name', async () => {
  const cpu = await openCpu();
  const frozen = exampleStep({ learningRateScale: () => 0 });
  await assert.rejects(cpu.training(frozen), /Every weight is frozen/);
  const untargeted = exampleStep({ hasTarget: () => false });
  await assert.rejects(cpu.training(untargeted), /encoder\/weight has no EMA copy/);
});
