import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskedCount, maskTexts, mlm } from '../../../server/methods/mlm.ts';
import * as tf from '../../../server/nn/tf.ts';
import { firstToken, specialTokens } from '../../../server/protocol/tokens.ts';
import { randomAt } from '../../../server/random.ts';
import { assertClose } from '../../support/numeric.ts';
import { assertLoss, dot, type Matrix, mean, negativeLogProbability, sum } from './float64.ts';
import { asVector, encoded, encoder, gelu, normalized, row, sample } from './smallTexts.ts';
import { build, drawSamples, plainBatch, tensors, text } from './tiny.ts';

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
