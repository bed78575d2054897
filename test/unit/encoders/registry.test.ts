import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { encoders } from '../../../server/encoders/registry.ts';
import * as tf from '../../../server/nn/tf.ts';
import { buildEncoder, image, text } from '../../support/encoders.ts';
import { testForward } from '../../support/forward.ts';
import { kernelsOf, normals } from '../../support/numeric.ts';

/** Small variants of every kind of block. */
const variants: [string, Record<string, unknown>][] = [
  ['mlp', { hidden: [8, 6], norm: 'batch' }],
  ['mlp', { hidden: [8, 6], norm: 'layer', activation: 'gelu' }],
  ['convnet', { width: 4 }],
  ['convnet', { width: 4, norm: 'group' }],
  ['convnet', { width: 4, blocks: 'resnet', stages: 2 }],
  ['vit', { patch: 4, width: 8, depth: 2, heads: 2 }],
  ['vit', { patch: 4, width: 8, depth: 1, heads: 2, pool: 'class' }],
  ['transformer', { width: 8, depth: 2, heads: 2 }],
  ['transformer', { width: 8, depth: 1, heads: 2, positions: 'rotary', attention: 'causal' }],
  ['transformer', { width: 8, depth: 1, heads: 2, pooling: 'cls' }],
];

test('every encoder is registered under its own name; every option says what it is', () => {
  for (const [name, definition] of Object.entries(encoders)) {
    assert.equal(definition.type, name);
    for (const [key, option] of Object.entries(definition.options.shape)) {
      assert.ok((option as z.ZodType).description, `${name}.${key}`);
    }
    assert.equal(z.toJSONSchema(definition.options, { io: 'input' }).type, 'object');
  }
});

for (const [type, options] of variants) {
  const title = `${type} ${JSON.stringify(options)}`;
  const isText = type === 'transformer';
  // Embeddings start small, so that a norm makes much of a step.
  const step = isText ? 2e-5 : 2e-4;
  const samples = (count: number): tf.Tensor => {
    if (!isText) return normals([count, 8, 8, 1]);
    // Ids of texts with 3 to 8 tokens: no two places and no two tokens of the table mean the same.
    const row = (i: number) => Array.from({ length: 8 }, (_, t) => (t < 3 + i ? ((t * 5 + i) % 9) + 1 : 0));
    return tf.tensor2d(Array.from({ length: count }, (_, i) => row(i)));
  };
  const build = () => {
    const built = buildEncoder(type, isText ? text(8, 10) : image(8), options);
    const forward = testForward(built.parameters);
    const names = built.parameters.filter((p) => p.kind === 'weight').map((p) => p.name);
    const x = samples(6);
    const goal = normals([6, built.encoder.size], 'goal');
    const loss = (...weights: tf.Tensor[]): tf.Tensor => {
      const view = forward.with(Object.fromEntries(names.map((name, i) => [name, weights[i]!])));
      return tf.mean(tf.square(tf.sub(built.encoder.features(view, x), goal)));
    };
    return { ...built, names, loss, weights: names.map((name) => forward.values[name]!) };
  };

  test(`${title}: size as promised, depths 0 to blocks, every weight gets a gradient that lowers the loss`, () => {
    const { encoder, parameters, names, loss, weights } = build();
    assert.deepEqual(encoder.features(testForward(parameters), samples(3)).shape, [3, encoder.size]);
    for (const p of parameters) assert.ok(p.depth >= 0 && p.depth <= encoder.blocks, p.name);
    assert.equal(Math.max(...parameters.map((p) => p.depth)), encoder.blocks);
    const { value, grads } = tf.valueAndGrads(loss)(weights);
    grads.forEach((g, i) => {
      assert.ok(tf.max(tf.abs(g)).dataSync()[0]! > 0, `${names[i]} gets no gradient`);
    });
    const moved = weights.map((w, i) => tf.sub(w, tf.mul(grads[i]!, step)));
    const decrease = value.dataSync()[0]! - loss(...moved).dataSync()[0]!;
    const squares = grads.reduce((sum, g) => sum + tf.sum(tf.square(g)).dataSync()[0]!, 0);
    // First order: the loss falls by the step times the squared length of the gradient.
    assert.ok(Math.abs(decrease / (step * squares) - 1) < 0.1, `${decrease} against ${step * squares}`);
  });

  test(`${title}: gradients avoid kernels that unroll, are wrong somewhere or draw numbers`, async () => {
    const { loss, weights } = build();
    const kernels = await kernelsOf(() => tf.valueAndGrads(loss)(weights).grads);
    assert.ok(kernels.length > 10);
    for (const kernel of kernels) {
      assert.doesNotMatch(
        kernel,
        /Tile|BroadcastTo|StridedSlice|GatherNd|ScatterNd|Resize|MaxPool|Random|Multinomial/,
      );
    }
  });
}
