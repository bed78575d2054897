import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownInputs } from '../../../server/trainer/pretextRows.ts';

test('the pieces of each sample become rows, one a place', () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8); // 2 samples of 2 pieces of 2 values
  const specs = {
    tiles: { shape: [4, 2], dtype: 'float32' } as const,
    order: { shape: [2], dtype: 'int32' } as const,
  };
  const rows = shownInputs({ tiles: values, order: Int32Array.of(0, 1) }, specs, [2], new Float32Array(4), 2);
  assert.deepEqual(
    rows.map(({ title, values }) => [title, ...values]),
    [
      ['piece 1', 1, 2, 5, 6],
      ['piece 2', 3, 4, 7, 8],
    ],
  );
});
