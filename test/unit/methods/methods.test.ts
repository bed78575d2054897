import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { SampleShape } from '../../../server/encoders/encoder.ts';
import { methods } from '../../../server/methods/registry.ts';
import type { Named } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { packageRoot } from '../../../server/packageRoot.ts';
import { randomAt } from '../../../server/random.ts';
import { transforms } from '../../../server/views/registry.ts';
import { normals, relativeError } from '../../support/numeric.ts';
import { smooth } from './setting.ts';
import { missingSetting, readSetting, type TestedMethod, testedMethods, untested } from './settings.ts';
import { drawRows, sampleOf } from './small.ts';
import { type Built, build, drawSamples, image, plainBatch, tensors } from './tiny.ts';

const shape = [8, 8, 1];
const heads = { projector: { hidden: 6, size: 5 } };
const dense = smooth.mlp;
const batchSize = 6;

interface Ready extends Built {
  readonly inputs: (step: number) => Named<tf.Tensor>;
  readonly sample: SampleShape;
}

function ready({ method, setting, modality, smooth }: TestedMethod): Ready {
  const sample = sampleOf(modality, 8, setting.channels);
  const rows = modality === 'table' && { rows: drawRows(6, 30) };
  const built = build(method, sample, { ...smooth, ...rows, batchSize });
  const batch = plainBatch(batchSize, sample, built.task.views);
  return {
    ...built,
    sample,
    inputs: (step) => tensors(built.task, built.task.prepare(batch, built.random(step))),
  };
}

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Record<string, JsonSchema>;
}

/** Every key, nested ones too, says what it means. */
function assertDescribed(schema: JsonSchema, path: string): void {
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    assert.ok(value.description, `${path}.${key} has no description`);
    assertDescribed(value, `${path}.${key}`);
  }
}

test('the registry names every method by its own name', () => {
  for (const [name, method] of Object.entries(methods)) assert.equal(method.name, name);
});

test('every method has its settings here and a test of its own', () => {
  assert.deepEqual(untested.map(missingSetting), []);
  const folder = path.join(packageRoot(), 'test', 'unit', 'methods');
  const own = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'));
  const without = Object.keys(methods).filter(
    (name) => !own.some((source) => source.includes(`/methods/${name}.ts'`)),
  );
  assert.deepEqual(without.map(missingSetting), []);
  const left = readdirSync(path.join(folder, 'settings')).filter(
    (name) => !(path.parse(name).name in methods),
  );
  assert.deepEqual(left, [], 'settings of methods that the registry does not have');
});

test('a method without settings is noticed, and told what to add', async () => {
  assert.equal(await readSetting('unheardOf'), undefined);
  assert.match(missingSetting('unheardOf'), /write test\/unit\/methods\/settings\/unheardOf\.ts with/);
});

for (const tested of testedMethods) {
  const { method, setting } = tested;

  test(`${method.name}: options have defaults and descriptions, unknown keys are refused`, () => {
    assert.ok(method.options.safeParse({}).success);
    assert.equal(method.options.safeParse({ nonsense: 1 }).success, false);
    assert.ok(!('method' in method.options.shape) && !('views' in method.options.shape));
    assertDescribed(z.toJSONSchema(method.options, { io: 'input' }) as JsonSchema, method.name);
  });

  test(`${method.name}: default views are known transforms with valid options, exactly where views are taken`, () => {
    const { task } = ready(tested);
    assert.equal(task.views.includes('augmented'), method.views !== undefined);
    for (const modality of method.views === undefined ? [] : method.modalities) {
      // Rows of a table are corrupted instead, tokens of a text hidden.
      const none = modality === 'table' || modality === 'text';
      assert.equal(method.views?.[modality] === undefined, none, modality);
      for (const [key, options] of Object.entries(method.views?.[modality] ?? {})) {
        const transform = transforms.find(({ name }) => name === key);
        assert.ok(
          transform?.modalities.includes(modality),
          `no transform of ${modality} data is called ${key}`,
        );
        assert.ok(transform!.options.safeParse(options).success, `${key}: ${JSON.stringify(options)}`);
      }
    }
  });

  test(`${method.name}: inputs have the declared shapes and depend on the step's random numbers alone`, () => {
    const { task, random, sample } = ready(tested);
    const batch = plainBatch(batchSize, sample, task.views);
    const first = task.prepare(batch, random(1));
    assert.deepEqual(Object.keys(first).sort(), Object.keys(task.inputs).sort());
    for (const [name, { shape, dtype }] of Object.entries(task.inputs)) {
      assert.equal(
        first[name]!.length,
        shape.reduce((a, b) => a * b, 1),
        name,
      );
      assert.equal(first[name] instanceof Int32Array, dtype === 'int32', name);
    }
    assert.deepEqual(task.prepare(batch, random(1)), first);
    const differs = !isDeepStrictEqual(task.prepare(batch, random(2)), first);
    assert.equal(differs, setting.random ?? false, 'settings: random');
  });

  test(`${method.name}: the gradient predicts how the loss changes, along it and along a random direction`, () => {
    const { task, parameters, forward, inputs } = ready(tested);
    const given = inputs(0);
    const weights = parameters.filter(({ kind }) => kind === 'weight');
    const start = weights.map(({ name }) =>
      tf.add(forward.values[name]!, tf.mul(normals(forward.values[name]!.shape, name), 0.05)),
    );
    const lossAt = (values: readonly tf.Tensor[]): tf.Scalar =>
      task.loss(forward.with(Object.fromEntries(weights.map(({ name }, i) => [name, values[i]!]))), given)
        .loss;
    const { value, grads } = tf.valueAndGrads((...values) => lossAt(values))(start);
    assert.ok(Number.isFinite(value.dataSync()[0]));
    const largest = Math.max(...grads.map((g) => tf.norm(g).dataSync()[0]!));
    let checked = 0;
    weights.forEach(({ name }, which) => {
      const gradient = grads[which]!;
      const length = tf.norm(gradient).dataSync()[0]!;
      if (length < 1e-3 * largest) return; // e.g. biases in front of a normalization: nothing to measure
      checked++;
      const noise = normals(gradient.shape, `direction of ${name}`);
      for (const direction of [
        tf.div(gradient, length),
        tf.add(tf.div(gradient, length), tf.div(noise, tf.norm(noise))),
      ]) {
        const expected = tf.sum(tf.mul(gradient, direction)).dataSync()[0]!;
        // Float32 rounds the loss to about 1e-7, ReLU bends it: the smallest error over three steps is judged.
        const error = Math.min(
          ...[0.03, 0.01, 0.003].map((change) => {
            const step = Math.min(0.03, change / length);
            const at = (delta: number): number =>
              lossAt(
                start.map((x, i) => (i === which ? tf.add(x, tf.mul(direction, delta)) : x)),
              ).dataSync()[0]!;
            return Math.abs((at(step) - at(-step)) / (2 * step) - expected);
          }),
        );
        assert.ok(error <= 0.02 * length + 1e-4 * largest, `${name}: off by ${error} of ${length}`);
      }
    });
    assert.ok(checked >= 3, `${checked} parameters with a gradient`);
  });

  test(`${method.name}: health is measured on finite outputs, the same for a sample in any batch`, () => {
    const { task, parameters, sample, forward } = ready(tested);
    if (task.embeddings === undefined) return;
    const still = { ...forward, training: false };
    const x = tf.tensor(drawSamples(sample, 5, 'plain'), [5, ...sample.shape]);
    const all = task.embeddings(still, x);
    const one = task.embeddings(still, tf.slice(x, 0, 1));
    assert.ok('projector' in all);
    assert.equal(
      'predictor' in all,
      parameters.some(({ name }) => name.startsWith('predictor')),
    );
    for (const [name, z] of Object.entries(all)) {
      assert.deepEqual(z.shape, [5, 5], name);
      assert.ok(z.dataSync().every(Number.isFinite));
      const first = one[name]!.dataSync();
      z.dataSync()
        .slice(0, 5)
        .forEach((v, i) => {
          assert.ok(Math.abs(v - first[i]!) < 1e-5);
        });
    }
  });

  test(`${method.name}: a batch of one is refused where samples are compared, and taken elsewhere`, () => {
    const sample = sampleOf(tested.modality, 8, setting.channels);
    const problems = (batchSize: number) =>
      method.check?.(
        { sample, encoderType: sample.modality === 'text' ? 'transformer' : 'vit', batchSize },
        method.options.parse({}),
      ) ?? [];
    assert.deepEqual(problems(2), []);
    assert.equal(problems(1).length, setting.compares ? 1 : 0, 'settings: compares');
  });

  const { task, forward, inputs } = ready(tested);
  if ('view1' in task.inputs)
    test(`${method.name}: the loss sees both views${setting.directed ? '' : ', and does not change when they are exchanged'}`, () => {
      const given = inputs(0);
      const { view0, view1 } = given as { view0: tf.Tensor; view1: tf.Tensor };
      const at = (a: tf.Tensor, b: tf.Tensor) =>
        task.loss(forward, { ...given, view0: a, view1: b }).loss.dataSync();
      const loss = at(view0, view1);
      const exchanged = relativeError(at(view1, view0), loss);
      assert.equal(exchanged > 1e-5, setting.directed ?? false, `settings: directed, ${exchanged}`);
      assert.ok(relativeError(at(view1, view1), loss) > 1e-3);
      assert.ok(relativeError(at(view0, view0), loss) > 1e-3);
    });
}

test('BYOL compares with the target network: encoder and projector, read from their EMA copies', () => {
  const { task, forward, inputs, parameters } = ready(
    testedMethods.find(({ method }) => method.name === 'byol')!,
  );
  assert.deepEqual(task.targets, ['encoder', 'projector']);
  assert.equal(task.momentum!(0), 0.99);
  const before = task.loss(forward, inputs(0)).loss.dataSync()[0];
  for (const { name } of parameters.filter(({ name }) => name.startsWith('predictor')))
    delete forward.targets[name]; // has no copy, so must not be asked for
  const projection = 'projector/dense2/weight';
  forward.targets[projection] = tf.neg(forward.targets[projection]!);
  assert.notEqual(task.loss(forward, inputs(0)).loss.dataSync()[0], before);
});

test('SimSiam without normalization in its heads has none, with it in every place of the paper', () => {
  const norms = (norm: 'batch' | 'none'): string[] =>
    build(methods.simsiam!, image(...shape), {
      encoder: dense,
      options: { projector: { norm }, predictor: { norm } },
    })
      .parameters.map(({ name }) => name)
      .filter((name) => name.endsWith('runningMean'));
  assert.deepEqual(norms('none'), []);
  assert.deepEqual(norms('batch'), [
    'projector/norm1/runningMean',
    'projector/norm2/runningMean',
    'projector/norm3/runningMean',
    'predictor/norm1/runningMean',
  ]);
});

test("SimSiam's stop cuts a path of the encoder's gradient and leaves the predictor's alone", () => {
  const gradients = (stopGradient: boolean): Map<string, Float32Array> => {
    const { task, parameters, forward } = build(methods.simsiam!, image(...shape), {
      encoder: dense,
      options: { ...heads, predictor: { hidden: 4 }, stopGradient },
      batchSize,
    });
    const names = parameters.filter(({ kind }) => kind === 'weight').map(({ name }) => name);
    const batch = plainBatch(batchSize, shape, task.views);
    const inputs = tensors(task, task.prepare(batch, randomAt(0, 'unused')));
    const found = tf.grads(
      (...values) =>
        task.loss(forward.with(Object.fromEntries(names.map((name, i) => [name, values[i]!]))), inputs).loss,
    )(names.map((name) => forward.values[name]!));
    return new Map(names.map((name, i) => [name, found[i]!.dataSync() as Float32Array]));
  };
  const [stopped, open] = [gradients(true), gradients(false)];
  for (const [name, gradient] of stopped) {
    const error = relativeError(gradient, open.get(name)!);
    if (name.startsWith('predictor')) assert.ok(error < 1e-5, `${name}: ${error}`);
    else if (name.endsWith('weight') && !name.includes('norm')) assert.ok(error > 0.05, `${name}: ${error}`);
  }
});
