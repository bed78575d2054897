import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { encoders } from '../../../server/encoders/registry.ts';
import { rotary } from '../../../server/nn/rotary.ts';
import * as tf from '../../../server/nn/tf.ts';
import { type BuiltEncoder, buildEncoder, text } from '../../support/encoders.ts';
import { type TestForward, testForward } from '../../support/forward.ts';
import { assertClose, assertGradients, normals } from '../../support/numeric.ts';

interface Case {
  readonly positions: 'learned' | 'rotary';
  readonly attention: 'full' | 'causal';
  readonly tokens: number[];
  readonly first: number[];
  readonly mean: number[];
  readonly cls: number[];
  readonly scores: number[];
}

const reference = JSON.parse(readFileSync('test/fixtures/transformer/reference.json', 'utf8')) as {
  ids: number[][];
  cases: Case[];
};
const [length, vocabulary] = [6, 11];
const small = { width: 8, depth: 2, heads: 2, mlpRatio: 1.5 };
const ids = tf.tensor2d(reference.ids, [3, length]);

/** The values that the reference was computed with. */
function filled({ parameters }: BuiltEncoder): TestForward {
  const values = parameters.map(({ name, shape }, p) => {
    const start = /norm\d?\/weight$/.test(name) ? 1 : 0;
    const size = shape.reduce((a, b) => a * b, 1);
    return [
      name,
      tf.tensor(
        Float32Array.from({ length: size }, (_, i) => start + 0.3 * Math.sin(1.3 * i + p + 1)),
        [...shape],
      ),
    ];
  });
  return testForward(parameters).with(Object.fromEntries(values));
}

/** The rows of present tokens. */
function presentRows(x: tf.Tensor3D): number[] {
  return (x.arraySync() as number[][][]).flatMap((sample, i) =>
    sample.filter((_, token) => reference.ids[i]![token] !== 0).flat(),
  );
}

for (const expected of reference.cases) {
  const { positions, attention } = expected;
  test(`${positions} positions, ${attention} attention: tokens, layers and features against PyTorch in float64`, () => {
    const built = buildEncoder('transformer', text(length, vocabulary), { ...small, positions, attention });
    const forward = filled(built);
    const { sequence } = built.encoder;
    const whole = sequence!.ids(ids);
    const present = sequence!.present(whole);
    const { tokens, layers } = sequence!.encode(forward, sequence!.embed(forward, whole), { present });
    assertClose(presentRows(tokens), expected.tokens, 1e-5, 'tokens');
    assertClose(presentRows(layers[0]!), expected.first, 1e-5, 'first block');
    assert.equal(layers.length, 2);
    assertClose(built.encoder.features(forward, ids).dataSync(), expected.mean, 1e-5, 'mean');
    const first = tf.reshape(tf.slice(tokens, [0, 0, 0], [1, 1, 8]), [1, 8]) as tf.Tensor2D;
    assertClose(sequence!.scores(forward, first).dataSync(), expected.scores, 1e-5, 'scores');
    if (attention === 'full') {
      const cls = buildEncoder('transformer', text(length, vocabulary), {
        ...small,
        positions,
        pooling: 'cls',
      });
      assertClose(cls.encoder.features(filled(cls), ids).dataSync(), expected.cls, 1e-5, 'cls');
    }
  });
}

test('features do not see padding: longer rows of the same text give the same vector', () => {
  const built = buildEncoder('transformer', text(length, vocabulary), { ...small, positions: 'rotary' });
  const longer = buildEncoder('transformer', text(length + 3, vocabulary), { ...small, positions: 'rotary' });
  const padded = tf.pad(ids, [
    [0, 0],
    [0, 3],
  ]);
  assertClose(
    longer.encoder.features(filled(longer), padded).dataSync(),
    built.encoder.features(filled(built), ids).dataSync(),
    1e-5,
  );
});

test('a row of nothing but padding gives finite features', () => {
  for (const attention of ['full', 'causal']) {
    const built = buildEncoder('transformer', text(length, vocabulary), { ...small, attention });
    const features = built.encoder.features(filled(built), tf.zeros([2, length]));
    assert.ok(features.dataSync().every(Number.isFinite));
  }
});

test('causal: a later token changes nothing before it; full: it does', () => {
  for (const attention of ['full', 'causal']) {
    const built = buildEncoder('transformer', text(length, vocabulary), { ...small, attention });
    const forward = filled(built);
    const first = (rows: number[][]): ArrayLike<number> => {
      const sequence = built.encoder.sequence!;
      const whole = sequence.ids(tf.tensor2d(rows));
      const { tokens } = sequence.encode(forward, sequence.embed(forward, whole), {
        present: sequence.present(whole),
      });
      return tf.slice(tokens, [0, 0, 0], [1, 3, 8]).dataSync();
    };
    const [before, after] = [first([[2, 5, 6, 7, 8, 3]]), first([[2, 5, 6, 7, 9, 3]])];
    if (attention === 'causal') assert.deepEqual(before, after);
    else assert.notDeepEqual(before, after);
  }
});

test('rotary positions keep lengths, and scores depend on distances alone', () => {
  const turn = rotary(4, 6);
  const [query, key] = [normals([1, 1, 4], 'q'), normals([1, 1, 4], 'k')];
  const everywhere = (x: tf.Tensor): tf.Tensor => turn(tf.add(tf.zeros([1, 6, 4]), x));
  const scores = tf.matMul(everywhere(query), everywhere(key), false, true).arraySync() as number[][][];
  assertClose([scores[0]![4]![3]!, scores[0]![5]![4]!], [scores[0]![1]![0]!, scores[0]![1]![0]!], 1e-5);
  const norm = tf.sum(tf.square(query)).dataSync()[0]!;
  assertClose(tf.sum(tf.square(everywhere(query)), 2).dataSync(), Array(6).fill(norm), 1e-5);
  assert.throws(() => rotary(3, 2), /even size/);
});

test('dropout of ones changes nothing; of a block it silences what the block adds', () => {
  const built = buildEncoder('transformer', text(length, vocabulary), small);
  const forward = filled(built);
  const sequence = built.encoder.sequence!;
  const whole = sequence.ids(ids);
  const embedded = sequence.embed(forward, whole);
  const present = sequence.present(whole);
  const plain = sequence.encode(forward, embedded, { present });
  const ones = tf.ones([3, 5, 8]) as tf.Tensor3D;
  const same = sequence.encode(forward, embedded, { present, dropout: ones });
  assertClose(same.tokens.dataSync(), plain.tokens.dataSync(), 1e-6);
  const firstBlock = tf.tensor3d([1, 0, 0, 1, 1], [1, 5, 1]);
  const silent = sequence.encode(forward, embedded, {
    present,
    dropout: tf.mul(ones, firstBlock) as tf.Tensor3D,
  });
  assert.deepEqual(silent.layers[0]!.dataSync(), embedded.dataSync());
});

test('gradients of table, positions and a block, through padding and rotation', () => {
  const gradientOf = (options: object, names: readonly string[]): void => {
    const built = buildEncoder('transformer', text(4, 5), {
      width: 4,
      depth: 1,
      heads: 2,
      mlpRatio: 1,
      ...options,
    });
    const drawn = built.parameters.map(({ name, shape }) => [name, normals(shape, name)]);
    const forward = testForward(built.parameters).with(Object.fromEntries(drawn));
    const rows = tf.tensor2d([
      [2, 4, 4, 0],
      [2, 3, 1, 4],
    ]);
    assertGradients(
      (...values) =>
        built.encoder.features(
          forward.with(Object.fromEntries(names.map((name, i) => [name, values[i]!]))),
          rows,
        ),
      names.map((name) => forward.values[name]!),
      { step: 0.004, tolerance: 2e-3 },
    );
  };
  gradientOf({ attention: 'causal' }, ['encoder/embed/weight', 'encoder/positions/weight']);
  gradientOf({ positions: 'rotary' }, ['encoder/embed/weight', 'encoder/block1/attention/qkv/weight']);
});

test('BERT-Tiny sized: as many weights as its formula says', () => {
  const { size, encoder } = buildEncoder('transformer', text(512, 30522), { width: 128, depth: 2, heads: 2 });
  const block = 4 * 128 * 128 + 4 * 128 + 2 * 128 * 512 + 512 + 128 + 4 * 128;
  assert.equal(size, 30522 * 128 + 512 * 128 + 2 * block + 2 * 128);
  assert.equal(encoder.blocks, 2);
});

test('heads that do not divide, odd rotary heads and a causal first token are reported with their fix', () => {
  const { check, options } = encoders.transformer!;
  const problems = (given: object) => check!(text(8, 20), options.parse(given));
  assert.deepEqual(problems({}), []);
  assert.match(problems({ width: 100, heads: 3 })[0]!.fix, /99 or 102/);
  assert.match(problems({ width: 12, heads: 4, positions: 'rotary' })[0]!.fix, /8 or 16/);
  assert.match(problems({ attention: 'causal', pooling: 'cls' })[0]!.fix, /pooling: mean/);
});
