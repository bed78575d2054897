import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TensorSpec } from '../../../server/methods/method.ts';
import * as tf from '../../../server/nn/tf.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import type { PureFunction } from '../../../server/training/engine/engine.ts';
import { canonicalText } from '../../../server/training/engine/trace/graph.ts';
import { trace } from '../../../server/training/engine/trace/trace.ts';
import { TraceError } from '../../../server/training/engine/trace/traceError.ts';

const reference = await openReference();
const inputs = { x: { shape: [2, 3], dtype: 'float32' } } as const satisfies Record<string, TensorSpec>;

/** A model in this file whose mistake the message has to find. */
const models = {
  randomNormal: ({ x }) => ({ y: tf.add(x!, tf.randomNormal([2, 3])) }),
  dropout: ({ x }) => ({ y: tf.dropout(x!, 0.5) }),
  mathRandom: ({ x }) => ({ y: tf.mul(x!, Math.random()) }),
  dataSync: ({ x }) => ({ y: tf.scalar(tf.square(x!).dataSync()[0]!) }),
  arraySync: ({ x }) => ({ y: tf.tensor(tf.square(x!).arraySync() as number[][]) }),
  print: ({ x }) => {
    tf.square(x!).print();
    return { y: x! };
  },
  data: ({ x }) => {
    void tf.square(x!).data();
    return { y: x! };
  },
  multinomial: ({ x }) => ({ y: tf.multinomial(x as tf.Tensor2D, 2, 0) }),
  noGradient: ({ x }) => ({
    y: tf.grad((v) => tf.sum(tf.stridedSlice(v, [0, 0], [2, 2], [1, 1])))(x!),
  }),
} satisfies Record<string, PureFunction>;

let calls = 0;
const mistakes: Readonly<Record<string, readonly [PureFunction, RegExp]>> = {
  'tf.randomNormal': [models.randomNormal, /something else each time.*tf\.randomNormal.*pass them as inputs/],
  'tf.dropout': [models.dropout, /something else each time.*pass them as inputs/],
  'a constant from Math.random': [models.mathRandom, /something else each time.*pass them as inputs/],
  dataSync: [models.dataSync, /A value is read inside a compiled function/],
  arraySync: [models.arraySync, /A value is read inside a compiled function/],
  print: [models.print, /A value is read inside a compiled function/],
  'data()': [models.data, /A value is read inside a compiled function/],
  'a kernel that is missing': [models.multinomial, /no kernel Multinomial \(tf\.multinomial.*other ops/],
  'a gradient that is missing': [
    models.noGradient,
    /no gradient for StridedSlice \(tf\.stridedSlice.*customGrad/,
  ],
};

for (const [name, [fn, message]] of Object.entries(mistakes))
  test(`${name} in a compiled function is an error with the line of the model`, () => {
    const before = [tf.getBackend(), tf.engine().state.numTensors];
    assert.throws(
      () => trace(fn, inputs),
      (error: Error) => {
        assert.ok(error instanceof TraceError, error.stack);
        assert.match(error.message, message);
        assert.match(error.message, /trace\.test\.(ts|js):\d+/);
        return true;
      },
    );
    assert.deepEqual([tf.getBackend(), tf.engine().state.numTensors], before, 'nothing is left behind');
  });

test('a function that keeps a tensor is an error', () => {
  assert.throws(
    () => trace(({ x }) => ({ y: tf.keep(tf.square(x!)) }), inputs),
    /keeps 1 tensor \(tf\.keep.*return it as an output/,
  );
});

test('a function that changes from trace to trace is an error', () => {
  const fn: PureFunction = ({ x }) => ({ y: calls++ % 2 === 0 ? tf.sin(x!) : tf.cos(x!) });
  assert.throws(() => trace(fn, inputs), /something else each time/);
});

test('what is no tensor, an input without elements and a trace within a trace are errors', () => {
  assert.throws(() => trace(() => ({ y: 3 as unknown as tf.Tensor }), inputs), /Output y .* is not a tensor/);
  assert.throws(() => trace(() => Promise.resolve({}) as never, inputs), /must not be asynchronous/);
  const none = { x: { shape: [0, 3], dtype: 'float32' } } as const;
  assert.throws(() => trace(({ x }) => ({ y: x! }), none), /Input x has no elements/);
  assert.throws(
    () => trace(({ x }) => trace(({ x: z }) => ({ y: z! }), inputs) && { y: x! }, inputs),
    /inside another/,
  );
});

test('a function may use tensors from outside, which stay where they are', () => {
  const outside = tf.tensor([1, 2, 3]);
  const graph = trace(({ x }) => ({ y: tf.mul(x!, outside) }), inputs);
  assert.deepEqual([...graph.constants.values()], [Float32Array.of(1, 2, 3)]);
  assert.deepEqual(Array.from(outside.dataSync()), [1, 2, 3]);
  outside.dispose();
  assert.throws(() => trace(({ x }) => ({ y: tf.mul(x!, outside) }), inputs), /disposed/);
});

test('equal functions have equal traces, others not', () => {
  const of = (power: number): string =>
    canonicalText(trace(({ x }) => ({ y: tf.grad((v) => tf.sum(tf.pow(v, power)))(x!) }), inputs));
  assert.equal(of(2), of(2));
  assert.notEqual(of(2), of(3));
});

test('tracing leaves the backend as it was', async () => {
  const before = tf.engine().state.numTensors;
  trace(({ x }) => ({ y: tf.grad((v) => tf.sum(tf.square(v)))(x!) }), inputs);
  assert.equal(tf.getBackend(), 'cpu');
  assert.equal(tf.engine().state.numTensors, before);
  const program = await reference.program(({ x }) => ({ y: tf.square(x!) }), inputs);
  assert.deepEqual(await program.run({ x: Float32Array.of(1, 2, 3, 4, 5, 6) }), {
    y: Float32Array.of(1, 4, 9, 16, 25, 36),
  });
});
