import assert from 'node:assert/strict';
import { test } from 'node:test';
import { damageText, tsdae } from '../../../server/methods/tsdae.ts';
import * as tf from '../../../server/nn/tf.ts';
import { firstToken, specialTokens } from '../../../server/protocol/tokens.ts';
import { randomAt } from '../../../server/random.ts';
import { encoder, sample } from './smallTexts.ts';
import { build, plainBatch, tensors } from './tiny.ts';

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
