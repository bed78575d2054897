import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoencoder, reconstructionLoss } from '../../../server/methods/autoencoder.ts';
import { binaryCrossEntropy } from '../../../server/methods/binaryCrossEntropy.ts';
import { pixelShuffle } from '../../../server/methods/decoders.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, binary, columnsOf, covariance, type Matrix, mean, sigmoid, sines } from './float64.ts';
import { build, image, plainBatch, table } from './tiny.ts';

const meanOver = (a: Matrix, b: Matrix, each: (a: number, b: number) => number): number =>
  mean(a.flatMap((row, i) => row.map((v, j) => each(v, b[i]![j]!))));

test('mean squared error: value and gradient against float64, linear and sigmoid output', () => {
  const original = normals([4, 3], 'original') as tf.Tensor2D;
  for (const output of ['linear', 'sigmoid'] as const)
    assertLoss(
      (x) => reconstructionLoss(x, original, { loss: 'mse', output }),
      (x) => meanOver(x, original.arraySync(), (v, t) => ((output === 'sigmoid' ? sigmoid(v) : v) - t) ** 2),
      [normals([4, 3]) as tf.Tensor2D],
    );
});

test('binary cross-entropy: value and gradient against float64', () => {
  const targets = tf.tensor2d([
    [0, 1, 0.3],
    [1, 0, 0.5],
  ]);
  assertLoss(
    (x) => reconstructionLoss(x, targets, { loss: 'crossEntropy', output: 'sigmoid' }),
    (x) => meanOver(x, targets.arraySync(), binary),
    [tf.mul(normals([2, 3]), 3)],
  );
});

test('binary cross-entropy: a number from PyTorch 2.14, and no overflow at large logits', () => {
  const targets = tf.tensor2d([
    [1, 0, 1],
    [0, 0, 1],
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 0],
  ]);
  assertClose(binaryCrossEntropy(sines(5, 3), targets).dataSync(), [0.7312461733359777], 1e-5);
  assertClose(binaryCrossEntropy(tf.tensor1d([1e4, -1e4]), tf.tensor1d([0, 1])).dataSync(), [1e4], 1e-6);
});

test('20-10-20 on a table: the loss is that of a network written out by hand', () => {
  const { task, parameters, forward } = build(autoencoder, table(20), {
    encoder: { type: 'mlp', hidden: [10] },
    options: { decoder: { output: 'sigmoid' } },
    batchSize: 5,
  });
  assert.deepEqual(
    parameters.map(({ name, shape }) => [name, ...shape]),
    [
      ['encoder/layer1/dense/weight', 20, 10],
      ['encoder/layer1/dense/bias', 10],
      ['decoder/output/weight', 10, 20],
      ['decoder/output/bias', 20],
    ],
  );
  const uniform = tf.sigmoid(normals([5, 20])) as tf.Tensor2D;
  const layer = (x: Matrix, name: string, act: (v: number) => number): Matrix => {
    const weight = columnsOf(forward.values[`${name}/weight`]!.arraySync() as Matrix);
    const bias = forward.values[`${name}/bias`]!.arraySync() as number[];
    return x.map((row) => weight.map((w, o) => act(w.reduce((s, v, i) => s + v * row[i]!, bias[o]!))));
  };
  const x = uniform.arraySync();
  const hidden = layer(x, 'encoder/layer1/dense', (v) => Math.max(v, 0));
  const expected = meanOver(layer(hidden, 'decoder/output', sigmoid), x, (a, b) => (a - b) ** 2);
  assertClose(task.loss(forward, { original: uniform }).loss.dataSync(), [expected], 1e-5);
});

test('the hidden layers of an mlp encoder are mirrored; [] decodes in one layer', () => {
  const widths = (decoder: object): number[] =>
    build(autoencoder, table(20), { encoder: { type: 'mlp', hidden: [16, 12, 4] }, options: { decoder } })
      .parameters.filter(({ name }) => /^decoder.*weight/.test(name))
      .map(({ shape }) => shape[1]!);
  assert.deepEqual(widths({}), [12, 16, 20]);
  assert.deepEqual(widths({ hidden: [] }), [20]);
  assert.deepEqual(widths({ hidden: [7] }), [7, 20]);
});

test('a linear autoencoder comes within 5 % of the optimum, which principal components give', () => {
  const [rows, columns, code] = [100, 20, 4];
  const x = tf.sub(tf.sigmoid(tf.mul(normals([rows, columns]), 2)), 0.5) as tf.Tensor2D;
  const { task, parameters, forward } = build(autoencoder, table(columns), {
    encoder: { type: 'mlp', hidden: [code], activation: 'identity' },
    batchSize: rows,
  });
  const trained = Object.fromEntries(parameters.map((p) => [p.name, forward.values[p.name]!]));
  const names = Object.keys(trained);
  const moments = names.map((name) => [tf.zerosLike(trained[name]!), tf.zerosLike(trained[name]!)]);
  let loss = Number.NaN;
  for (let step = 1; step <= 500; step++) {
    const { value, grads } = tf.valueAndGrads(
      (...values: tf.Tensor[]) =>
        task.loss(forward.with(Object.fromEntries(names.map((name, i) => [name, values[i]!]))), {
          original: x,
        }).loss,
    )(names.map((name) => trained[name]!));
    loss = value.dataSync()[0]!;
    names.forEach((name, i) => {
      const [m, v] = moments[i] as [tf.Tensor, tf.Tensor];
      const [m1, v1] = [
        tf.add(tf.mul(m, 0.9), tf.mul(grads[i]!, 0.1)),
        tf.add(tf.mul(v, 0.999), tf.mul(tf.square(grads[i]!), 0.001)),
      ];
      moments[i] = [m1, v1];
      const direction = tf.div(
        tf.div(m1, 1 - 0.9 ** step),
        tf.add(tf.sqrt(tf.div(v1, 1 - 0.999 ** step)), 1e-8),
      );
      trained[name] = tf.sub(trained[name]!, tf.mul(direction, 0.02 * (1 - step / 501)));
    });
  }
  const data = columnsOf(x.arraySync());
  const eigenvalues = symmetricEigenvalues(data.map((a) => data.map((b) => covariance(a, b))));
  const dropped = eigenvalues.sort((a, b) => b - a).slice(code);
  const optimum = (mean(dropped) * dropped.length * (rows - 1)) / rows / columns;
  assert.ok(loss >= optimum * 0.999, `${loss} is below the optimum ${optimum}`);
  assert.ok(loss <= optimum * 1.05, `${loss} is more than 5 % above the optimum ${optimum}`);
});

/** Eigenvalues by cyclic Jacobi rotations. */
function symmetricEigenvalues(matrix: Matrix): number[] {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  for (let sweep = 0; sweep < 30; sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const angle = 0.5 * Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < n; k++) {
          const [kp, kq] = [a[k]![p]!, a[k]![q]!];
          a[k]![p] = c * kp - s * kq;
          a[k]![q] = s * kp + c * kq;
        }
        for (let k = 0; k < n; k++) {
          const [pk, qk] = [a[p]![k]!, a[q]![k]!];
          a[p]![k] = c * pk - s * qk;
          a[q]![k] = s * pk + c * qk;
        }
      }
  return a.map((row, i) => row[i]!);
}

test('pixelShuffle turns groups of channels into 2 x 2 pixels', () => {
  const [height, width, c] = [2, 3, 2];
  const x = normals([2, height, width, 4 * c]) as tf.Tensor4D;
  const y = pixelShuffle(x).arraySync() as number[][][][];
  const source = x.arraySync();
  assert.deepEqual(pixelShuffle(x).shape, [2, 2 * height, 2 * width, c]);
  for (let row = 0; row < 2 * height; row++)
    for (let column = 0; column < 2 * width; column++)
      for (let k = 0; k < c; k++) {
        const group = (row % 2) * 2 + (column % 2);
        assert.equal(y[1]![row]![column]![k], source[1]![row >> 1]![column >> 1]![group * c + k]);
      }
});

for (const shape of [
  [28, 28, 1],
  [8, 8, 3],
  [5, 5, 1],
  [30, 20, 3],
]) {
  test(`a convolutional encoder gets a convolutional decoder for images ${shape.join(' x ')}`, () => {
    const { task, parameters, forward, random } = build(autoencoder, image(...shape), {
      encoder: { type: 'convnet', width: 4, size: 8 },
      options: { decoder: { width: 2 } },
      batchSize: 2,
    });
    assert.ok(parameters.some(({ name }) => name === 'decoder/stage1/weight'));
    const inputs = task.prepare(plainBatch(2, shape), random(0));
    const tensors = { original: tf.tensor(inputs.original as Float32Array, [2, ...shape]) };
    const { original, corrupted, restored } = task.reconstruct!(forward, tensors);
    assert.deepEqual(restored.shape, [2, ...shape]);
    assert.equal(original, corrupted);
    const error = reconstructionLoss(restored, original, { loss: 'mse', output: 'linear' });
    assertClose(task.loss(forward, tensors).loss.dataSync(), error.dataSync(), 1e-6);
  });
}

test('unfit combinations are reported with their fix', () => {
  const check = (options: object, sample = table(3)) =>
    autoencoder.check!({ sample, encoderType: 'mlp', batchSize: 4 }, autoencoder.options.parse(options));
  assert.deepEqual(check({}), []);
  assert.deepEqual(check({ decoder: { type: 'convolutional' } }, image(8, 8, 1)), []);
  assert.match(check({ decoder: { type: 'convolutional' } })[0]!.fix, /decoder.type to dense/);
  assert.match(check({ loss: 'crossEntropy' })[0]!.fix, /decoder.output to sigmoid/);
  assert.deepEqual(check({ loss: 'crossEntropy', decoder: { output: 'sigmoid' } }), []);
});
