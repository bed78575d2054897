import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../server/nn/tf.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import { initialState } from '../../../server/training/engine/initialize.ts';
import { batchAt, exampleStep } from './exampleStep.ts';

const scalars = { learningRate: 0.01, targetMomentum: 0.9 };

test('a program computes on arrays, with some inputs bound beforehand', async () => {
  const engine = await openReference();
  const program = await engine.program(({ a, b }) => ({ sum: tf.add(a!, b!), same: a! }), {
    a: { shape: [2], dtype: 'float32' },
    b: { shape: [2], dtype: 'float32' },
  });
  await program.bind({ a: Float32Array.of(1, 2) });
  for (const shift of [10, 20]) {
    const { sum, same } = await program.run({ b: Float32Array.of(shift, shift) });
    assert.deepEqual([...sum!], [1 + shift, 2 + shift]);
    assert.deepEqual([...same!], [1, 2]);
    same!.fill(7); // the caller's own copy
  }
  await assert.rejects(program.run({}), /Input b is missing/);
  await assert.rejects(program.run({ c: Float32Array.of(1) }), /There is no input c; the inputs are a, b/);
  await program.dispose();
});

test('a step needs a state first, and one of the same model', async () => {
  const engine = await openReference();
  const definition = exampleStep();
  const step = await engine.training(definition);
  await assert.rejects(step.run(batchAt(0), scalars), /has no state yet/);
  const { weights, ...rest } = initialState(definition, 0);
  const { 'head/bias': _, ...fewer } = weights;
  await assert.rejects(step.writeState({ weights: fewer, ...rest }), /Weights: head\/bias is missing/);
  await step.dispose();
});

test('training keeps the number of tensors and lowers the loss', async () => {
  const engine = await openReference();
  const definition = exampleStep({ accumulate: 2 });
  const before = tf.memory().numTensors;
  const step = await engine.training(definition);
  await step.writeState(initialState(definition, 0));
  const held = tf.memory().numTensors;
  const losses: number[] = [];
  for (let i = 0; i < 200; i++) {
    losses.push((await step.run(batchAt(i % 2), scalars)).loss);
    assert.equal(tf.memory().numTensors, held, `after step ${i}`);
  }
  assert.ok(losses.at(-1)! < 0.7 * losses[0]!, `${losses[0]} -> ${losses.at(-1)}`);
  await step.dispose();
  assert.equal(tf.memory().numTensors, before);
});
