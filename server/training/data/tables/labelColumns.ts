import { DataError } from '../errors.ts';
import { encodeLabels } from '../labels.ts';
import type { TargetColumn } from '../options.ts';
import { columnOf, type Part } from './parts.ts';

/** More distinct numbers than this are a quantity, not classes. */
const classLimit = 1000;

/** The class of each row of all parts. */
export function readLabels(file: string, label: string, parts: readonly Part[]) {
  const [known = [], test = []] = parts.map(({ table, rows }) => {
    const column = columnOf(table, label);
    return Array.from(rows, (row) => column.text(row));
  });
  const trained = new Set(known);
  const strange = test.find((name) => name !== undefined && !trained.has(name));
  if (strange !== undefined)
    throw new DataError({
      key: ['data', 'test', 'table'],
      where: `the test table, column "${label}"`,
      found: `the class "${strange}"`,
      expected: 'only classes of the training table',
      fix: 'Check that both tables are labelled alike.',
    });
  const encoded = encodeLabels([...known, ...test]);
  const fractions = encoded.classes.find((name) => /^[+-]?\d*\.\d+$/.test(name));
  if (encoded.classes.length > classLimit || (fractions !== undefined && encoded.classes.length > 20))
    throw new DataError({
      key: ['data', 'label'],
      where: `${file}: column "${label}"`,
      found: `${encoded.classes.length.toLocaleString('en')} different values, e.g. ${fractions ?? encoded.classes[0]}`,
      expected:
        fractions === undefined
          ? `classes, at most ${classLimit.toLocaleString('en')}`
          : 'classes, not quantities',
      fix: 'Choose the column that holds the class, or leave data.label out.',
    });
  return encoded;
}

/**
 * The numbers of the columns that are told, for each row of all parts; NaN where one is missing.
 * @throws DataError for a column that holds texts, or one number only
 */
export function readTargets(
  file: string,
  targets: readonly TargetColumn[],
  parts: readonly Part[],
): Record<string, Float64Array> {
  return Object.fromEntries(
    targets.map(({ column: name, key }) => {
      const values: number[] = [];
      const texts: string[] = [];
      for (const { table, rows } of parts) {
        const column = columnOf(table, name);
        for (const row of rows) {
          if (column.isText(row)) texts.push(column.text(row)!);
          values.push(column.numbers[row]!);
        }
      }
      const known = values.filter((value) => !Number.isNaN(value));
      const wrong = (found: string, fix: string) =>
        new DataError({
          key,
          where: `${file}: column "${name}"`,
          found,
          expected: 'numbers to tell, at least two different ones',
          fix,
        });
      if (texts.length > 0)
        throw wrong(
          texts.length === 1
            ? `the text "${texts[0]}"`
            : `${texts.length.toLocaleString('en')} texts, e.g. "${texts[0]}"`,
          known.length === 0
            ? 'For classes use task: classification and data.label; for numbers choose another column.'
            : 'Correct them, or leave these cells empty: rows without the number are not learnt from.',
        );
      if (known.length === 0) throw wrong('no value', 'Choose another column.');
      if (known.every((value) => value === known[0]))
        throw wrong(`${known[0]} in every row`, 'Choose another column.');
      return [name, Float64Array.from(values)];
    }),
  );
}
