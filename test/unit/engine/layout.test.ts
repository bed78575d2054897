import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Initializer, Scope } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import { createForward } from '../../../server/training/engine/forward.ts';
import { initialState, initialValues } from '../../../server/training/engine/initialize.ts';
import {
  createGroup,
  createLayout,
  fillGroup,
  partsOf,
  values,
} from '../../../server/training/engine/layout.ts';
import { exampleStep, parameterNamed } from './exampleStep.ts';

const parameters = (shapes: Record<string, number[]>) => {
  const scope = new Scope();
  for (const [name, shape] of Object.entries(shapes))
    scope.weight(name, shape, { kind: 'constant', value: 0 });
  return scope.parameters;
};

test('values are views into one buffer, in order and without gaps', () => {
  const layout = createLayout(parameters({ a: [2, 3], b: [], c: [4] }));
  assert.equal(layout.size, 11);
  const buffer = Float32Array.from({ length: 11 }, (_, i) => i);
  const { a, b, c } = values(layout, buffer);
  assert.deepEqual([a!.length, b![0], [...c!]], [6, 6, [7, 8, 9, 10]]);
  c![0] = -1;
  assert.equal(buffer[7], -1);
  assert.throws(() => values(layout, new Float32Array(10)), /11 values was expected, found 10/);
});

test('a group is filled only by values of the same model', () => {
  const group = createGroup(parameters({ a: [2], b: [1] }));
  fillGroup(group, { b: Float32Array.of(3), a: Float32Array.of(1, 2) }, 'Weights');
  assert.deepEqual([...group.buffer], [1, 2, 3]);
  const a = Float32Array.of(1, 2);
  assert.throws(() => fillGroup(group, { a }, 'Weights'), /^Error: Weights: b is missing\.$/);
  assert.throws(() => fillGroup(group, { a, b: a }, 'Weights'), /b has 2 values, this model has \[1\]/);
  assert.throws(() => fillGroup(group, { a, b: a, c: a }, 'Weights'), /c is not part of this model/);
});

test('start values depend on seed and name alone', () => {
  const definition = exampleStep();
  const first = initialState(definition, 5);
  const reordered = initialState({ ...definition, parameters: [...definition.parameters].reverse() }, 5);
  assert.deepEqual(reordered.weights['head/weight'], first.weights['head/weight']);
  assert.notDeepEqual(initialState(definition, 6).weights['head/weight'], first.weights['head/weight']);
  assert.deepEqual(first.target['encoder/weight'], first.weights['encoder/weight']);
  assert.deepEqual(Object.keys(first.target), ['encoder/weight', 'encoder/bias', 'encoder/mean']);
  assert.deepEqual(Object.keys(first.optimizer), ['moment1', 'moment2']);
  assert.equal(first.optimizer.moment1!['frozen/scale'], undefined);
});

test('each initializer has the moments that it promises', () => {
  const start = (init: Initializer): { mean: number; std: number; largest: number } => {
    const [parameter] = parameters({ x: [20000] });
    const drawn = [...initialValues({ ...parameter!, init }, 0)];
    const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
    const std = Math.sqrt(drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length);
    return { mean, std, largest: Math.max(...drawn.map(Math.abs)) };
  };
  const near = (found: number, expected: number) =>
    assert.ok(Math.abs(found / expected - 1) < 0.03, `${found} ${expected}`);
  near(start({ kind: 'heNormal', fanIn: 8 }).std, 0.5);
  near(start({ kind: 'xavierUniform', fanIn: 2, fanOut: 4 }).std, 1 / Math.sqrt(3));
  assert.ok(start({ kind: 'xavierUniform', fanIn: 2, fanOut: 4 }).largest <= 1);
  near(start({ kind: 'uniform', bound: 0.3 }).std, 0.3 / Math.sqrt(3));
  const cut = start({ kind: 'truncatedNormal', std: 0.02 });
  near(cut.std, 0.02 * 0.8796); // a normal cut at 2 std
  assert.ok(cut.largest <= 0.04);
  assert.ok(Math.abs(cut.mean) < 0.001);
  assert.deepEqual(start({ kind: 'constant', value: 2 }), { mean: 2, std: 0, largest: 2 });
  const [parameter] = parameters({ x: [3] });
  assert.throws(
    () => initialValues({ ...parameter!, init: { kind: 'values', values: new Float32Array(2) } }, 0),
    /2 start values for shape \[3\]/,
  );
});

test('parts: frozen weights get no gradient, buffers can have copies', () => {
  const { weights, buffers, trained, target } = partsOf(exampleStep());
  assert.equal(weights.length, 6);
  assert.deepEqual(
    buffers.map(({ name }) => name),
    ['encoder/mean'],
  );
  assert.ok(!trained.some(({ name }) => name === 'frozen/scale'));
  assert.equal(target.length, 3);
});

test('forward: buffers are written while training only, and read back; the target never writes', async () => {
  await openReference();
  const definition = exampleStep();
  const mean = parameterNamed(definition, 'encoder/mean');
  const weight = parameterNamed(definition, 'encoder/weight');
  const tensors = { 'encoder/mean': tf.zeros([4]), 'encoder/weight': tf.ones([5, 4]) };
  const slow = { 'encoder/mean': tf.fill([4], 9) };

  const training = createForward(tensors, { training: true, target: slow });
  training.forward.write(mean, tf.ones([4]));
  training.forward.write(mean, tf.add(training.forward.read(mean), 1));
  assert.deepEqual([...training.forward.read(mean).dataSync()], [2, 2, 2, 2]);
  training.forward.target.write(mean, tf.zeros([4]));
  assert.deepEqual([...training.forward.target.read(mean).dataSync()], [9, 9, 9, 9]);
  assert.deepEqual([...training.written.keys()], ['encoder/mean']);
  assert.throws(() => training.forward.target.read(weight), /encoder\/weight has no EMA copy/);
  assert.throws(() => training.forward.write(weight, tf.ones([5, 4])), /is a weight; only buffers/);
  assert.throws(() => training.forward.write(mean, tf.ones([5])), /is \[4\], but was written as \[5\]/);
  assert.throws(
    () => training.forward.read(parameterNamed(definition, 'head/bias')),
    /not part of this model/,
  );

  const judging = createForward(tensors, { training: false });
  judging.forward.write(mean, tf.ones([4]));
  assert.equal(judging.written.size, 0);
  assert.deepEqual([...judging.forward.read(mean).dataSync()], [0, 0, 0, 0]);
});
