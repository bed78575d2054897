import type { ColumnKind } from '../options.ts';
import type { RawColumn } from './cells.ts';

/** What a column is read as, and why it is left out. */
export interface Decision {
  readonly kind: ColumnKind;
  readonly note?: string;
}

const idName = /^(id|index|uuid|guid|row ?(id|number)?)$|[_ ]id$|^.*[a-z]Id$/;
/** With fewer rows a column whose values all differ says little. */
const idRows = 20;

/**
 * Numeric when every value that is there is a number, else categorical. Columns without information are left out:
 * constants, and ids (all values differ, and they count up, are texts, or the name says so).
 */
export function inferKind(column: RawColumn, rows: Int32Array): Decision {
  const values = new Set<string>();
  let texts = 0;
  let absent = 0;
  let steps = 0;
  for (const [i, row] of rows.entries()) {
    if (column.isMissing(row)) {
      absent++;
      continue;
    }
    if (column.isText(row)) texts++;
    if (i > 0 && column.numbers[row]! - column.numbers[rows[i - 1]!]! === 1) steps++;
    values.add(column.text(row)!);
  }
  if (values.size === 0) return { kind: 'ignore', note: 'has no values' };
  if (values.size === 1 && absent === 0) return { kind: 'ignore', note: `is always ${[...values][0]}` };
  const distinct = values.size === rows.length;
  const counts = steps === rows.length - 1;
  if (
    distinct &&
    ((rows.length >= idRows && (texts === rows.length || counts)) ||
      idName.test(column.name) ||
      idName.test(column.name.toLowerCase()))
  )
    return { kind: 'ignore', note: 'is an id: all values differ' };
  return { kind: texts === 0 ? 'numeric' : 'categorical' };
}
