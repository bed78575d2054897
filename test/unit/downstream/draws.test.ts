import assert from 'node:assert/strict';
import test from 'node:test';
import { labelDraws, meanAndStd } from '../../../server/training/downstream/draws.ts';
import { spread } from '../../../server/training/downstream/samples.ts';

const labels = Int32Array.from({ length: 100 }, (_, i) => (i % 10 === 9 ? -1 : i % 3));

test('draws are stratified, without repetition, and leave unlabelled samples out', () => {
  for (const drawn of labelDraws(labels, 4, 5, 0)) {
    assert.equal(new Set(drawn).size, 12);
    for (const label of [0, 1, 2]) {
      assert.equal(drawn.filter((position) => labels[position] === label).length, 4);
    }
  }
});

test('draws depend on the seed and the draw alone, and are nested', () => {
  const ten = labelDraws(labels, 10, 5, 7);
  assert.deepEqual(labelDraws(labels, 10, 5, 7), ten);
  assert.notDeepEqual(labelDraws(labels, 10, 5, 8), ten);
  assert.notDeepEqual(ten[0], ten[1]);
  labelDraws(labels, 1, 5, 7).forEach((few, draw) => {
    for (const position of few) assert.ok(ten[draw]!.includes(position));
  });
  assert.deepEqual(labelDraws(labels, 10, 2, 7), ten.slice(0, 2));
});

test("'all' is one draw of every labelled sample; small classes give what they have", () => {
  const [all, ...rest] = labelDraws(labels, 'all', 5, 0);
  assert.deepEqual(rest, []);
  assert.deepEqual(
    [...all!],
    [...labels.keys()].filter((position) => labels[position] !== -1),
  );
  assert.equal(labelDraws(Int32Array.of(0, 0, 0, 1), 2, 1, 0)[0]!.length, 3);
});

test('mean and standard deviation over draws', () => {
  assert.deepEqual(meanAndStd([0.5]), { mean: 0.5, std: 0 });
  const { mean, std } = meanAndStd([1, 2, 3, 4]);
  assert.equal(mean, 2.5);
  assert.ok(Math.abs(std - Math.sqrt(5 / 3)) < 1e-12);
});

test('a choice of samples is spread over all of them, so that sorted classes are all seen', () => {
  const sorted = Int32Array.from({ length: 1000 }, (_, i) => Math.floor(i / 125));
  const counts = new Map<number, number>();
  for (const label of spread(sorted, 80)) counts.set(label, (counts.get(label) ?? 0) + 1);
  assert.deepEqual([...counts.values()], Array(8).fill(10));
  assert.equal(spread(sorted, 1000), sorted);
  assert.deepEqual([...spread(Int32Array.of(4, 5, 6), 2)], [4, 5]);
});
