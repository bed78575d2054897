import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sinCosPositions1d, sinCosPositions2d } from '../../../server/nn/positions.ts';
import { assertClose } from '../../support/numeric.ts';

test('1-D: sines, then cosines, at frequencies from 1 to 10000^-1', () => {
  const table = sinCosPositions1d(4, [0, 2]);
  assertClose(table, [0, 0, 1, 1, Math.sin(2), Math.sin(0.02), Math.cos(2), Math.cos(0.02)], 1e-6);
});

test('2-D: the first half of a token names its column, the second its row', () => {
  const table = sinCosPositions2d(8, [2, 3]);
  assert.equal(table.length, 2 * 3 * 8);
  const token = (row: number, column: number): Float32Array =>
    table.slice((row * 3 + column) * 8, (row * 3 + column + 1) * 8);
  assert.deepEqual(token(1, 2).slice(0, 4), sinCosPositions1d(4, [2]));
  assert.deepEqual(token(1, 2).slice(4), sinCosPositions1d(4, [1]));
  const distinct = new Set(Array.from({ length: 6 }, (_, i) => table.slice(i * 8, i * 8 + 8).join()));
  assert.equal(distinct.size, 6);
});

test('tokens of another grid lie between those that they cover, at half-pixel centres', () => {
  // Two tokens over four: their centres are at 0.5 and 2.5; eight over four: at -0.25, 0.25, 0.75 ...
  const coarse = sinCosPositions2d(8, [1, 2], [1, 4]);
  assertClose(coarse.slice(0, 4), sinCosPositions1d(4, [0.5]), 1e-6);
  assertClose(coarse.slice(8, 12), sinCosPositions1d(4, [2.5]), 1e-6);
  const fine = sinCosPositions2d(8, [1, 8], [1, 4]);
  assertClose(fine.slice(16, 20), sinCosPositions1d(4, [0.75]), 1e-6);
  assert.deepEqual(sinCosPositions2d(8, [3, 2], [3, 2]), sinCosPositions2d(8, [3, 2]));
});

test('widths that cannot be split are refused', () => {
  assert.throws(() => sinCosPositions2d(6, [2, 2]), /divisible by 4, found 6/);
});
