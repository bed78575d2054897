import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../../../server/training/data/errors.ts';
import { openDataset } from '../../../server/training/data/open.ts';
import { splitByList } from '../../../server/training/data/testList.ts';
import { idx, put, temporaryFolder } from './fixtures.ts';

const positions = Int32Array.of(0, 1, 2, 3, 4);
const nameOf = (index: number): string => `class/${index}.png`;

test('a list of names and positions divides the samples; comments, empty lines and repeats do not matter', (t) => {
  const file = put(
    temporaryFolder(t),
    'test.txt',
    Buffer.from('# held out\n\nclass/3.png\r\n 1 \nclass/3.png\n'),
  );
  const { train, test: held } = splitByList(file, positions, 5, nameOf);
  assert.deepEqual([...train], [0, 2, 4]);
  assert.deepEqual([...held], [1, 3]);
  const fewer = splitByList(file, Int32Array.of(0, 3), 5, nameOf);
  assert.deepEqual([[...fewer.train], [...fewer.test]], [[0], [3]]);
});

test('what a list gets wrong is told with its line', (t) => {
  const folder = temporaryFolder(t);
  const problemOf = (text: string) => {
    const file = put(folder, 'test.txt', Buffer.from(text));
    let problem: DataError['problem'] | undefined;
    assert.throws(
      () => splitByList(file, positions, 5, nameOf),
      (error) => {
        assert.ok(error instanceof DataError);
        problem = error.problem;
        return true;
      },
    );
    return { ...problem!, where: problem!.where.replace(folder, '') };
  };
  const key = ['data', 'testList'];
  const expected = 'the name of a sample (such as class/0.png) or its position, 0 to 4';
  assert.deepEqual(problemOf('0\n5\n'), {
    key,
    where: '/test.txt:2',
    found: '5',
    expected,
    fix: 'Correct the line.',
  });
  assert.deepEqual(problemOf('clas/2.png'), {
    key,
    where: '/test.txt:1',
    found: 'clas/2.png',
    expected,
    fix: 'Did you mean class/2.png?',
  });
  assert.equal(problemOf('# nothing').found, 'no sample');
  assert.equal(problemOf('0\n1\n2\n3\n4').found, 'all 5 samples');
});

test('the list decides what is held out, and is part of what the data is', async (t) => {
  const folder = temporaryFolder(t);
  const images = put(
    folder,
    'x-images-idx3-ubyte',
    idx(
      8,
      [5, 2, 2],
      new Uint8Array(20).map((_, i) => i),
    ),
  );
  const open = (text: string) =>
    openDataset(
      { images, testFraction: 0.2, testList: put(folder, 'test.txt', Buffer.from(text)) },
      { seed: 3 },
    );
  const first = await open('0\n4\n');
  assert.deepEqual([...first.split.test], [0, 4]);
  assert.deepEqual([...first.split.train], [1, 2, 3]);
  assert.equal((await open('4\n\n0')).fingerprint, first.fingerprint);
  assert.notEqual((await open('3\n')).fingerprint, first.fingerprint);
  const table = put(folder, 't.csv', Buffer.from('a,b\n1,2\n3,4\n5,6\n'));
  const listed = put(folder, 'rows.txt', Buffer.from('2\n'));
  const rows = await openDataset({ table, testFraction: 0.5, testList: listed }, { seed: 0 });
  assert.deepEqual([[...rows.split.train], [...rows.split.test]], [[0, 1], [2]]);
});
