import type { TableColumn } from './encode.ts';

/** "150 rows of 4 numeric columns (4 inputs) in 3 classes (CSV)" */
export function summarise(
  count: number,
  columns: readonly TableColumn[],
  width: number,
  classes: number | undefined,
  format: string,
  skipped: number,
): string {
  const numeric = columns.filter(({ kind }) => kind === 'numeric').length;
  const parts = [`${numeric} numeric`, `${columns.length - numeric} categorical`].filter(
    (part) => !part.startsWith('0 '),
  );
  const inClasses = classes === undefined ? '' : ` in ${classes} classes`;
  const left = skipped === 0 ? '' : `, ${skipped.toLocaleString('en')} skipped`;
  return `${count.toLocaleString('en')} rows of ${parts.join(' and ')} columns (${width} inputs)${inClasses} (${format})${left}`;
}
