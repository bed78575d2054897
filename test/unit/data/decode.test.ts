import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { openDataset } from '../../../server/training/data/open.ts';
import { changedColumns, decodeRow } from '../../../server/training/data/tables/decode.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** Numbers of very different sizes, a category, gaps in both. */
const rows = [
  ['0', '0.00012', '123456', 'red'],
  ['1', '0.5', '-7', ''],
  ['', '-0.00003', '250000', 'green'],
  ['3.25', '0', '0', 'red'],
  ['-2', '1e-3', '98765', 'blue'],
];

async function table(folder: string, normalize: 'standard' | 'minmax' | 'none') {
  const file = path.join(folder, 't.csv');
  writeFileSync(file, ['a,b,c,colour', ...rows].join('\n'));
  const columns = { a: 'numeric', b: 'numeric', c: 'numeric', colour: 'categorical' } as const;
  const opened = await openDataset({ table: file, testFraction: 0, normalize, columns }, { seed: 0 });
  assert.equal(opened.kind, 'table');
  const row = (i: number) => opened.values.slice(i * opened.width, (i + 1) * opened.width);
  return { columns: opened.columns, row };
}

describe('decoding table rows', () => {
  for (const normalize of ['standard', 'minmax', 'none'] as const)
    it(`gives back what was read, scaled by ${normalize}`, async (t) => {
      const { columns, row } = await table(temporaryFolder(t), normalize);
      for (const [i, cells] of rows.entries()) {
        const shown = decodeRow(row(i), columns);
        for (const [column, cell] of cells.entries()) {
          const text = shown[column]!;
          if (cell === '') assert.equal(text, '(missing)');
          else if (column === 3) assert.equal(text, cell);
          else
            assert.ok(
              Math.abs(Number(text) - Number(cell)) <=
                1e-5 * Math.abs(Number(cell)) + 1e-6 * (column === 2 ? 1e5 : 1),
              `${text} for ${cell}`,
            );
        }
      }
      assert.equal(decodeRow(row(0), columns)[0], '0');
      assert.equal(decodeRow(row(0), columns)[2], '123456');
    });

  it('calls the likeliest category, and none where all are equal', async (t) => {
    const { columns, row } = await table(temporaryFolder(t), 'standard');
    const { start, length, categories } = columns[3]!;
    const cell = (values: number[]) => {
      const changed = row(0);
      changed.set(values, start);
      return decodeRow(changed, columns)[3];
    };
    assert.deepEqual([...categories].sort(), ['(missing)', 'blue', 'green', 'red']);
    assert.equal(cell([0.1, 0.4, 0.2, 0.3]), categories[1]);
    assert.equal(cell(new Array(length).fill(0)), '(none)');
  });

  it('sees which columns differ, whatever part of them does', async (t) => {
    const { columns, row } = await table(temporaryFolder(t), 'standard');
    const after = row(0);
    after[columns[0]!.start + 1] = 1; // it is missing now
    after[columns[3]!.start + columns[3]!.length - 1]! += 1;
    assert.deepEqual(changedColumns(row(0), after, columns), [true, false, false, true]);
    assert.deepEqual(changedColumns(row(0), row(0), columns), [false, false, false, false]);
  });
});
