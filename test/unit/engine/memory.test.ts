import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { dense } from '../../../server/nn/dense.ts';
import { mse } from '../../../server/nn/losses.ts';
import { Scope } from '../../../server/nn/parameters.ts';
import { openCpu } from '../../../server/training/engine/compiledEngine.ts';
import type { Engine, StepDefinition } from '../../../server/training/engine/engine.ts';
import { initialState } from '../../../server/training/engine/initialize.ts';
import { findTensorflow, openTensorflow } from '../../../server/training/engine/tensorflow.ts';
import { options } from './exampleStep.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** One leaked copy of the weight a step would be 128 KiB: 188 MiB over 1,500 steps, 56 MiB over 450. */
function wideStep(): StepDefinition {
  const scope = new Scope();
  const layer = dense(scope.child('layer'), 128, 256);
  return {
    parameters: scope.parameters,
    hasTarget: () => true,
    inputs: { x: { shape: [2, 128], dtype: 'float32' }, y: { shape: [2, 256], dtype: 'float32' } },
    optimizer: options,
    loss: (forward, { x, y }) => ({ loss: mse(layer(forward, x!), y!) }),
  };
}

async function growth(engine: Engine, steps: number): Promise<number> {
  const definition = wideStep();
  const step = await engine.training(definition);
  await step.writeState(initialState(definition, 0));
  const batch = { x: new Float32Array(256).fill(1), y: new Float32Array(512).fill(2) };
  const megabytes = (): number => {
    collectGarbage();
    return process.memoryUsage.rss() / 2 ** 20;
  };
  let before = 0;
  for (let i = 1; i <= steps; i++) {
    await step.run(batch, { learningRate: 1e-3, targetMomentum: 0.9 });
    if (i === steps / 4) before = megabytes();
  }
  const grown = megabytes() - before;
  await step.dispose();
  return grown;
}

const missing = findTensorflow() === undefined ? 'npm run build:tensorflow has not been run' : false;
// The slow devices run 2,000 steps in bench/step-memory.ts.
for (const [name, open, steps, skip] of [
  ['cpu', openCpu, 2000, false],
  ['tensorflow', openTensorflow, 600, missing],
] as const)
  test(`${name}: memory stays flat over ${steps} steps`, { skip }, async () => {
    const grown = await growth(await open(), steps);
    assert.ok(grown < 32, `resident memory grew by ${grown.toFixed(0)} MiB after the first quarter`);
  });
