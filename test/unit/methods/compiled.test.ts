import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InputArray, Method } from '../../../server/methods/method.ts';
import { methods } from '../../../server/methods/registry.ts';
import type { Named } from '../../../server/nn/parameters.ts';
import { openCpu } from '../../../server/training/engine/compiledEngine.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import type { Engine, StepDefinition, StepResult } from '../../../server/training/engine/engine.ts';
import { createForward } from '../../../server/training/engine/forward.ts';
import { initialState } from '../../../server/training/engine/initialize.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { type Built, build, image, plainBatch, table } from './tiny.ts';

const convnet = { type: 'convnet', width: 4, size: 12 };
const mlp = { type: 'mlp', hidden: [12, 6], activation: 'tanh' };
const vit = { type: 'vit', patch: 4, width: 16, depth: 1, heads: 2 };
const colour = { name: 'colour', kind: 'categorical', start: 0, length: 3 } as const;
const numbers = [3, 4, 5].map((start) => ({ name: `${start}`, kind: 'numeric', start, length: 1 }) as const);

const encoderOf: Record<string, object[]> = {
  autoencoder: [mlp, convnet, vit],
  denoising: [mlp, convnet],
  mae: [vit, { ...vit, pool: 'class' }],
  vime: [mlp],
  scarf: [mlp],
};

const batchSize = 12;
const steps = 4;

function start(method: Method, encoder: object): Built {
  const isTable = !method.modalities.includes('image');
  const rows = { count: 20, values: normals([20, 6], 'rows').dataSync() as Float32Array };
  return build(method, isTable ? table(6) : image(12, 12, 1), {
    encoder: encoder as { type: string },
    batchSize,
    options: 'projector' in method.options.shape ? { projector: { hidden: 10, size: 8 } } : {},
    ...(isTable && { rows, columns: [colour, ...numbers] }),
  });
}

function batchOf({ task, random }: Built, step: number, isTable: boolean): Named<InputArray> {
  return task.prepare(plainBatch(batchSize, isTable ? [6] : [12, 12, 1], task.views.length), random(step));
}

/** Losses, metrics and gradient norms of the first steps. */
async function train(engine: Engine, built: Built, isTable: boolean): Promise<StepResult[]> {
  const { task, parameters } = built;
  const definition: StepDefinition = {
    parameters,
    inputs: task.inputs,
    loss: task.loss,
    hasTarget: ({ name }) => (task.targets ?? []).some((path) => name.startsWith(`${path}/`)),
    optimizer: {
      // Adam divides by the gradient's size, which turns rounding of tiny gradients into whole updates.
      type: 'sgd',
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
  const results: StepResult[] = [];
  for (let step = 0; step < steps; step++)
    results.push(
      await training.run(batchOf(built, step, isTable), {
        learningRate: 1e-2,
        targetMomentum: task.momentum?.(step / steps) ?? 0,
      }),
    );
  await training.dispose();
  return results;
}

/** What is measured and drawn, on the untrained model. */
async function look(engine: Engine, built: Built, isTable: boolean): Promise<Named<InputArray>> {
  const { task, parameters, forward: values } = built;
  const names = parameters.map(({ name }) => name);
  const inputs = {
    ...task.inputs,
    ...Object.fromEntries(parameters.map(({ name, shape }) => [name, { shape, dtype: 'float32' } as const])),
    plain: { shape: [batchSize, ...(isTable ? [6] : [12, 12, 1])], dtype: 'float32' } as const,
  };
  const program = await engine.program((tensors) => {
    const { forward } = createForward(tensors, { training: false });
    return { ...task.embeddings?.(forward, tensors.plain!), ...task.reconstruct?.(forward, tensors) };
  }, inputs);
  const plain = normals(inputs.plain.shape, 'plain').dataSync() as Float32Array;
  const weights = names.map((name) => [name, values.values[name]!.dataSync() as Float32Array]);
  await program.bind(Object.fromEntries(weights));
  const result = await program.run({ ...batchOf(built, 0, isTable), plain });
  await program.dispose();
  return result;
}

const [compiled, reference] = [await openCpu({ threads: 1 }), await openReference()];

for (const method of Object.values(methods)) {
  for (const encoder of encoderOf[method.name] ?? [mlp, convnet]) {
    const title = `${method.name} on ${JSON.stringify(encoder)}`;
    const isTable = !method.modalities.includes('image');

    test(`${title}: ${steps} compiled training steps equal the reference`, async () => {
      const built = start(method, encoder);
      const [found, expected] = [
        await train(compiled, built, isTable),
        await train(reference, built, isTable),
      ];
      for (const pick of ['loss', 'gradientNorm'] as const)
        assertClose(
          found.map((r) => r[pick]),
          expected.map((r) => r[pick]),
          2e-4,
          pick,
        );
      for (const name of Object.keys(expected[0]!.metrics))
        assertClose(
          found.map((r) => r.metrics[name]!),
          expected.map((r) => r.metrics[name]!),
          2e-4,
          name,
        );
      assert.ok(expected.every(({ loss }) => Number.isFinite(loss)));
    });

    if (start(method, encoder).task.embeddings || start(method, encoder).task.reconstruct)
      test(`${title}: compiled embeddings and pictures equal the reference`, async () => {
        const built = start(method, encoder);
        const [found, expected] = [
          await look(compiled, built, isTable),
          await look(reference, built, isTable),
        ];
        assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort());
        for (const [name, array] of Object.entries(expected)) assertClose(found[name]!, array, 1e-4, name);
      });
  }
}
