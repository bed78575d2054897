import { isPercent, measures, valueText } from './measures.ts';
import { type Result, type Variant, variants } from './run.ts';

/** Results as people read them: rows of one measure, columns of variants. Shared by terminal, report and panel. */
export interface ResultRow {
  readonly title: string;
  readonly metric: Result['metric'];
  readonly labelsPerClass: Result['labelsPerClass'];
  readonly cells: ReadonlyMap<Variant, Result>;
}

export const variantTitles: Readonly<Record<Variant, string>> = {
  pretrained: 'pretrained',
  rawInput: 'raw input',
  randomEncoder: 'random encoder',
  supervised: 'supervised',
};

/**
 * Without those that were measured twice: `downstream: linear` with all labels repeats what the evaluation said. The
 * protocol tells different measurements of the same measure apart.
 */
export function distinctResults(results: readonly Result[]): Result[] {
  const seen = new Set<string>();
  return results.filter(({ metric, variant, split, labelsPerClass, fitted, target, value, protocol }) => {
    const key = JSON.stringify([metric, variant, split, labelsPerClass, fitted, target, value, protocol]);
    return !seen.has(key) && seen.add(key);
  });
}

/** Test results with the same measure and labels stand in one row; a second one of the same variant starts another. */
export function groupResults(results: readonly Result[]): ResultRow[] {
  const rows: (ResultRow & { cells: Map<Variant, Result> })[] = [];
  for (const result of distinctResults(results)) {
    if (result.split !== 'test') continue;
    const { metric, labelsPerClass } = result;
    const title = rowTitle(result);
    let row = rows.find((candidate) => candidate.title === title && !candidate.cells.has(result.variant));
    if (row === undefined) {
      row = { title, metric, labelsPerClass, cells: new Map() };
      rows.push(row);
    }
    row.cells.set(result.variant, result);
  }
  return rows;
}

/** What stands above the names of the measures. */
export function tableTitle(rows: readonly ResultRow[]): string {
  const percent = rows.filter(isPercent).length;
  if (percent === rows.length)
    return rows.some(({ metric }) => metric === 'ap50') ? 'test (%)' : 'test accuracy (%)';
  return percent === 0 ? 'on test data' : 'test (accuracies in %)';
}

/** The variants that have a number, in their usual order. */
export function shownVariants(rows: readonly ResultRow[]): Variant[] {
  return variants.filter((variant) => rows.some(({ cells }) => cells.has(variant)));
}

function rowTitle({ metric, labelsPerClass, fitted, target }: Result): string {
  const { title, labels } = measures[metric];
  if (metric === 'reconstruction') return title;
  const parts = [target === undefined ? title : `${title} of ${target}`];
  if (fitted !== undefined) parts.push(measures[fitted].title);
  parts.push(labelsPerClass === 'all' ? 'all labels' : `${labelsPerClass} ${labels.short}`);
  return parts.join(', ');
}

/**
 * What pretraining bought, in sentences: fine-tuning from the pretrained encoder against the same network from
 * scratch, and the frozen features against the raw input, for each number of labels.
 */
export function whatPretrainingBought(results: readonly Result[]): string[] {
  return groupResults(results).flatMap((row) => {
    const pretrained = row.cells.get('pretrained');
    const tuned = (pretrained?.fitted ?? row.metric) === 'finetune';
    const control = row.cells.get(tuned ? 'supervised' : 'rawInput');
    if (!pretrained || !control || row.metric === 'knn' || measures[row.metric].better === 'lower') return [];
    const gain = pretrained.value - control.value;
    const unsure = isWithinSpread(pretrained, control) ? ', within the spread of the draws' : '';
    const against = tuned ? 'training from scratch' : 'raw input';
    const percent = isPercent(row) ? ' %' : '';
    return [
      `${row.title}: ${gainText(gain, row)} against ${against} (${valueText(pretrained)}${percent} against ${valueText(control)}${percent})${unsure}.`,
    ];
  });
}

type Spread = Pick<Result, 'metric' | 'value' | 'std'>;

/** Whether the difference of two results is no more than the spread of their draws, or than what is written of it. */
export function isWithinSpread(a: Spread, b: Spread): boolean {
  return Math.abs(a.value - b.value) <= Math.hypot(a.std, b.std) || isWrittenAlike(a, b);
}

/** Whether two values are the same to who reads them: 100.0 % and 99.96 %. */
export function isWrittenAlike(a: Spread, b: Spread): boolean {
  return valueText({ ...a, draws: 1 }) === valueText({ ...b, draws: 1 });
}

function gainText(gain: number, row: Pick<Result, 'metric'>): string {
  const size = valueText({ ...row, value: Math.abs(gain), std: 0, draws: 1 });
  const sign = Number(size) === 0 ? '±' : gain > 0 ? '+' : '−';
  return `${sign}${size}${isPercent(row) ? ' points' : ''}`;
}
