import assert from 'node:assert/strict';
import { test } from 'node:test';
import { croppedRows, shownInputs } from '../../../server/trainer/pretextRows.ts';
import { parseViews } from '../../../server/views/recipe.ts';

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

test('local views become rows of their own, as large as a sample, with the part that they keep', () => {
  const crop = { size: [1, 2], area: [0.1, 0.3] } as const;
  const keys = [{ view: 0, augmented: true } as const, { view: 1, augmented: true, crop }];
  const recipe = parseViews({ crop: [0.5, 1], noise: 0.1 });
  const rows = croppedRows([new Float32Array(8), Float32Array.of(1, 2, 3, 4)], keys, [2, 2, 1], recipe);
  assert.equal(rows.length, 1);
  assert.deepEqual([...rows[0]!.values], [1, 2, 1, 2, 3, 4, 3, 4]);
  assert.match(rows[0]!.detail!, /^1 x 2 pixels; crop \(area 0\.1 to 0\.3, .*noise/);
});

test('the local views of a batch are not mistaken for one more view of the sample', () => {
  const spec = (samples: number) => ({ shape: [samples, 2], dtype: 'float32' }) as const;
  const inputs = {
    view0: Float32Array.of(1, 2),
    view1: Float32Array.of(3, 4),
    local: Float32Array.of(5, 6, 7, 8),
  };
  const specs = { view0: spec(1), view1: spec(1), local: spec(2) };
  const rows = shownInputs(inputs, specs, [2], new Float32Array(2), 1);
  assert.deepEqual(
    rows.map(({ title, values }) => [title, ...values]),
    [
      ['view 1', 1, 2],
      ['view 2', 3, 4],
    ],
  );
});
