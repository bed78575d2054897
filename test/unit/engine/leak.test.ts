import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../server/nn/tf.ts';
import { openCpu } from '../../../server/training/engine/compiledEngine.ts';
import { initialState } from '../../../server/training/engine/initialize.ts';
import { scalarsAt } from './compareSteps.ts';
import { batchAt, exampleStep } from './exampleStep.ts';

const megabyte = 2 ** 20;

/** What `run` leaves behind in 300 calls, after the heap has found its size. */
async function left(
  run: (call: number) => Promise<unknown>,
): Promise<{ tensors: number; megabytes: number }> {
  for (let i = 0; i < 150; i++) await run(i);
  const [tensors, resident] = [tf.engine().state.numTensors, process.memoryUsage.rss()];
  for (let i = 0; i < 300; i++) await run(i);
  return {
    tensors: tf.engine().state.numTensors - tensors,
    megabytes: (process.memoryUsage.rss() - resident) / megabyte,
  };
}

test('300 runs of a compiled program keep nothing', async () => {
  const engine = await openCpu({ threads: 1 });
  const size = 256;
  const matrix = { shape: [size, size], dtype: 'float32' } as const;
  const program = await engine.program(({ x, w }) => ({ y: tf.matMul(x!, w!), z: tf.relu(x!) }), {
    x: matrix,
    w: matrix,
  });
  const x = new Float32Array(size * size).fill(1);
  await program.bind({ w: x });
  const { tensors, megabytes } = await left(() => program.run({ x })); // makes 150 MB of outputs
  await program.dispose();
  assert.equal(tensors, 0);
  assert.ok(megabytes < 100, `grew by ${megabytes.toFixed(1)} MB`);
});

test('300 compiled training steps keep nothing', async () => {
  const definition = exampleStep();
  const step = await (await openCpu({ threads: 1 })).training(definition);
  await step.writeState(initialState(definition, 0));
  const { tensors, megabytes } = await left((call) => step.run(batchAt(call), scalarsAt(call)));
  await step.dispose();
  assert.equal(tensors, 0);
  assert.ok(megabytes < 40, `grew by ${megabytes.toFixed(1)} MB`);
});
