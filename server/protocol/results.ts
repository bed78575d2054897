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

export const metricTitles: Readonly<Record<Result['metric'], string>> = {
  knn: 'kNN',
  linearProbe: 'linear probe',
  finetune: 'fine-tune',
  reconstruction: 'reconstruction error',
};

export const isAccuracy = ({ metric }: Pick<Result, 'metric'>): boolean => metric !== 'reconstruction';

/** Test results with the same measure and labels stand in one row; a second one of the same variant starts another. */
export function groupResults(results: readonly Result[]): ResultRow[] {
  const rows: (ResultRow & { cells: Map<Variant, Result> })[] = [];
  for (const result of results) {
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

/** The variants that have a number, in their usual order. */
export function shownVariants(rows: readonly ResultRow[]): Variant[] {
  return variants.filter((variant) => rows.some(({ cells }) => cells.has(variant)));
}

/** "97.8 ± 0.3" in percent for accuracies, four digits for errors. */
export function valueText(result: Result, plusMinus = '±'): string {
  if (!isAccuracy(result)) return String(+result.value.toPrecision(4));
  const value = (result.value * 100).toFixed(1);
  return result.draws > 1 ? `${value} ${plusMinus} ${(result.std * 100).toFixed(1)}` : value;
}

function rowTitle({ metric, labelsPerClass }: Result): string {
  const title = metricTitles[metric];
  if (metric === 'reconstruction') return title;
  return `${title}, ${labelsPerClass === 'all' ? 'all labels' : `${labelsPerClass} per class`}`;
}

/**
 * What pretraining bought, in sentences: fine-tuning from the pretrained encoder against the same network from
 * scratch, and the frozen features against the raw input, for each number of labels.
 */
export function whatPretrainingBought(results: readonly Result[]): string[] {
  return groupResults(results).flatMap((row) => {
    const pretrained = row.cells.get('pretrained');
    const control = row.cells.get(row.metric === 'finetune' ? 'supervised' : 'rawInput');
    if (!pretrained || !control || row.metric === 'knn' || !isAccuracy(row)) return [];
    const points = (pretrained.value - control.value) * 100;
    const noise = Math.hypot(pretrained.std, control.std) * 100;
    const against = row.metric === 'finetune' ? 'training from scratch' : 'raw input';
    const gain = `${points >= 0 ? '+' : '−'}${Math.abs(points).toFixed(1)} points against ${against}`;
    const unsure = Math.abs(points) <= noise ? ', within the spread of the draws' : '';
    return [`${row.title}: ${gain} (${valueText(pretrained)} % against ${valueText(control)} %)${unsure}.`];
  });
}
