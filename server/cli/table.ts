import { stripVTControlCharacters } from 'node:util';
import type { Style } from './style.ts';

/** Columns aligned with spaces: the first to the left, those named in `right` to the right. */
export function table(
  style: Style,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => visible(row[i] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    header
      .map((_, i) => pad(cells[i] ?? '', widths[i]!, right.includes(i)))
      .join('  ')
      .trimEnd();
  return [style.bold(line(header)), ...rows.map(line)].map((text) => `${text}\n`).join('');
}

/** Characters that take a cell: colours do not. */
export function visible(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - visible(text)));
  return right ? space + text : text + space;
}
