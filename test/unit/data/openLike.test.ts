import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTableLike } from '../../../server/training/data/tables/openLike.ts';
import { openTable } from '../../../server/training/data/tables/openTable.ts';
import { put, temporaryFolder } from './fixtures.ts';

const own = 'x,colour,id,class\n1,red,a,no\n3,,b,yes\n,blue,c,yes\n8,red,d,\n';

const openOwn = (folder: string) =>
  openTable(put(folder, 'own.csv', own), { testFraction: 0, label: 'class' }, 0);

test('columns are found by name and encoded as the training table was', async (t) => {
  const folder = temporaryFolder(t);
  const training = await openOwn(folder);
  const same = 'note,colour,class,x\nn,,yes,3\nn,red,no,1\n';
  const other = await openTableLike(put(folder, 'other.csv', same), training, 'class');
  const row = (i: number) => [...training.values.slice(i * training.width, (i + 1) * training.width)];
  assert.deepEqual([...other.values], [...row(1), ...row(0)]);
  assert.deepEqual([other.notes, other.skipped], [[], []]);
  assert.deepEqual(
    [other.classes, [...other.labels!]],
    [
      ['no', 'yes'],
      [1, 0],
    ],
  );
  assert.deepEqual([[...other.split.train], [...other.split.test]], [[0, 1], []]);
  assert.equal(other.name(1), 'row 2');
  // Its own mean and categories play no part: a single row is not 0.
  const single = await openTableLike(put(folder, 'one.jsonl', '{"x":8,"colour":"red"}\n'), training);
  assert.deepEqual([...single.values], row(3));
  assert.equal(single.labels, undefined);
});

test('cells that training did not know are said', async (t) => {
  const folder = temporaryFolder(t);
  const whole = put(folder, 'whole.csv', 'x,colour\n1,red\n3,blue\n8,red\n');
  const training = await openTable(whole, { testFraction: 0 }, 0);
  const strange = put(folder, 'strange.csv', 'x,colour\n,green\n1,\n4,violet\nmany,red\n');
  const other = await openTableLike(strange, training);
  assert.deepEqual([other.count, other.values.slice(0, 3)], [3, Float32Array.of(0, 0, 0)]);
  assert.deepEqual(other.notes, [
    '"x" is missing in 1 row; no training row lacked it, so the encoder sees the mean',
    '"colour" is missing in 1 row; no training row lacked it, so the encoder sees no category',
    '"colour" holds values that training did not have, e.g. "green", "violet", in 2 rows; the encoder sees them as no category',
  ]);
  assert.deepEqual(other.skipped, [{ name: 'row 4', reason: '"many" in the numeric column "x"' }]);
});

test('what is missing is named', async (t) => {
  const folder = temporaryFolder(t);
  const training = await openOwn(folder);
  const file = put(folder, 'other.csv', 'X,shade\n1,red\n');
  await assert.rejects(openTableLike(file, training), {
    name: 'DataError',
    message: `${file}: found a table without "x", "colour"; expected the columns that the encoder was trained on. Name them alike; its columns are X, shade.`,
  });
  const words = put(folder, 'words.csv', 'x,colour\nlots,red\n');
  await assert.rejects(openTableLike(words, training), /found no usable rows \(row 1: "lots" in the numeric/);
});
