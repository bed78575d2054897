import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onnx } from 'onnx-proto';
import type { InputFacts, TrainedEncoder } from '../../../server/export/encoderFacts.ts';
import { exportOnnx } from '../../../server/export/onnxEncoder.ts';
import * as tf from '../../../server/nn/tf.ts';
import { randomAt } from '../../../server/random.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import { createForward } from '../../../server/training/engine/forward.ts';
import { createSession, loadRuntime } from '../../../server/training/engine/runtime.ts';
import { image, table, text } from '../../support/encoders.ts';
import { assertClose } from '../../support/numeric.ts';
import { trainedEncoder } from './trained.ts';

const imageFacts = (side: number, channels = 1): InputFacts => ({
  sample: image(side, side, channels),
  normalization: {
    mean: [0.3, 0.45, 0.6].slice(0, channels),
    std: [0.25, 0.4, 0.5].slice(0, channels),
  },
  classes: ['cat', 'dog'],
});

const cases: [string, TrainedEncoder][] = [
  ['mlp on a table', trainedEncoder('mlp', { sample: table(20) }, { hidden: [12, 5], activation: 'tanh' })],
  [
    'mlp with batch norm on images as they are',
    trainedEncoder('mlp', { sample: image(6) }, { hidden: [16, 8], norm: 'batch' }),
  ],
  [
    'mlp with layer norm',
    trainedEncoder('mlp', imageFacts(5, 3), { hidden: [8], norm: 'layer', activation: 'gelu' }),
  ],
  [
    'vit with mean pooling',
    trainedEncoder('vit', imageFacts(8), { patch: 4, width: 16, depth: 2, heads: 2 }),
  ],
  [
    'vit with a class token',
    trainedEncoder('vit', imageFacts(8, 3), { patch: 2, width: 24, depth: 1, heads: 3, pool: 'class' }),
  ],
  ['convnet', trainedEncoder('convnet', imageFacts(8), { width: 4, size: 16 })],
  [
    'convnet without a dense layer',
    trainedEncoder('convnet', imageFacts(9, 3), { width: 4, size: 0, norm: 'none' }),
  ],
  [
    'residual convnet with group norm',
    trainedEncoder('convnet', imageFacts(8, 3), { blocks: 'resnet', width: 4, stages: 2, norm: 'group' }),
  ],
  ['transformer', trainedEncoder('transformer', { sample: text(9, 30) }, { width: 16, depth: 2, heads: 2 })],
  [
    'causal transformer with rotary positions',
    trainedEncoder(
      'transformer',
      { sample: text(7, 12) },
      { width: 8, depth: 1, heads: 2, positions: 'rotary', attention: 'causal' },
    ),
  ],
  [
    'transformer whose first token counts',
    trainedEncoder('transformer', { sample: text(6, 20) }, { width: 8, depth: 1, heads: 2, pooling: 'cls' }),
  ],
  ['residual convnet', trainedEncoder('convnet', imageFacts(8), { blocks: 'resnet', width: 4, stages: 3 })],
];

for (const [title, trained] of cases) {
  test(`${title}: ONNX gives the reference's features for any batch`, async () => {
    const { bytes, batch, note, error } = await exportOnnx(trained, await openReference());
    assert.equal(note, undefined);
    assert.equal(batch, 'any');
    assert.ok(error <= 1e-4);
    const { Tensor } = await loadRuntime();
    const session = await createSession(bytes, { target: 'cpu', threads: 1 });
    assert.deepEqual(session.inputNames, ['x']);
    assert.deepEqual(session.outputNames, ['features']);
    const { shape } = trained.facts.sample;
    const length = shape.reduce((a, b) => a * b, 1);
    for (const rows of [1, 3, 7, 64]) {
      const random = randomAt(rows, 'x');
      const { vocabulary } = trained.facts.sample;
      // Texts have lengths of their own, padding behind, and come as whole numbers.
      const x = Float32Array.from({ length: rows * length }, (_, i) =>
        vocabulary === undefined
          ? random.between(0, 1)
          : i % length > Math.floor(i / length) % length
            ? 0
            : 1 + random.integer(vocabulary - 1),
      );
      const input =
        vocabulary === undefined
          ? new Tensor('float32', x, [rows, ...shape])
          : new Tensor('int32', Int32Array.from(x), [rows, ...shape]);
      const { features } = await session.run({ x: input });
      assert.deepEqual(features!.dims, [rows, trained.encoder.size]);
      assertClose(
        features!.data as Float32Array,
        await referenceFeatures(trained, x, rows),
        1e-4,
        `batch ${rows}`,
      );
    }
    await session.release();
  });
}

/** The encoder op by op on tfjs's CPU backend, on samples normalised by tfjs too. */
async function referenceFeatures(
  trained: TrainedEncoder,
  samples: Float32Array,
  rows: number,
): Promise<Float32Array> {
  await openReference();
  const { encoder, parameters, values, facts } = trained;
  return tf.tidy(() => {
    const tensors = Object.fromEntries(
      parameters.map((p) => [p.name, tf.tensor(values[p.name]!, [...p.shape])]),
    );
    const { forward } = createForward(tensors, { training: false });
    let x: tf.Tensor = tf.tensor(samples, [rows, ...facts.sample.shape]);
    const { normalization } = facts;
    if (normalization) x = tf.div(tf.sub(x, [...normalization.mean]), [...normalization.std]);
    return encoder.features(forward, x).dataSync() as Float32Array;
  });
}

test('the file says what the encoder is and holds its weights by name', async () => {
  const trained = trainedEncoder('mlp', imageFacts(4, 3), { hidden: [6], norm: 'batch' });
  const { bytes } = await exportOnnx(trained, await openReference());
  const model = onnx.ModelProto.decode(bytes);
  assert.equal(model.producerName, 'selfsup');
  assert.deepEqual(
    model.opsetImport.map(({ domain, version }) => [domain, Number(version)]),
    [['', 20]],
  );
  const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
  assert.deepEqual(metadata, {
    'selfsup.version': '1.2.3',
    'selfsup.run': 'a run',
    'selfsup.configHash': 'abc',
    'encoder.config': '{"type":"mlp","hidden":[6],"norm":"batch"}',
    'encoder.features': '6',
    'input.modality': 'image',
    'input.shape': '[4,4,3]',
    'input.layout': 'NHWC',
    'input.range': '[0, 1]',
    'input.normalization': '(x - mean) / std per channel, applied by the model',
    'input.mean': '[0.3,0.45,0.6]',
    'input.std': '[0.25,0.4,0.5]',
    'data.classes': '["cat","dog"]',
  });
  const { graph } = model;
  const dimsOf = (values: onnx.IValueInfoProto[]) =>
    values.map(({ type }) =>
      type!.tensorType!.shape!.dim!.map((dim) => (dim.dimParam ? dim.dimParam : Number(dim.dimValue))),
    );
  assert.deepEqual(dimsOf(graph!.input!), [['batch', 4, 4, 3]]);
  assert.deepEqual(dimsOf(graph!.output!), [['batch', 6]]);
  const initializers = new Map(graph!.initializer!.map((tensor) => [tensor.name, tensor]));
  for (const { name, shape } of trained.parameters) {
    const tensor = initializers.get(name)!;
    assert.deepEqual(tensor.dims!.map(Number), shape);
    assert.deepEqual(new Float32Array(Uint8Array.from(tensor.rawData!).buffer), trained.values[name]);
  }
});

test('a table says how its columns are encoded', async () => {
  const columns = [
    { name: 'age', kind: 'numeric' as const, start: 0, length: 1, mean: 40, std: 12 },
    { name: 'city', kind: 'categorical' as const, start: 1, length: 3, categories: ['a', 'b', 'c'] },
  ];
  const trained = trainedEncoder('mlp', { sample: table(4), columns }, { hidden: [2] });
  const model = onnx.ModelProto.decode((await exportOnnx(trained, await openReference())).bytes);
  const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
  assert.deepEqual(JSON.parse(metadata['input.columns']!), columns);
  assert.equal(metadata['input.layout'], 'NC');
  assert.equal(metadata['input.range'], undefined);
});

test('an encoder that treats its samples differently by their place is exported for one sample, with the reason', async () => {
  const plain = trainedEncoder('mlp', { sample: table(3) }, { hidden: [4] });
  const byPlace: TrainedEncoder = {
    ...plain,
    encoder: {
      ...plain.encoder,
      features: (forward, x) =>
        tf.mul(plain.encoder.features(forward, x), tf.scalar(1 / x.shape[0]!)) as tf.Tensor2D,
    },
  };
  // The comparison must not see the dependence: its batch is the one sample.
  const { bytes, batch, note } = await exportOnnx(byPlace, await openReference());
  assert.equal(batch, 1);
  assert.match(
    note!,
    /^The ONNX encoder takes one sample per call: Mul \(.*\) has a constant .* depends on the batch size\.$/,
  );
  const session = await createSession(bytes, { target: 'cpu', threads: 1 });
  const { Tensor } = await loadRuntime();
  const { features } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3), [1, 3]) });
  assertClose(
    features!.data as Float32Array,
    await referenceFeatures(plain, Float32Array.of(1, 2, 3), 1),
    1e-5,
  );
  await session.release();
});

test('statistics that do not fit the data are refused', async () => {
  const facts = { sample: image(4), normalization: { mean: [0.5], std: [0] } };
  const engine = await openReference();
  await assert.rejects(
    exportOnnx(trainedEncoder('mlp', facts), engine),
    /every std must be above 0, found \[0\]/,
  );
  const three = { sample: image(4), normalization: { mean: [0.5, 0.5, 0.5], std: [1, 1, 1] } };
  await assert.rejects(exportOnnx(trainedEncoder('mlp', three), engine), /3 values of mean for 1 channels/);
});

test('an export that differs from the engine is refused', async () => {
  const trained = trainedEncoder('mlp', { sample: table(3) }, { hidden: [4] });
  const reference = await openReference();
  const crooked = {
    device: reference.device,
    description: 'an engine that computes something else',
    program: (...[fn, inputs]: Parameters<typeof reference.program>) =>
      reference.program((tensors) => ({ features: tf.add(fn(tensors).features!, 0.01) }), inputs),
    training: reference.training.bind(reference),
    dispose: reference.dispose.bind(reference),
  };
  await assert.rejects(
    exportOnnx(trained, crooked),
    /does not give the engine's features: they differ by .*batch of 1/,
  );
});
