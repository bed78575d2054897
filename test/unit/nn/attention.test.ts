import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selfAttention } from '../../../server/nn/attention.ts';
import { Scope } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { transformerBlock } from '../../../server/nn/transformerBlock.ts';
import { testForward } from '../../support/forward.ts';
import { assertClose, assertGradients, normals } from '../../support/numeric.ts';

const [batch, tokens, width, heads] = [2, 3, 4, 2];
const size = width / heads;

/** x [tokens, width] W [width, outputs] + b, in float64. */
function linear(x: number[][], w: tf.Tensor, b: tf.Tensor): number[][] {
  const outputs = w.shape[1]!;
  const [ws, bs] = [w.dataSync(), b.dataSync()];
  return x.map((row) =>
    Array.from({ length: outputs }, (_, o) =>
      row.reduce((sum, v, i) => sum + v * ws[i * outputs + o]!, bs[o]!),
    ),
  );
}

/** softmax(q k' / sqrt(size)) v for each head, by its definition. */
function reference(x: number[][], values: Record<string, tf.Tensor>): number[][] {
  const joined = linear(x, values['qkv/weight']!, values['qkv/bias']!);
  const mixed = x.map(() => Array<number>(width).fill(0));
  for (let head = 0; head < heads; head++) {
    const part = (which: number, token: number): number[] =>
      joined[token]!.slice(which * width + head * size, which * width + (head + 1) * size);
    for (let t = 0; t < tokens; t++) {
      const powers = x.map((_, s) =>
        Math.exp(part(0, t).reduce((sum, q, i) => sum + q * part(1, s)[i]!, 0) / Math.sqrt(size)),
      );
      const total = powers.reduce((a, b) => a + b, 0);
      for (let s = 0; s < tokens; s++)
        part(2, s).forEach((v, i) => {
          mixed[t]![head * size + i]! += (powers[s]! / total) * v;
        });
    }
  }
  return linear(mixed, values['output/weight']!, values['output/bias']!);
}

/** Every parameter drawn at random, biases and scales too. */
function randomValues(scope: Scope): Record<string, tf.Tensor> {
  return Object.fromEntries(scope.parameters.map((p) => [p.name, tf.mul(normals(p.shape, p.name), 0.7)]));
}

test('selfAttention: values against float64, sample by sample', () => {
  const scope = new Scope();
  const layer = selfAttention(scope, width, heads);
  const values = randomValues(scope);
  const x = normals([batch, tokens, width]) as tf.Tensor3D;
  const expected = (x.arraySync() as number[][][]).flatMap((sample) => reference(sample, values).flat());
  const y = layer(testForward(scope.parameters).with(values), x);
  assert.deepEqual(y.shape, [batch, tokens, width]);
  assertClose(y.dataSync(), expected, 2e-6);
});

test('selfAttention: gradients of the input and of every parameter', () => {
  const scope = new Scope();
  const layer = selfAttention(scope, width, heads);
  const forward = testForward(scope.parameters);
  const names = scope.parameters.map((p) => p.name);
  const values = randomValues(scope);
  assertGradients(
    (x, ...rest) => layer(forward.with(Object.fromEntries(names.map((name, i) => [name, rest[i]!]))), x!),
    [normals([batch, tokens, width]), ...names.map((name) => values[name]!)],
  );
});

test('transformerBlock: gradients, and no change at all where its outputs are zero', () => {
  const scope = new Scope();
  const block = transformerBlock(scope, { width, heads, mlpRatio: 1.5 });
  const x = normals([batch, tokens, width]);
  const forward = testForward(scope.parameters).with(randomValues(scope));
  assertGradients((x) => block(forward, x!), [x], { tolerance: 1e-3 });
  const silent = Object.fromEntries(
    scope.parameters.filter((p) => /output|mlp2/.test(p.name)).map((p) => [p.name, tf.zeros([...p.shape])]),
  );
  assert.deepEqual(block(forward.with(silent), x).dataSync(), x.dataSync());
});

test('heads that do not divide the width are refused', () => {
  assert.throws(() => selfAttention(new Scope(), 10, 3), /Width 10 does not divide into 3 heads/);
});
