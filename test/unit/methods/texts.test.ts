import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transformer } from '../../../server/encoders/transformer.ts';
import { clm } from '../../../server/methods/clm.ts';
import { maskedCount, maskTexts, mlm } from '../../../server/methods/mlm.ts';
import { drawDropout, simcse } from '../../../server/methods/simcse.ts';
import { tokenAccuracy, tokenCrossEntropy } from '../../../server/methods/tokenLoss.ts';
import { damageText, tsdae } from '../../../server/methods/tsdae.ts';
import { Scope } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { firstToken, specialTokens } from '../../../server/protocol/tokens.ts';
import { randomAt } from '../../../server/random.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, dot, type Matrix, mean, negativeLogProbability, sines, sum } from './float64.ts';
import { type Built, build, drawSamples, plainBatch, tensors, text } from './tiny.ts';

const labels = [3, 0, 2, 2];
const weights = [1, 0, 1, 0.5];
const asLabels = tf.tensor1d(labels, 'int32');
const asWeights = tf.tensor1d(weights);

/** Weighted mean of -log p(label), by its definition. */
function reference(logits: Matrix): number {
  const losses = logits.map((row, i) => negativeLogProbability(row, labels[i]!) * weights[i]!);
  return sum(losses) / sum(weights);
}

test('cross-entropy of tokens: value and gradient against float64', () => {
  assertLoss((x) => tokenCrossEntropy(x, asLabels, asWeights), reference, [normals([4, 5]) as tf.Tensor2D]);
});

test('cross-entropy of tokens: a number from PyTorch 2.14 (cross_entropy, reduction none, times weights)', () => {
  assertClose(tokenCrossEntropy(sines(4, 5), asLabels, asWeights).dataSync(), [1.8204608903949555], 1e-5);
});

test('cross-entropy of tokens stays finite for large scores, and is 0 without any weight', () => {
  const large = tf.tensor2d([[1000, 0, -1000]]);
  const one = tf.tensor1d([1]);
  assertClose(tokenCrossEntropy(large, tf.tensor1d([2], 'int32'), one).dataSync(), [2000], 1e-6);
  assert.equal(tokenCrossEntropy(large, tf.tensor1d([2], 'int32'), tf.zeros([1])).dataSync()[0], 0);
});

test('accuracy of tokens counts rows by their weights', () => {
  const logits = tf.tensor2d([
    [0, 0, 0, 9],
    [0, 9, 0, 0],
    [0, 0, 9, 0],
    [9, 0, 0, 0],
  ]);
  assertClose(tokenAccuracy(logits, asLabels, asWeights).dataSync(), [2 / 2.5], 1e-6);
});

const [batch, length, vocabulary] = [400, 12, 30];
const texts = drawSamples(text(length, vocabulary), batch, 'texts');
const shares = { maskRatio: 0.3, random: 0.1, keep: 0.1 };

test('MLM: as many tokens of each text as its share, neither begin, end nor padding; the answers stood there', () => {
  const { shown, places, answers, weights } = maskTexts(
    texts,
    [batch, length],
    vocabulary,
    shares,
    randomAt(0, 'm'),
  );
  const most = maskedCount(length, 0.3);
  for (let sample = 0; sample < batch; sample++) {
    const row = texts.subarray(sample * length, (sample + 1) * length);
    const inner = row.filter((id) => id >= firstToken).length;
    const slots = Array.from({ length: most }, (_, i) => sample * most + i);
    const used = slots.filter((slot) => weights[slot] === 1);
    assert.equal(used.length, maskedCount(inner, 0.3));
    assert.equal(new Set(used.map((slot) => places[slot])).size, used.length);
    for (const slot of used) {
      assert.equal(Math.floor(places[slot]! / length), sample);
      assert.ok(texts[places[slot]!]! >= firstToken);
      assert.equal(answers[slot], texts[places[slot]!]);
    }
  }
  const chosen = new Set(places.filter((_, slot) => weights[slot] === 1));
  shown.forEach((id, place) => {
    if (!chosen.has(place)) assert.equal(id, texts[place]);
  });
});

test('MLM: of the chosen tokens 80 % are masked, 10 % random, 10 % kept; another step chooses others', () => {
  const counts = { masked: 0, other: 0, same: 0 };
  for (let step = 0; step < 10; step++) {
    const { shown, places, answers, weights } = maskTexts(
      texts,
      [batch, length],
      vocabulary,
      shares,
      randomAt(0, 'm', step),
    );
    weights.forEach((weight, slot) => {
      if (weight === 0) return;
      const id = shown[places[slot]!]!;
      counts[id === specialTokens.mask ? 'masked' : id === answers[slot] ? 'same' : 'other']++;
      assert.ok(id === specialTokens.mask || id >= firstToken);
    });
  }
  const all = counts.masked + counts.other + counts.same;
  assert.ok(all > 9000);
  // A random token is the same one now and then.
  const same = 0.1 + 0.1 / (vocabulary - firstToken);
  assert.ok(Math.abs(counts.masked / all - 0.8) < 0.015, `${counts.masked / all}`);
  assert.ok(Math.abs(counts.same / all - same) < 0.012, `${counts.same / all}`);
  const first = maskTexts(texts, [batch, length], vocabulary, shares, randomAt(0, 'm', 0));
  const second = maskTexts(texts, [batch, length], vocabulary, shares, randomAt(0, 'm', 1));
  assert.notDeepEqual(first.places, second.places);
});

test('MLM: a text of nothing but unknown tokens asks for nothing', () => {
  const row = Float32Array.from([2, 4, 4, 3, 0, 0]);
  const { shown, weights } = maskTexts(row, [1, 6], 20, shares, randomAt(0, 'm'));
  assert.deepEqual([...shown], [...row]);
  assert.ok(weights.every((weight) => weight === 0));
});

const encoder = { type: 'transformer', width: 8, depth: 1, heads: 2 };
const sample = text(7, 12);

/** Scores by the definition, from what `guess` says of the model: -log of the probability of the answer. */
test('MLM: an untrained model guesses every token alike; guesses are sorted, asked for where a token was chosen', () => {
  const built = build(mlm, sample, { encoder, options: { maskRatio: 0.4 }, batchSize: 5 });
  const arrays = built.task.prepare(plainBatch(5, sample), built.random(0));
  const given = tensors(built.task, arrays);
  const loss = built.task.loss(built.forward, given).loss.dataSync()[0]!;
  assert.ok(Math.abs(loss - Math.log(12)) < 0.2, `${loss}`);
  const guesses = built.task.guess!(built.forward, given);
  assert.deepEqual(guesses.tokens.shape, [5, 7, 3]);
  const whole = drawSamples(sample, 5, 'view 0');
  assert.deepEqual([...guesses.original.dataSync()], [...whole]);
  const weights = arrays.weights as Float32Array;
  assert.equal(sum([...guesses.asked.dataSync()]), sum([...weights]));
  const probabilities = guesses.probabilities.arraySync() as number[][][];
  for (const [a, b, c] of probabilities.flat()) assert.ok(a! >= b! && b! >= c! && c! > 0 && a! <= 1);
});

test('MLM: the loss is that of the probabilities of the answers', () => {
  const built = build(mlm, sample, {
    encoder,
    options: { maskRatio: 0.6, random: 0, keep: 0 },
    batchSize: 4,
  });
  // All tokens are guesses when there are no more of them than are drawn.
  const few = text(7, 8);
  const tiny = build(mlm, few, { encoder, options: { maskRatio: 0.6 }, batchSize: 4 });
  const arrays = tiny.task.prepare(plainBatch(4, few), tiny.random(0));
  const given = tensors(tiny.task, arrays);
  const forward = tiny.forward.with({ 'head/bias': tf.tensor1d([-9, -9, -9, -9, -9, 0.5, 0, -0.5]) });
  const { tokens, probabilities, asked, original } = tiny.task.guess!(forward, given);
  const [ids, chances] = [tokens.arraySync(), probabilities.arraySync()] as [number[][][], number[][][]];
  const losses: number[] = [];
  (original.arraySync() as number[][]).forEach((row, i) => {
    row.forEach((id, place) => {
      if ((asked.arraySync() as number[][])[i]![place] !== 1) return;
      losses.push(-Math.log(chances[i]![place]![ids[i]![place]!.indexOf(id)]!));
    });
  });
  assert.ok(losses.length > 4);
  assertClose(tiny.task.loss(forward, given).loss.dataSync(), [mean(losses)], 1e-5);
  assert.throws(() => build(mlm, sample, { encoder: { type: 'mlp' } }), /works on the tokens/);
  assert.ok(built.parameters.some(({ name }) => name === 'head/bias'));
});

/** Layer normalization of one vector, by its definition. */
function normalized(x: readonly number[], scale: readonly number[], shift: readonly number[]): number[] {
  const centre = mean(x);
  const deviation = Math.sqrt(mean(x.map((v) => (v - centre) ** 2)) + 1e-6);
  return x.map((v, i) => ((v - centre) / deviation) * scale[i]! + shift[i]!);
}

/** x Phi(x), with the error function as its Taylor series. */
function gelu(x: number): number {
  const z = x / Math.SQRT2;
  let [term, total] = [z, z];
  for (let n = 1; n < 60; n++) {
    term *= -(z * z) / n;
    total += term / (2 * n + 1);
  }
  return (x / 2) * (1 + (2 / Math.sqrt(Math.PI)) * total);
}

/** What the encoder of a built method makes of texts, [text][place][width]; equal to PyTorch by a test of its own. */
function encoded(
  { forward }: Built,
  options: object,
  ids: tf.Tensor,
): { tokens: number[][][]; last: number[][][] } {
  const { sequence } = transformer.build(
    new Scope().child('encoder'),
    sample,
    transformer.options.parse(options),
  );
  const present = sequence!.present(ids as tf.Tensor2D);
  const embedded = sequence!.embed(forward, ids as tf.Tensor2D);
  const { tokens, layers } = sequence!.encode(forward, embedded, { present });
  return { tokens: tokens.arraySync(), last: layers.at(-1)!.arraySync() };
}

const row = (width: number, stream: string) => normals([1, width], stream) as tf.Tensor2D;
const asVector = (x: tf.Tensor | undefined) => tf.reshape(x!, [x!.size]);

test('CLM: value and gradient against float64: each token but the first, from what is encoded just before it', () => {
  const options = { width: 8, depth: 1, heads: 2, attention: 'causal' };
  const built = build(clm, sample, { encoder: { type: 'transformer', ...options }, batchSize: 3 });
  const given = tensors(built.task, built.task.prepare(plainBatch(3, sample), built.random(0)));
  const ids = given.text!.arraySync() as number[][];
  assert.ok(ids.flat().includes(specialTokens.padding));
  const { last } = encoded(built, options, given.text!);
  const table = built.forward.values['encoder/embed/weight']!.arraySync() as Matrix;
  assertLoss(
    (scale, shift) =>
      built.task.loss(
        built.forward.with({
          'encoder/norm/weight': asVector(scale),
          'encoder/norm/bias': asVector(shift),
        }),
        given,
      ).loss,
    (scale, shift) =>
      mean(
        ids.flatMap((text, i) =>
          text.slice(1).flatMap((next, place) => {
            if (next === specialTokens.padding) return [];
            const y = normalized(last[i]![place]!, scale![0]!, shift![0]!);
            return [
              negativeLogProbability(
                table.map((token) => dot(token, y)),
                next,
              ),
            ];
          }),
        ),
      ),
    [row(8, 'scale'), row(8, 'shift')],
  );
});

test('MLM: value and gradient against float64: the chosen tokens alone, through the head of BERT', () => {
  const options = { width: 8, depth: 1, heads: 2 };
  const setting = { encoder: { type: 'transformer', ...options }, options: { maskRatio: 0.5 }, batchSize: 4 };
  const built = build(mlm, sample, setting);
  const arrays = built.task.prepare(plainBatch(4, sample), built.random(0));
  const given = tensors(built.task, arrays);
  const { tokens } = encoded(built, options, given.shown!);
  const value = (name: string): unknown => built.forward.values[name]!.arraySync();
  const [table, weight] = [value('encoder/embed/weight'), value('head/dense/weight')] as [Matrix, Matrix];
  const shift = value('head/dense/bias') as number[];
  const hidden = (x: readonly number[]): number[] =>
    shift.map((bias, j) => gelu(x.reduce((total, v, i) => total + v * weight[i]![j]!, bias)));
  assert.ok(arrays.weights!.includes(0), 'a text has fewer chosen tokens than another');
  assertLoss(
    (scale, shift, bias) =>
      built.task.loss(
        built.forward.with({
          'head/norm/weight': asVector(scale),
          'head/norm/bias': asVector(shift),
          'head/bias': asVector(bias),
        }),
        given,
      ).loss,
    (scale, shift, bias) =>
      mean(
        [...arrays.places!].flatMap((place, slot) => {
          if (arrays.weights![slot] === 0) return [];
          const x = tokens[Math.floor(place / 7)]![place % 7]!;
          const y = normalized(hidden(x), scale![0]!, shift![0]!);
          return [
            negativeLogProbability(
              table.map((token, k) => dot(token, y) + bias![0]![k]!),
              arrays.answers![slot]!,
            ),
          ];
        }),
      ),
    [row(8, 'scale'), row(8, 'shift'), row(12, 'bias')],
  );
});

test('CLM: a token is judged by those before it alone, and the first is not asked for', () => {
  const causal = { ...encoder, attention: 'causal' };
  const built = build(clm, sample, { encoder: causal, batchSize: 2 });
  const guesses = (rows: number[][]) =>
    built.task.guess!(built.forward, { text: tf.tensor2d(rows, [2, 7], 'int32') });
  const [a, b] = [
    guesses([
      [2, 6, 7, 8, 9, 10, 3],
      [2, 6, 3, 0, 0, 0, 0],
    ]),
    guesses([
      [2, 6, 7, 8, 5, 10, 3],
      [2, 6, 3, 0, 0, 0, 0],
    ]),
  ];
  const before = (x: tf.Tensor) => tf.slice(x, [0, 0, 0], [2, 5, 3]).dataSync();
  assert.deepEqual(before(a.probabilities), before(b.probabilities));
  assert.notDeepEqual(a.probabilities.dataSync(), b.probabilities.dataSync());
  assert.deepEqual(a.asked.arraySync(), [
    [0, 1, 1, 1, 1, 1, 1],
    [0, 1, 1, 0, 0, 0, 0],
  ]);
  assert.throws(() => build(clm, sample, { encoder }), /attention: causal/);
});

test('CLM: a model that knows the alphabet has almost no loss', () => {
  const causal = { ...encoder, width: 12, attention: 'causal', mlpRatio: 1 };
  const built = build(clm, sample, { encoder: causal, batchSize: 1 });
  // Each token points at the next one: the table is one-hot, the last norm moves it by one.
  const shifted = tf.tensor2d(
    Array.from({ length: 12 }, (_, i) => Array.from({ length: 12 }, (_, j) => (j === i ? 1 : 0))),
  );
  const silent = Object.fromEntries(
    built.parameters
      .filter(({ name }) => /output|mlp2|positions/.test(name))
      .map(({ name, shape }) => [name, tf.zeros([...shape])]),
  );
  const sharp = { 'encoder/norm/weight': tf.fill([12], 10), 'encoder/embed/weight': shifted };
  const forward = built.forward.with({ ...silent, ...sharp });
  const same = built.task.loss(forward, { text: tf.tensor2d([[6, 6, 6, 6, 6, 6, 6]], [1, 7], 'int32') });
  assert.ok(same.loss.dataSync()[0]! < 1e-6);
  assert.equal(same.metrics!.accuracy!.dataSync()[0], 1);
  const other = built.task.loss(forward, { text: tf.tensor2d([[5, 6, 5, 6, 5, 6, 5]], [1, 7], 'int32') });
  assert.ok(other.loss.dataSync()[0]! > 10);
});

test('SimCSE: dropout drops its share and keeps the mean; equal masks make equal views', () => {
  const masks = drawDropout(20_000, 0.1, randomAt(0, 'd'));
  const dropped = masks.filter((v) => v === 0).length / masks.length;
  assert.ok(Math.abs(dropped - 0.1) < 0.01, `${dropped}`);
  assert.ok(Math.abs(mean([...masks]) - 1) < 0.01);
  assert.ok(masks.every((v) => v === 0 || Math.abs(v - 1 / 0.9) < 1e-6));

  const built = build(simcse, sample, { encoder, batchSize: 3, options: { projector: { size: 5 } } });
  const given = tensors(built.task, built.task.prepare(plainBatch(3, sample), built.random(0)));
  assert.deepEqual(given.dropout!.shape, [6, 3, 8]);
  const ones = { ...given, dropout: tf.ones([6, 3, 8]) };
  // Both views are the same then: each finds its twin at cosine 1.
  assert.equal(built.task.loss(built.forward, ones).metrics!.accuracy!.dataSync()[0], 1);
  assert.notEqual(
    built.task.loss(built.forward, given).loss.dataSync()[0],
    built.task.loss(built.forward, ones).loss.dataSync()[0],
  );
});

test('TSDAE: deletes its share, masks of the rest, moves tokens no further than asked; never deletes all', () => {
  const long = Int32Array.from([2, ...Array.from({ length: 1000 }, (_, i) => firstToken + i), 3, 0, 0]);
  const inner = (ids: Int32Array) => [...ids].filter((id) => id !== 0 && id !== 2 && id !== 3);
  const some = damageText(long, { delete: 0.6, mask: 0.25, shuffle: 0 }, randomAt(0, 'd'));
  const kept = inner(some);
  assert.ok(Math.abs(kept.length - 400) < 60, `${kept.length}`);
  const masked = kept.filter((id) => id === specialTokens.mask).length / kept.length;
  assert.ok(Math.abs(masked - 0.25) < 0.08, `${masked}`);
  const shown = kept.filter((id) => id !== specialTokens.mask);
  assert.deepEqual(
    shown,
    [...shown].sort((a, b) => a - b),
  );
  assert.equal(some[0], 2);
  assert.equal(some[kept.length + 1], 3);

  const moved = inner(damageText(long, { delete: 0, mask: 0, shuffle: 3 }, randomAt(0, 's')));
  assert.equal(moved.length, 1000);
  const furthest = Math.max(...moved.map((id, place) => Math.abs(id - firstToken - place)));
  assert.ok(furthest >= 1 && furthest <= 3, `${furthest}`);

  for (let step = 0; step < 50; step++) {
    const short = damageText(
      Int32Array.from([2, 9, 3, 0]),
      { delete: 0.95, mask: 0, shuffle: 0 },
      randomAt(step, 'x'),
    );
    assert.deepEqual([...short], [2, 9, 3, 0]);
  }
});

test('TSDAE: the text is restored through the vector alone; the damaged text reaches it nowhere else', () => {
  const built = build(tsdae, sample, { encoder, batchSize: 2, options: { decoder: { heads: 2 } } });
  const given = tensors(built.task, built.task.prepare(plainBatch(2, sample), built.random(0)));
  const other = {
    ...given,
    damaged: tf.tensor2d(
      [
        [2, 6, 7, 3, 0, 0, 0],
        [2, 8, 3, 0, 0, 0, 0],
      ],
      [2, 7],
      'int32',
    ),
  };
  const silent = { 'decoder/spread/weight': tf.zeros([8, 8]) };
  const at = (inputs: typeof given, values: object) =>
    built.task.loss(built.forward.with(values as Record<string, tf.Tensor>), inputs).loss.dataSync()[0]!;
  assert.equal(at(given, silent), at(other, silent));
  assert.notEqual(at(given, {}), at(other, {}));
});

test('misuse: other encoders, the other kind of attention, nothing to undo', () => {
  const check = (method: typeof mlm, encoderType: string, attention: string, options: object = {}) =>
    method.check!(
      { sample, encoderType, encoderOptions: { attention, width: 8 }, batchSize: 4 },
      method.options.parse(options),
    );
  assert.deepEqual(check(mlm, 'transformer', 'full'), []);
  assert.match(check(mlm, 'mlp', 'full')[0]!.fix, /transformer/);
  assert.match(check(mlm, 'transformer', 'causal')[0]!.fix, /attention to full, or pretext.method to clm/);
  assert.match(check(clm, 'transformer', 'full')[0]!.fix, /attention to causal/);
  assert.deepEqual(check(clm, 'transformer', 'causal'), []);
  assert.deepEqual(check(simcse, 'transformer', 'causal'), []);
  assert.match(check(tsdae, 'transformer', 'full', { delete: 0 })[0]!.fix, /delete: 0.6/);
  assert.match(check(tsdae, 'transformer', 'full', { decoder: { heads: 3 } })[0]!.fix, /heads: 1/);
});
