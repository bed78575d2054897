import { firstToken, specialTokens } from '../protocol/tokens.ts';
import type { Random } from '../random.ts';
import type { ColumnGroup, PretextContext } from './method.ts';

/** A table as the corruption sees it: how encoded rows divide into original columns, and values to draw from. */
export interface Marginals {
  readonly columns: readonly ColumnGroup[];
  /** Length of an encoded row. */
  readonly width: number;
  /** All training rows [count, width]: a column's replacement is this column in another row. */
  readonly rows: { readonly count: number; readonly values: Float32Array };
}

/** The marginals of a table; where no columns are given, every encoded column stands for itself. */
export function marginals(context: PretextContext, method: string): Marginals {
  const width = context.sample.shape[0];
  if (context.sample.shape.length !== 1 || width === undefined || context.rows === undefined)
    throw new Error(`${method} needs the encoded rows of a table.`);
  return { columns: context.columns ?? singleColumns(width), width, rows: context.rows };
}

/** Every position of a row as a numeric column of its own. */
export function singleColumns(width: number): ColumnGroup[] {
  return Array.from({ length: width }, (_, i) => ({ name: `${i}`, kind: 'numeric', start: i, length: 1 }));
}

/** Marks (1) the columns to corrupt in one row; `chosen` comes filled with 0. */
export type ChooseColumns = (chosen: Uint8Array, random: Random) => void;

/** Each column on its own with the given probability (VIME). */
export function eachWith(probability: number): ChooseColumns {
  return (chosen, random) => {
    for (let i = 0; i < chosen.length; i++) chosen[i] = random.chance(probability) ? 1 : 0;
  };
}

/** Exactly this many columns, drawn without replacement (SCARF). */
export function exactly(count: number): ChooseColumns {
  return (chosen, random) => {
    for (const column of random.permutation(chosen.length).subarray(0, count)) chosen[column] = 1;
  };
}

export interface CorruptedRows {
  /** [batch, width] */
  readonly rows: Float32Array;
  /** [batch, columns]: 1 where the column's value differs from the original, as in VIME: a draw of the same value is 0. */
  readonly changed: Float32Array;
}

/**
 * Replaces the chosen columns of each row by those of random training rows, each column from its own: draws from the
 * empirical marginal distributions. The encoded values of one original column (a one-hot group) move together.
 * `rows` [batch, width] is left as it is.
 */
export function corruptRows(
  rows: Float32Array,
  table: Marginals,
  choose: ChooseColumns,
  random: Random,
): CorruptedRows {
  const { columns, width } = table;
  const batch = rows.length / width;
  const corrupted = rows.slice();
  const changed = new Float32Array(batch * columns.length);
  const chosen = new Uint8Array(columns.length);
  for (let row = 0; row < batch; row++) {
    choose(chosen.fill(0), random);
    columns.forEach(({ start, length }, column) => {
      if (chosen[column] === 0) return;
      const donor = random.integer(table.rows.count) * width + start;
      const place = row * width + start;
      for (let i = 0; i < length; i++) {
        const value = table.rows.values[donor + i]!;
        if (value !== corrupted[place + i]) changed[row * columns.length + column] = 1;
        corrupted[place + i] = value;
      }
    });
  }
  return { rows: corrupted, changed };
}

export interface Damage {
  /** Standard deviation of the Gaussian noise added to every value; 0 adds none. */
  readonly noise: number;
  /** Share of the units set to 0. */
  readonly drop: number;
}

/**
 * Gaussian noise, then each unit dropped with probability `drop`. Units lie one after the other in a sample: a pixel
 * with its channels, or a column of a table with its one-hot group; `lengths` holds the values of each.
 */
export function damage(
  values: Float32Array,
  lengths: readonly number[],
  { noise, drop }: Damage,
  random: Random,
): Float32Array {
  const damaged = values.slice();
  if (noise > 0) for (let i = 0; i < damaged.length; i++) damaged[i] = damaged[i]! + noise * random.normal();
  if (drop === 0) return damaged;
  for (let place = 0; place < damaged.length; ) {
    for (const length of lengths) {
      if (random.chance(drop)) damaged.fill(0, place, place + length);
      place += length;
    }
  }
  return damaged;
}

/** Texts as ids, each token masked with probability `share`; begin, end, padding and unknown tokens stay. */
export function hideTokens(texts: ArrayLike<number>, share: number, random: Random): Int32Array {
  return Int32Array.from(texts, (id) => (id >= firstToken && random.chance(share) ? specialTokens.mask : id));
}
