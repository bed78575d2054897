import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sinCosPositions2d } from '../../../server/nn/positions.ts';
import * as tf from '../../../server/nn/tf.ts';
import { buildEncoder, image } from '../../support/encoders.ts';
import { testForward } from '../../support/forward.ts';
import { assertClose, assertGradients, normals } from '../../support/numeric.ts';

const small = { patch: 2, width: 8, depth: 2, heads: 2 };

test('ViT-Tiny/16 at 224 has its 5,717,416 parameters less classifier and learned positions', () => {
  // timm's vit_tiny_patch16_224: 5,717,416, of which 192 * 1000 + 1000 classify and 197 * 192 are positions.
  const { size, encoder } = buildEncoder('vit', image(224, 224, 3), { patch: 16, depth: 12, pool: 'class' });
  assert.equal(size, 5_717_416 - 193_000 - 197 * 192);
  assert.equal(encoder.tokens!.count, 196);
  assert.equal(encoder.blocks, 12);
});

test('patchify cuts in reading order, pixels row by row, and unpatchify undoes it', () => {
  const tokens = buildEncoder('vit', image(4, 6), small).encoder.tokens!;
  const x = tf.reshape(tf.range(0, 24), [1, 4, 6, 1]);
  const raw = tokens.patchify(x);
  assert.deepEqual(raw.shape, [1, 6, 4]);
  assert.deepEqual(raw.arraySync()[0]![1], [2, 3, 8, 9]);
  assert.deepEqual(raw.arraySync()[0]![3], [12, 13, 18, 19]);
  const images = normals([3, 4, 6, 2]);
  const coloured = buildEncoder('vit', image(4, 6, 2), small).encoder.tokens!;
  assert.deepEqual(coloured.unpatchify(coloured.patchify(images)).dataSync(), images.dataSync());
});

test('embed adds the fixed positions', () => {
  const { encoder, parameters } = buildEncoder('vit', image(4, 6), small);
  const tokens = encoder.tokens!;
  const embedded = tokens.embed(testForward(parameters), tf.zeros([2, 6, 4]));
  const table = sinCosPositions2d(8, [2, 3]);
  assertClose(embedded.dataSync(), [...table, ...table], 1e-6);
});

test('encode takes any number of tokens; their order does not matter', () => {
  const { encoder, parameters } = buildEncoder('vit', image(4, 6), small);
  const forward = testForward(parameters);
  const kept = normals([2, 3, 8]) as tf.Tensor3D;
  const encoded = encoder.tokens!.encode(forward, kept);
  assert.deepEqual(encoded.shape, [2, 3, 8]);
  const reversed = encoder.tokens!.encode(forward, tf.reverse(kept, 1));
  assertClose(tf.reverse(reversed, 1).dataSync(), encoded.dataSync(), 1e-5);
});

test('pool mean is the mean of the encoded tokens, pool class the extra first token', () => {
  const x = normals([2, 4, 4, 1]);
  const mean = buildEncoder('vit', image(4), small);
  const forward = testForward(mean.parameters);
  const tokens = mean.encoder.tokens!;
  const encoded = tokens.encode(forward, tokens.embed(forward, tokens.patchify(x)));
  assertClose(mean.encoder.features(forward, x).dataSync(), tf.mean(encoded, 1).dataSync(), 1e-6);

  const byClass = buildEncoder('vit', image(4), { ...small, pool: 'class' });
  assert.ok(byClass.encoder.tokens!.classToken);
  const classForward = testForward(byClass.parameters);
  const all = byClass.encoder.tokens!.encode(
    classForward,
    byClass.encoder.tokens!.embed(classForward, tokens.patchify(x)),
  );
  assert.deepEqual(all.shape, [2, 5, 8]);
  const first = (all.arraySync() as number[][][]).flatMap((sample) => sample[0]!);
  assertClose(byClass.encoder.features(classForward, x).dataSync(), first, 1e-6);
});

test('an image of another size: its own tokens, at places between those of the sample', () => {
  const { encoder, parameters } = buildEncoder('vit', image(8), small);
  assert.equal(encoder.sizeStep, 2);
  const forward = testForward(parameters);
  const tokens = encoder.tokens!;
  const x = normals([3, 4, 6, 1]);
  const raw = tokens.patchify(x);
  assert.deepEqual(raw.shape, [3, 6, 4]);
  const embedded = tokens.embed(forward, raw, { grid: [2, 3] });
  const bare = tokens.embed(forward, tf.zerosLike(raw), { grid: [2, 3] });
  assertClose(bare.dataSync().slice(0, 48), sinCosPositions2d(8, [2, 3], [4, 4]), 1e-6);
  const pooled = tf.mean(tokens.encode(forward, embedded), 1);
  assertClose(encoder.features(forward, x).dataSync(), pooled.dataSync(), 1e-6);
  assert.throws(
    () => encoder.features(forward, normals([1, 5, 6, 1])),
    /5 x 6 cannot be cut into patches of 2/,
  );
});

test('gradients through the whole encoder, with a class token', () => {
  const options = { patch: 2, width: 4, depth: 1, heads: 2, mlpRatio: 1, pool: 'class' };
  const { encoder, parameters } = buildEncoder('vit', image(4), options);
  const forward = testForward(parameters);
  const token = normals([4], 'class token');
  assertGradients(
    (x, token) => encoder.features(forward.with({ 'encoder/embed/class': token! }), x!),
    [normals([2, 4, 4, 1]), token],
    { tolerance: 1e-3 },
  );
});

test('depths: embedding 0, blocks 1 to depth, final norm with the last block', () => {
  const { parameters } = buildEncoder('vit', image(4), { ...small, depth: 3 });
  const depths = new Map(parameters.map((p) => [p.name.split('/')[1]!, p.depth]));
  assert.deepEqual(Object.fromEntries(depths), { embed: 0, block1: 1, block2: 2, block3: 3, norm: 3 });
});

test('a patch that does not divide the image is refused with the nearest that do', () => {
  const { definition } = buildEncoder('vit', image(28));
  const problems = (sample: [number, number], options: Record<string, unknown>) =>
    definition.check!(image(...sample), definition.options.parse(options));
  assert.deepEqual(problems([28, 28], { patch: 4 }), []);
  const [problem, ...rest] = problems([28, 28], { patch: 5 });
  assert.deepEqual(rest, []);
  assert.deepEqual(problem!.path, ['patch']);
  assert.match(problem!.fix, /patch: 4 or 7, or data\.size: 30/);
  assert.match(problems([28, 20], { patch: 8 })[0]!.fix, /patch: 4,/);
});

test('heads that do not divide the width are refused with widths that fit', () => {
  const { definition } = buildEncoder('vit', image(28));
  const [problem] = definition.check!(image(28), definition.options.parse({ width: 100, heads: 3 }));
  assert.deepEqual(problem!.path, ['heads']);
  assert.match(problem!.fix, /width: 96 or 108/);
});
