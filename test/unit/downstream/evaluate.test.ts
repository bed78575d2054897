import assert from 'node:assert/strict';
import test from 'node:test';
import type { ClassificationConfig } from '../../../server/config/downstream/tasks.ts';
import { dense } from '../../../server/nn/dense.ts';
import { Scope } from '../../../server/nn/parameters.ts';
import type * as tf from '../../../server/nn/tf.ts';
import type { Result } from '../../../server/protocol/run.ts';
import { runClassification } from '../../../server/training/downstream/classification.ts';
import { evaluateEncoder } from '../../../server/training/downstream/evaluate.ts';
import { FeatureExtractor, representationModel } from '../../../server/training/downstream/features.ts';
import { freshValues, type Judged, represent } from '../../../server/training/downstream/representation.ts';
import { labelledSplit, readerOf } from '../../../server/training/downstream/samples.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import { labelled, toyData, toyEncoder, width } from './toy.ts';

const engine = await openReference();
const toy = toyData(150, 0.8);
const model = toyEncoder('batch');
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
const split = { train: range(0, 100), test: range(100, 150) };
const judged: Judged = {
  engine,
  model,
  values: freshValues(model, 11),
  dataset: { labels: toy.labels, classes: ['a', 'b', 'c'], split },
  loader: toy.loader,
  seed: 0,
  batchSize: 32,
};
const task: ClassificationConfig = {
  task: 'classification',
  mode: 'finetune',
  head: 'probe',
  blocks: 1,
  labelsPerClass: [2],
  draws: 3,
  epochs: 1,
  batchSize: 16,
  learningRate: 0.01,
  layerDecay: 1,
  weightDecay: 0,
  controls: true,
};

test('features do not depend on how batches fall: padded, exact, one by one, any order', async () => {
  const extract = async (batchSize: number, indices: Int32Array) => {
    const extractor = await FeatureExtractor.create(
      engine,
      representationModel(model.encoder, model.sample, model.parameters),
      batchSize,
    );
    const { encoder } = await extractor.extract(judged.values, readerOf(toy.loader), indices);
    await extractor.dispose();
    return encoder;
  };
  const exact = (await extract(50, range(0, 50)))!;
  assert.deepEqual([exact.count, exact.size], [50, 8]);
  for (const batch of [32, 64, 7]) {
    const other = (await extract(batch, range(0, 50)))!;
    other.values.forEach((value, i) => {
      assert.ok(Math.abs(value - exact.values[i]!) < 1e-5);
    });
  }
  const reversed = (await extract(16, range(0, 50).reverse()))!;
  assert.deepEqual(
    [...reversed.values.slice(0, 8)].map((v) => v.toFixed(4)),
    [...exact.values.slice(-8)].map((v) => v.toFixed(4)),
  );
  assert.equal(await extract(16, new Int32Array(0)), undefined);
});

test('outputs of the pretext task come with those of the encoder, in evaluation mode', async () => {
  const scope = new Scope([...model.parameters]);
  const project = dense(scope.child('projector'), 8, 5);
  const both = representationModel(model.encoder, model.sample, scope.parameters, {
    embeddings: (forward, x) => {
      assert.equal(forward.training, false);
      return { projector: project(forward, model.encoder.features(forward, x)) as tf.Tensor2D };
    },
  });
  const extractor = await FeatureExtractor.create(engine, both, 32);
  const values = freshValues({ ...model, parameters: scope.parameters }, 1);
  const outputs = await extractor.extract(
    { ...values, 'decoder/weight': new Float32Array(3) },
    readerOf(toy.loader),
    split.test,
  );
  assert.deepEqual([outputs.encoder!.size, outputs.projector!.size, outputs.projector!.count], [8, 5, 50]);
  await extractor.dispose();
});

test('the final evaluation measures three variants with their protocols', async () => {
  const seen: string[] = [];
  const { results, notes } = await evaluateEncoder(judged, {
    knn: { k: 5, temperature: 0.1 },
    linearProbe: true,
    onResult: (result) => seen.push(`${result.metric} ${result.variant}`),
  });
  assert.deepEqual(notes, []);
  assert.deepEqual(seen, [
    'knn pretrained',
    'linearProbe pretrained',
    'knn rawInput',
    'linearProbe rawInput',
    'knn randomEncoder',
    'linearProbe randomEncoder',
  ]);
  for (const { value, draws, std, split } of results) {
    assert.ok(value > 0.6 && value <= 1);
    assert.deepEqual([draws, std, split], [1, 0, 'test']);
  }
  assert.equal(
    results[0]!.protocol,
    'offline, encoder output (8 values): kNN, k = 5, cosine, votes exp(similarity / 0.1), all 100 labels, 50 test samples',
  );
  assert.match(
    results[3]!.protocol,
    /normalised input \(6 values\), frozen: logistic regression .*C = 1.*all 100 labels/,
  );
});

test('kNN says how many neighbours voted where there are fewer than asked for', async () => {
  const few = { ...judged, dataset: { ...judged.dataset, split: { ...split, train: range(0, 12) } } };
  const { results } = await evaluateEncoder(few, {
    knn: { k: 20, temperature: 0.1 },
    linearProbe: false,
    controls: false,
  });
  assert.match(results[0]!.protocol, /: kNN, k = 12, cosine, .* all 12 labels,/);
});

test('fine-tuning starts where the linear probe ends; from scratch it starts at chance', async () => {
  const still: ClassificationConfig = { ...task, draws: 1, labelsPerClass: [5], learningRate: 1e-9 };
  const value = async (head: 'probe' | 'random', metric: Result['metric'], variant: Result['variant']) => {
    const { results } = await runClassification(judged, { ...still, head }, { minUpdates: 1 });
    return results.find((result) => result.metric === metric && result.variant === variant)!;
  };
  const probe = await value('probe', 'linearProbe', 'pretrained');
  const tuned = await value('probe', 'finetune', 'pretrained');
  assert.ok(Math.abs(tuned.value - probe.value) <= 0.1, `${tuned.value} is far from ${probe.value}`);
  assert.match(tuned.protocol, /from the pretrained encoder, its head from a linear probe: AdamW/);
  const chance = await value('random', 'finetune', 'pretrained');
  assert.ok(chance.value < tuned.value - 0.1, `a random head tells ${chance.value}`);
  assert.doesNotMatch(chance.protocol, /probe/);
  const scratch = await value('probe', 'finetune', 'supervised');
  assert.match(scratch.protocol, /from scratch: AdamW/);
});

test('fine-tuning learns from the samples that it is given', async () => {
  const asked: number[] = [];
  const plain = readerOf(toy.loader);
  const { results } = await runClassification(
    judged,
    { ...task, draws: 1, controls: false },
    {
      minUpdates: 3,
      training: {
        words: 'samples changed by noise',
        read: (indices, epoch) => {
          asked.push(...indices);
          return plain(indices, epoch);
        },
      },
    },
  );
  assert.ok(asked.length > 0 && asked.every((index) => split.train.includes(index)));
  assert.match(results.at(-1)!.protocol, /, samples changed by noise, 2 labels per class/);
});

test('a classification task: the same draws for all variants, fine-tuned beside from scratch', async () => {
  const { results } = await runClassification(
    judged,
    { ...task, labelsPerClass: [2, 'all'] },
    { minUpdates: 20 },
  );
  assert.deepEqual(
    results.map(
      ({ metric, variant, labelsPerClass, draws }) => `${metric} ${variant} ${labelsPerClass} ${draws}`,
    ),
    [
      'linearProbe pretrained 2 3',
      'linearProbe rawInput 2 3',
      'linearProbe randomEncoder 2 3',
      'finetune pretrained 2 3',
      'finetune supervised 2 3',
      'finetune pretrained all 1',
      'finetune supervised all 1',
    ],
  );
  assert.ok(results.some(({ std }) => std > 0));
  assert.match(
    results[3]!.protocol,
    /all blocks from the pretrained encoder, its head from a linear probe: AdamW, learning rate 0.01 .*20 updates of 6.*2 labels per class, mean of 3 draws/,
  );
  assert.match(results[4]!.protocol, /from scratch/);
});

test('an encoder that equals the fresh one scores exactly like the controls that share its start', async () => {
  const fresh = { ...judged, values: freshValues(model, 0) };
  const { results } = await runClassification(fresh, task, { minUpdates: 5 });
  const value = (metric: string, variant: string) =>
    results.find((result) => result.metric === metric && result.variant === variant)?.value;
  // Draw 0 starts from the same seed; later draws of `supervised` start from their own.
  assert.equal(value('linearProbe', 'pretrained'), value('linearProbe', 'randomEncoder'));
  const single = await runClassification(fresh, { ...task, draws: 1, head: 'random' }, { minUpdates: 5 });
  const [tuned, scratch] = single.results.filter(({ metric }) => metric === 'finetune');
  assert.equal(tuned!.value, scratch!.value);
});

test('mode linear takes probes alone, without controls the pretrained encoder alone', async () => {
  const { results } = await runClassification(judged, {
    ...task,
    mode: 'linear',
    labelsPerClass: [1, 'all'],
    controls: false,
  });
  assert.deepEqual(
    results.map(({ metric, variant, labelsPerClass }) => [metric, variant, labelsPerClass]),
    [
      ['linearProbe', 'pretrained', 1],
      ['linearProbe', 'pretrained', 'all'],
    ],
  );
});

test('probes that an earlier task has measured are not measured again', async () => {
  const probes: ClassificationConfig = { ...task, mode: 'linear', labelsPerClass: [1, 'all'] };
  const { results: known } = await runClassification(judged, { ...probes, controls: false });
  const measured = async (other: Partial<ClassificationConfig>) =>
    (await runClassification(judged, { ...probes, ...other }, { known })).results.map(
      ({ variant, labelsPerClass }) => `${variant} ${labelsPerClass}`,
    );
  assert.deepEqual(await measured({ controls: false }), []);
  assert.deepEqual(await measured({}), [
    'rawInput 1',
    'rawInput all',
    'randomEncoder 1',
    'randomEncoder all',
  ]);
  assert.deepEqual(await measured({ controls: false, labelsPerClass: [2, 'all'] }), ['pretrained 2']);
  assert.deepEqual(await measured({ controls: false, draws: 4 }), ['pretrained 1']);
});

test('what cannot be measured is said, not thrown', async () => {
  const options = { knn: { k: 5, temperature: 0.1 }, linearProbe: true };
  const unlabelled = await evaluateEncoder({ ...judged, dataset: { split } }, options);
  assert.deepEqual(unlabelled, {
    results: [],
    notes: ['The data has no labels. kNN and linear probe are not measured.'],
  });
  const say = (labels: Int32Array) => labelledSplit({ labels, split });
  assert.match(JSON.stringify(say(new Int32Array(150).fill(-1))), /No test sample has a label/);
  assert.match(JSON.stringify(say(new Int32Array(150))), /one class only/);
  const { notes } = await runClassification({ ...judged, dataset: { split } }, task);
  assert.deepEqual(notes, ['The data has no labels. Classification is not measured.']);
  const many = await runClassification(judged, {
    ...task,
    mode: 'linear',
    labelsPerClass: [50],
    draws: 1,
    controls: false,
  });
  assert.match(many.notes[0]!, /fewer than 50 labelled training samples \(the smallest 33\)/);
});

test('raw input beyond the limit is thinned for the whole set, read for the draws, and says so', async () => {
  const train = labelled(toy, 0, 100);
  const raw = await represent('rawInput', judged, train, labelled(toy, 100, 150), 40 * width);
  assert.equal(raw.all.features.count, 40);
  assert.equal(raw.test.labels.length, 40);
  assert.match(raw.words, /thinned to 40 training and 40 test samples/);
  const taken = await raw.take(Int32Array.of(99, 1));
  assert.deepEqual(
    [...taken.values],
    [...toy.values.slice(99 * width, 100 * width), ...toy.values.slice(width, 2 * width)],
  );
});

test('a signal cancels between measures', async () => {
  const cancelled = { ...judged, signal: AbortSignal.abort() };
  await assert.rejects(evaluateEncoder(cancelled, { knn: false, linearProbe: true }), { name: 'AbortError' });
});
