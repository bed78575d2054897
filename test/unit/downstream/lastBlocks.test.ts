import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SampleShape } from '../../../server/encoders/encoder.ts';
import { encoders } from '../../../server/encoders/registry.ts';
import { Scope } from '../../../server/nn/parameters.ts';
import { buildClassifier, type EncoderModel } from '../../../server/training/downstream/classifier.ts';
import { FineTuner } from '../../../server/training/downstream/finetune.ts';
import { freshValues } from '../../../server/training/downstream/representation.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import { drawSamples, image, sound, table, text } from '../methods/tiny.ts';

const engine = await openReference();
const count = 8;

/** Every encoder, with the kinds of data that it takes. */
const models: readonly (readonly [type: string, options: object, sample: SampleShape])[] = [
  ['mlp', { hidden: [8, 6, 5], norm: 'batch', activation: 'tanh' }, table(6)],
  ['convnet', { width: 4, stages: 2, size: 6 }, image(8, 8, 1)],
  ['convnet', { blocks: 'resnet', width: 4, stages: 2 }, image(8, 8, 3)],
  ['vit', { patch: 4, width: 8, depth: 3, heads: 2, pool: 'class' }, sound(8, 8)],
  ['transformer', { width: 8, depth: 3, heads: 2 }, text(7, 12)],
  ['transformer', { width: 8, depth: 2, heads: 2, positions: 'rotary', pooling: 'cls' }, text(7, 12)],
];

test('every encoder is fine-tuned here', () => {
  assert.deepEqual([...new Set(models.map(([type]) => type))].sort(), Object.keys(encoders).sort());
});

for (const [type, options, sample] of models) {
  test(`${type} ${JSON.stringify(options)}: its last block moves, everything below stays bit for bit`, async () => {
    const scope = new Scope();
    const definition = encoders[type]!;
    const encoder = definition.build(scope.child('encoder'), sample, definition.options.parse(options));
    const model: EncoderModel = { encoder, parameters: scope.parameters, sample };
    assert.ok(encoder.blocks >= 2);
    const start = freshValues(model, 1);
    const samples = drawSamples(sample, count, 'samples');
    const size = samples.length / count;
    const classifier = buildClassifier(model, 2);
    const tuner = await FineTuner.create(engine, classifier, count, {
      epochs: 1,
      minUpdates: 3,
      learningRate: 0.05,
      trainableBlocks: 1,
    });
    const labelled = {
      indices: Int32Array.from({ length: count }, (_, i) => i),
      labels: Int32Array.from({ length: count }, (_, i) => i % 2),
    };
    const read = async (indices: Int32Array): Promise<Float32Array> =>
      Float32Array.from([...indices].flatMap((i) => [...samples.subarray(i * size, (i + 1) * size)]));
    const values = await tuner.fit(labelled, read, { start, seed: 0 });
    await tuner.dispose();
    const moved = (name: string): boolean => values[name]!.some((value, i) => value !== start[name]![i]);
    for (const { name, depth, kind } of model.parameters) {
      if (depth < encoder.blocks || kind === 'buffer') assert.ok(!moved(name), `${name} must stay`);
    }
    const top = model.parameters.filter(({ depth, kind }) => depth === encoder.blocks && kind === 'weight');
    assert.ok(top.some(({ name }) => moved(name)));
    const still = top.filter(({ name }) => !moved(name)).map(({ name }) => name);
    assert.deepEqual(still, [], 'the whole block is trained');
  });
}
