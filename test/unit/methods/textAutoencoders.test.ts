import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoencoder } from '../../../server/methods/autoencoder.ts';
import { hideTokens } from '../../../server/methods/corruption.ts';
import { denoising } from '../../../server/methods/denoising.ts';
import * as tf from '../../../server/nn/tf.ts';
import { firstToken, specialTokens } from '../../../server/protocol/tokens.ts';
import { randomAt } from '../../../server/random.ts';
import { assertLoss, dot, type Matrix, mean, negativeLogProbability } from './float64.ts';
import { build, drawSamples, plainBatch, tensors, text } from './tiny.ts';

const sample = text(7, 12);
const encoder = { type: 'transformer', width: 8, depth: 1, heads: 2 };

test('autoencoder of texts: value and gradient of the decoder against float64', () => {
  const options = { decoder: { hidden: [] } };
  const { task, forward, random } = build(autoencoder, sample, { encoder, options, batchSize: 3 });
  const given = tensors(task, task.prepare(plainBatch(3, sample), random(0)));
  const ids = given.original!.arraySync() as number[][];
  const table = forward.values['encoder/embed/weight']!.arraySync() as Matrix;
  // Features that a bias alone decides about: the decoder is all there is to compare.
  const weight = forward.values['decoder/output/weight']!;
  const silent = { 'decoder/output/weight': tf.zerosLike(weight) };
  assertLoss(
    (bias) =>
      task.loss(forward.with({ ...silent, 'decoder/output/bias': tf.reshape(bias!, [7 * 8]) }), given).loss,
    (vectors) => {
      const scores = vectors.map((vector) => table.map((token) => dot(token, vector)));
      return mean(
        ids.flatMap((row) =>
          row.flatMap((id, place) => (id === 0 ? [] : [negativeLogProbability(scores[place]!, id)])),
        ),
      );
    },
    [tf.randomNormal([7, 8], 0, 1, 'float32', 3) as tf.Tensor2D],
  );
});

test('autoencoder of texts: the text reaches the decoder through the feature vector alone', () => {
  const { task, forward } = build(autoencoder, sample, { encoder, batchSize: 2 });
  const given = { original: tf.tensor2d(drawSamples(sample, 2, 'texts'), [2, 7], 'int32') };
  const silent = { 'decoder/dense1/weight': tf.zeros([8, 16]) };
  const { probabilities } = task.guess!(forward.with(silent), given);
  const [first, second] = probabilities.arraySync() as number[][][];
  assert.deepEqual(first, second);
  const heard = task.guess!(forward, given).probabilities.arraySync() as number[][][];
  assert.notDeepEqual(heard[0], heard[1]);
});

test('denoising of texts: its share of the tokens is masked, neither begin, end nor padding', () => {
  const texts = drawSamples(text(12, 30), 2000, 'texts');
  const hidden = hideTokens(texts, 0.3, randomAt(0, 'hide'));
  let [tokens, masked] = [0, 0];
  hidden.forEach((id, i) => {
    if (texts[i]! >= firstToken) tokens++;
    if (id === texts[i]) return;
    masked++;
    assert.equal(id, specialTokens.mask);
    assert.ok(texts[i]! >= firstToken);
  });
  assert.ok(Math.abs(masked / tokens - 0.3) < 0.015, `${masked / tokens}`);
});

test('denoising of texts: the encoder sees the damaged text, the whole one is asked for', () => {
  const { task, forward, random } = build(denoising, sample, {
    encoder,
    batchSize: 4,
    options: { drop: 0.5 },
  });
  const arrays = task.prepare(plainBatch(4, sample), random(0));
  assert.deepEqual(arrays.original, Int32Array.from(drawSamples(sample, 4, 'view 0')));
  assert.ok(arrays.corrupted instanceof Int32Array && arrays.corrupted.includes(specialTokens.mask));
  const given = tensors(task, arrays);
  const { original, shown, asked } = task.guess!(forward, given);
  assert.deepEqual(original.dataSync(), given.original!.dataSync());
  assert.deepEqual(shown.dataSync(), given.corrupted!.dataSync());
  assert.deepEqual(
    [...asked.dataSync()],
    [...given.original!.dataSync()].map((id) => (id === 0 ? 0 : 1)),
  );
  const loss = (inputs: typeof given) => task.loss(forward, inputs).loss.dataSync()[0];
  assert.notEqual(loss(given), loss({ ...given, corrupted: given.original! }));
});

test('misuse: what texts have no use for is refused with the way back', () => {
  const check = (options: object, encoderType = 'transformer') =>
    denoising.check!({ sample, encoderType, batchSize: 4 }, denoising.options.parse(options));
  assert.deepEqual(check({}), []);
  assert.match(check({ drop: 0 })[0]!.fix, /Set drop above 0/);
  assert.match(check({ loss: 'crossEntropy' })[0]!.fix, /Remove loss/);
  assert.match(check({ decoder: { output: 'sigmoid' } })[0]!.fix, /Remove decoder\.output/);
  assert.match(check({ decoder: { type: 'convolutional' } })[0]!.fix, /decoder\.type to dense/);
  assert.match(check({}, 'mlp')[0]!.fix, /transformer/);
});
