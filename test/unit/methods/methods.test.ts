import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { SampleShape } from '../../../server/encoders/encoder.ts';
import type { Method } from '../../../server/methods/method.ts';
import { methods } from '../../../server/methods/registry.ts';
import type { Named } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { randomAt } from '../../../server/random.ts';
import { transforms } from '../../../server/views/registry.ts';
import { normals, relativeError } from '../../support/numeric.ts';
import {
  type Built,
  build,
  drawSamples,
  image,
  plainBatch,
  type Setting,
  sound,
  table,
  tensors,
  text,
} from './tiny.ts';

const sides = [8, 8];
const shape = [...sides, 1];
const columns = 6;
const heads = { projector: { hidden: 6, size: 5 } };
const dense = { type: 'mlp', hidden: [7], activation: 'tanh' };
const rows = { count: 30, values: normals([30, columns], 'rows').dataSync() as Float32Array };
const tokens = { type: 'transformer', width: 8, depth: 1, heads: 2 };
const smooth = { decoder: { activation: 'tanh' } };

/** Every method on a small encoder; smooth functions where there is a choice, for the differences below. */
const settings: Record<
  string,
  Setting & { readonly table?: true; readonly text?: true; readonly sound?: true; readonly channels?: number }
> = {
  autoencoder: { encoder: dense, options: smooth },
  denoising: { encoder: { type: 'convnet', width: 4, size: 6, norm: 'none' }, options: smooth },
  mae: {
    encoder: { type: 'vit', patch: 2, width: 8, depth: 1, heads: 2, pool: 'class' },
    options: { decoder: { width: 8, depth: 1, heads: 2 } },
  },
  inpainting: { encoder: dense, options: smooth },
  colourisation: { encoder: dense, options: { ...smooth, bins: 3 }, channels: 3 },
  rotation: { encoder: dense },
  jigsaw: { encoder: dense, options: { orders: 5, hidden: 6 } },
  simclr: { encoder: dense, options: heads },
  mocoV3: { encoder: dense, options: { ...heads, predictor: { hidden: 4 } } },
  // The whole loss is differentiated; what the stop changes is tested below.
  simsiam: { encoder: dense, options: { ...heads, predictor: { hidden: 4 }, stopGradient: false } },
  byol: { encoder: dense, options: { ...heads, predictor: { hidden: 4 } } },
  vicreg: { encoder: dense, options: heads },
  barlowTwins: { encoder: dense, options: heads },
  // The codes are constants to the gradient; large epsilons keep them so for the differences too.
  swav: { encoder: dense, options: { ...heads, prototypes: 7, epsilon: 1000 } },
  dino: {
    encoder: { type: 'vit', patch: 2, width: 8, depth: 1, heads: 2 },
    options: { ...heads, prototypes: 7, temperature: 1, frozenEpochs: 0, local: { count: 2 } },
  },
  data2vec: {
    encoder: { type: 'vit', patch: 2, width: 8, depth: 2, heads: 2 },
    options: { layers: 2, beta: 0 },
  },
  cola: { encoder: dense, options: { size: 5 }, sound: true },
  nextFrames: { encoder: dense, options: { ...smooth, ahead: 2 }, sound: true },
  vime: { encoder: dense, table: true, rows },
  scarf: { encoder: dense, options: heads, table: true, rows },
  mlm: { encoder: tokens, text: true, options: { maskRatio: 0.4 } },
  clm: { encoder: { ...tokens, attention: 'causal', positions: 'rotary' }, text: true },
  tsdae: { encoder: tokens, text: true, options: { decoder: { heads: 2 } } },
  simcse: { encoder: tokens, text: true, options: { projector: { size: 5 }, temperature: 0.5 } },
};

const batchSize = 6;

interface Ready extends Built {
  readonly inputs: (step: number) => Named<tf.Tensor>;
  readonly sample: SampleShape;
}

function sampleOf({ name }: Method): SampleShape {
  const { table: isTable, text: isText, sound: isSound, channels = 1 } = settings[name]!;
  if (isSound) return sound(sides[0]!, sides[1]!);
  if (isText) return text(7, 12);
  return isTable ? table(columns) : image(...sides, channels);
}

function ready(method: Method): Ready {
  const setting = settings[method.name]!;
  const sample = sampleOf(method);
  const built = build(method, sample, { ...setting, batchSize });
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

test('the registry names every method by its own name, and this file tests all of them', () => {
  for (const [name, method] of Object.entries(methods)) assert.equal(method.name, name);
  assert.deepEqual(Object.keys(settings).sort(), Object.keys(methods).sort());
});

for (const method of Object.values(methods)) {
  test(`${method.name}: options have defaults and descriptions, unknown keys are refused`, () => {
    assert.ok(method.options.safeParse({}).success);
    assert.equal(method.options.safeParse({ nonsense: 1 }).success, false);
    assert.ok(!('method' in method.options.shape) && !('views' in method.options.shape));
    assertDescribed(z.toJSONSchema(method.options, { io: 'input' }) as JsonSchema, method.name);
  });

  test(`${method.name}: default views are known transforms with valid options, exactly where views are taken`, () => {
    const { task } = ready(method);
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
    const { task, random, sample } = ready(method);
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
    if (
      ['denoising', 'mae', 'inpainting', 'jigsaw', 'vime', 'scarf', 'mlm', 'tsdae', 'simcse'].includes(
        method.name,
      )
    )
      assert.notDeepEqual(task.prepare(batch, random(2)), first);
  });

  test(`${method.name}: the gradient predicts how the loss changes, along it and along a random direction`, () => {
    const { task, parameters, forward, inputs } = ready(method);
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
    const { task, parameters, sample } = ready(method);
    if (task.embeddings === undefined) return;
    const forward = build(method, sampleOf(method), {
      ...settings[method.name]!,
      batchSize,
    }).forward;
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
}

test('methods that compare samples refuse a batch of one, the others take it', () => {
  const comparing = [
    'simclr',
    'mocoV3',
    'simsiam',
    'byol',
    'vicreg',
    'barlowTwins',
    'swav',
    'dino',
    'cola',
    'scarf',
    'simcse',
  ];
  for (const method of Object.values(methods)) {
    const sample = sampleOf(method);
    const problems = (batchSize: number) =>
      method.check?.(
        { sample, encoderType: sample.modality === 'text' ? 'transformer' : 'vit', batchSize },
        method.options.parse({}),
      ) ?? [];
    assert.deepEqual(problems(2), []);
    assert.equal(problems(1).length, comparing.includes(method.name) ? 1 : 0, method.name);
  }
});

test('BYOL compares with the target network: encoder and projector, read from their EMA copies', () => {
  const { task, forward, inputs, parameters } = ready(methods.byol!);
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

test('joint-embedding losses see both views, and do not change when these are exchanged', () => {
  let count = 0;
  for (const method of Object.values(methods)) {
    const { task, forward, inputs } = ready(method);
    if (!('view1' in task.inputs)) continue;
    count++;
    const given = inputs(0);
    const { view0, view1 } = given as { view0: tf.Tensor; view1: tf.Tensor };
    const at = (a: tf.Tensor, b: tf.Tensor) =>
      task.loss(forward, { ...given, view0: a, view1: b }).loss.dataSync();
    const loss = at(view0, view1);
    // COLA's anchors look for their positives, not the other way round.
    if (method.name !== 'cola') assert.ok(relativeError(at(view1, view0), loss) < 1e-5, method.name);
    assert.ok(relativeError(at(view1, view1), loss) > 1e-3, method.name);
    assert.ok(relativeError(at(view0, view0), loss) > 1e-3, method.name);
  }
  assert.equal(count, 10);
});
