import type { ColumnGroup } from '../../../methods/method.ts';
import type { Normalization } from '../options.ts';
import type { RawColumn } from './cells.ts';

/** How one original column becomes numbers. */
export interface TableColumn extends ColumnGroup {
  /** Numeric: value = encoded * std + mean; by `normalize` these are mean and deviation, minimum and range, or 0 and 1. */
  readonly mean: number;
  readonly std: number;
  /** Numeric: the encoded value of a missing cell, the column's mean. */
  readonly fill: number;
  /** Numeric: whether a second number (1 = missing) follows the value. */
  readonly indicator: boolean;
  /** Categorical: what each encoded number stands for, in order. */
  readonly categories: readonly string[];
}

/** Most categories that get a number of their own; the rarer ones share `other`. */
export const categoryLimit = 64;
export const missingCategory = '(missing)';
export const otherCategory = '(other)';

/** Plans a numeric column by the statistics of the training rows (population standard deviation). */
export function planNumeric(
  column: RawColumn,
  start: number,
  train: Int32Array,
  anyMissing: boolean,
  normalization: Normalization,
): TableColumn {
  const values = Array.from(train, (row) => column.numbers[row]!).filter((value) => !Number.isNaN(value));
  const count = Math.max(1, values.length);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  let [subtract, divide] = [0, 1];
  if (normalization === 'standard') {
    subtract = mean;
    divide = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count) || 1;
  } else if (normalization === 'minmax' && values.length > 0) {
    subtract = values.reduce((least, value) => Math.min(least, value), Infinity);
    divide = values.reduce((greatest, value) => Math.max(greatest, value), -Infinity) - subtract || 1;
  }
  return {
    name: column.name,
    kind: 'numeric',
    start,
    length: anyMissing ? 2 : 1,
    mean: subtract,
    std: divide,
    fill: (mean - subtract) / divide,
    indicator: anyMissing,
    categories: [],
  };
}

/** Plans a one-hot column: the most frequent categories of the training rows, in the order of their names. */
export function planCategorical(
  column: RawColumn,
  start: number,
  train: Int32Array,
  all: readonly { readonly column: RawColumn; readonly rows: Int32Array }[],
): TableColumn {
  const counts = new Map<string, number>();
  for (const row of train) {
    const text = column.text(row);
    if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const frequent = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, categoryLimit);
  const categories = frequent.map(([text]) => text).sort((a, b) => (a < b ? -1 : 1));
  const known = new Set(categories);
  let anyOther = false;
  let anyMissing = false;
  for (const part of all) {
    for (const row of part.rows) {
      const text = part.column.text(row);
      if (text === undefined) anyMissing = true;
      else if (!known.has(text)) anyOther = true;
    }
  }
  if (anyOther) categories.push(otherCategory);
  if (anyMissing) categories.push(missingCategory);
  return {
    name: column.name,
    kind: 'categorical',
    start,
    length: categories.length,
    mean: 0,
    std: 1,
    fill: 0,
    indicator: false,
    categories,
  };
}

/** Writes one column of the given rows into the matrix [from.., width]. A missing number becomes the mean. */
export function encodeColumn(
  plan: TableColumn,
  column: RawColumn,
  rows: Int32Array,
  values: Float32Array,
  width: number,
  from: number,
): void {
  if (plan.kind === 'numeric') {
    const { start, mean, std, fill, indicator } = plan;
    for (let i = 0; i < rows.length; i++) {
      const value = column.numbers[rows[i]!]!;
      const at = (from + i) * width + start;
      values[at] = Number.isNaN(value) ? fill : (value - mean) / std;
      if (indicator) values[at + 1] = Number.isNaN(value) ? 1 : 0;
    }
    return;
  }
  const number = new Map(plan.categories.map((category, i) => [category, i]));
  for (let i = 0; i < rows.length; i++) {
    const text = column.text(rows[i]!);
    const category =
      text === undefined ? number.get(missingCategory) : (number.get(text) ?? number.get(otherCategory));
    if (category !== undefined) values[(from + i) * width + plan.start + category] = 1;
  }
}
