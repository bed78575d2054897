import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest, editDistance, sameWord } from '../../../server/config/suggest.ts';

test('edit distance counts inserts, deletions, replacements and swaps', () => {
  for (const [a, b, distance] of [
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['vicrge', 'vicreg', 1],
    ['flaw', 'lawn', 2],
    ['ca', 'abc', 3],
  ] as const) {
    assert.equal(editDistance(a, b), distance, `${a} ${b}`);
    assert.equal(editDistance(b, a), distance);
  }
});

test('spelling, case style, other names and beginnings lead to the known word', () => {
  const train = [
    'epochs',
    'batchSize',
    'optimizer',
    'learningRate',
    'weightDecay',
    'warmupEpochs',
    'clipNorm',
  ];
  assert.equal(sameWord('batch_size', train), 'batchSize');
  assert.equal(sameWord('Learning-Rate', train), 'learningRate');
  assert.equal(sameWord('lr', train), 'learningRate');
  assert.equal(closest('epoch', train), 'epochs');
  assert.equal(closest('optimiser', train), 'optimizer');
  assert.equal(closest('weight', train), 'weightDecay');
  assert.equal(closest('banana', train), undefined);
  assert.equal(closest('x', train), undefined);
  assert.equal(closest('constructor', train), undefined);
});
