import assert from 'node:assert/strict';
import test from 'node:test';
import { buildClassifier } from '../../../server/training/downstream/classifier.ts';
import { FeatureExtractor } from '../../../server/training/downstream/features.ts';
import {
  argmaxRows,
  type FineTuneOptions,
  FineTuner,
  fineTuneBudget,
  fineTuneScale,
} from '../../../server/training/downstream/finetune.ts';
import { accuracy } from '../../../server/training/downstream/logisticRegression.ts';
import { freshValues } from '../../../server/training/downstream/representation.ts';
import { readerOf } from '../../../server/training/downstream/samples.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import type { Values } from '../../../server/training/engine/engine.ts';
import { classes, labelled, type Toy, toyData, toyEncoder } from './toy.ts';

const engine = await openReference();
const toy = toyData(120);
const train = labelled(toy, 0, 60);
const testSet = labelled(toy, 60, 120);
const quick: FineTuneOptions = { epochs: 1, minUpdates: 80, batchSize: 20, learningRate: 0.02 };

async function tune(
  model: ReturnType<typeof toyEncoder>,
  options: FineTuneOptions,
  { start, seed = 0, data = toy }: { start?: Values; seed?: number; data?: Toy } = {},
): Promise<{ values: Values; score: number }> {
  const classifier = buildClassifier(model, classes);
  const tuner = await FineTuner.create(engine, classifier, train.indices.length, options);
  const values = await tuner.fit(train, readerOf(data.loader), { start, seed });
  await tuner.dispose();
  const tester = await FeatureExtractor.create(engine, classifier, 32);
  const { logits } = await tester.extract(values, readerOf(data.loader), testSet.indices);
  await tester.dispose();
  return { values, score: accuracy(argmaxRows(logits!.values, classes), testSet.labels) };
}

test('fine-tuning learns separable classes from scratch, from given values, and with the head alone', async () => {
  const model = toyEncoder('batch');
  assert.ok((await tune(model, quick)).score > 0.95);
  assert.ok((await tune(model, quick, { start: freshValues(model, 5) })).score > 0.95);
  const head = await tune(toyEncoder(), { ...quick, trainableBlocks: 0 });
  assert.ok(head.score > 0.8, `head alone: ${head.score}`);
});

test('frozen blocks stay as they were, bit for bit, with their running statistics; the others move', async () => {
  const model = toyEncoder('batch');
  const start = freshValues(model, 3);
  const { values } = await tune(model, { ...quick, trainableBlocks: 1 }, { start });
  const changed = model.parameters
    .filter(
      ({ name }) => Buffer.compare(Buffer.from(values[name]!.buffer), Buffer.from(start[name]!.buffer)) !== 0,
    )
    .map(({ name }) => name);
  assert.deepEqual(
    changed,
    model.parameters.filter(({ depth, kind }) => depth === 2 && kind === 'weight').map(({ name }) => name),
  );
  assert.ok(changed.length > 0);
});

test('full fine-tuning moves every parameter; layer decay moves the lower block less', async () => {
  const model = toyEncoder('none');
  const start = freshValues(model, 3);
  const moved = async (layerDecay: number) => {
    const { values } = await tune(model, { ...quick, minUpdates: 20, layerDecay }, { start });
    return [1, 2].map((depth) =>
      Math.max(
        ...model.parameters
          .filter((parameter) => parameter.depth === depth)
          .flatMap(({ name }) => [...values[name]!].map((value, i) => Math.abs(value - start[name]![i]!))),
      ),
    );
  };
  const [even, decayed] = [await moved(1), await moved(0.1)];
  assert.ok(even[0]! > 0 && even[1]! > 0);
  assert.ok(decayed[0]! < 0.3 * even[0]!, `${decayed[0]} against ${even[0]}`);
});

test('a tuner is prepared once and gives the same result for the same seed and start', async () => {
  const classifier = buildClassifier(toyEncoder('batch'), classes);
  const tuner = await FineTuner.create(engine, classifier, 60, { ...quick, minUpdates: 10 });
  const fit = (seed: number) => tuner.fit(train, readerOf(toy.loader), { seed });
  const first = await fit(1);
  assert.notDeepEqual(await fit(2), first);
  assert.deepEqual(await fit(1), first);
  await tuner.dispose();
});

test('progress is reported and a signal cancels', async () => {
  const classifier = buildClassifier(toyEncoder(), classes);
  const tuner = await FineTuner.create(engine, classifier, 60, { ...quick, minUpdates: 12 });
  const losses: number[] = [];
  await tuner.fit(train, readerOf(toy.loader), {
    seed: 0,
    onProgress: ({ update, updates, loss }) => {
      assert.equal(updates, 12);
      assert.equal(update, losses.push(loss));
    },
  });
  assert.equal(losses.length, 12);
  assert.ok(losses.at(-1)! < losses[0]!);
  const stop = new AbortController();
  const cancelled = tuner.fit(train, readerOf(toy.loader), {
    seed: 0,
    signal: stop.signal,
    onProgress: ({ update }) => {
      if (update === 3) stop.abort();
      assert.ok(update <= 3);
    },
  });
  await assert.rejects(cancelled, { name: 'AbortError' });
  await assert.rejects(
    tuner.fit(train, readerOf(toy.loader), { seed: 0, start: {} }),
    /lacks encoder\/layer1/,
  );
  await tuner.dispose();
});

test('augmented views are used when asked for, with a new epoch for each pass', async () => {
  const data = toyData(60);
  const classifier = buildClassifier(toyEncoder(), classes);
  const tuner = await FineTuner.create(engine, classifier, 60, { ...quick, minUpdates: 6 });
  await tuner.fit(train, readerOf(data.loader, true), { seed: 0 });
  assert.equal(data.asked.plain, 0);
  assert.equal(data.asked.augmented, 7); // one is read ahead
  await tuner.dispose();
});

test('a single labelled sample is enough to run', async () => {
  const classifier = buildClassifier(toyEncoder('batch'), classes);
  const tuner = await FineTuner.create(engine, classifier, 1, { ...quick, minUpdates: 3 });
  const values = await tuner.fit(labelled(toy, 0, 1), readerOf(toy.loader), { seed: 0 });
  assert.ok(values['head/bias']!.every(Number.isFinite));
  await tuner.dispose();
});

test('learning-rate factors and budget', () => {
  const scales = (options: FineTuneOptions) =>
    [0, 1, 2, 3, 4].map((depth) => fineTuneScale({ depth }, 3, options));
  assert.deepEqual(scales({}), [1, 1, 1, 1, 1]);
  assert.deepEqual(scales({ layerDecay: 0.5 }), [0.125, 0.25, 0.5, 1, 1]);
  assert.deepEqual(scales({ trainableBlocks: 1 }), [0, 0, 0, 1, 1]);
  assert.deepEqual(scales({ trainableBlocks: 0 }), [0, 0, 0, 0, 1]);
  assert.deepEqual(scales({ trainableBlocks: 2, layerDecay: 0.5 }), [0, 0, 0.5, 1, 1]);
  assert.deepEqual(fineTuneBudget(10, {}), { batch: 10, updates: 150 });
  assert.deepEqual(fineTuneBudget(6400, { epochs: 10 }), { batch: 64, updates: 1000 });
});
