import { type Result, type Variant, type Verdict, variants } from '../protocol/run.ts';
import { figure } from './format.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

const variantTitles: Readonly<Record<Variant, string>> = {
  pretrained: 'pretrained',
  rawInput: 'raw input',
  randomEncoder: 'random encoder',
  supervised: 'supervised',
};

const metricTitles: Readonly<Record<Result['metric'], string>> = {
  knn: 'kNN',
  linearProbe: 'linear probe',
  finetune: 'fine-tune',
  reconstruction: 'reconstruction error',
};

/** The one table at the end: what pretraining bought, beside its controls. Test accuracies in percent. */
export function resultTable(results: readonly Result[], style: Style): string {
  const rows = groupRows(results);
  if (rows.length === 0) return '';
  const shown = variants.filter((variant) => rows.some(({ cells }) => cells.has(variant)));
  const body = rows.map(({ title, cells }) => {
    const best = Math.max(...[...cells.values()].map(({ value }) => value));
    return [
      title,
      ...shown.map((variant) => {
        const result = cells.get(variant);
        if (result === undefined) return style.dim('n/a');
        const text = cell(result, style);
        return isAccuracy(result) && result.value === best ? style.bold(text) : text;
      }),
    ];
  });
  const header = ['test accuracy (%)', ...shown.map((variant) => variantTitles[variant])];
  return table(
    style,
    header,
    body,
    shown.map((_, i) => i + 1),
  );
}

/** The verdict in words, with what to do. */
export function verdictText(verdict: Verdict, style: Style): string {
  const paint =
    verdict.state === 'healthy' ? style.green : verdict.state === 'unknown' ? style.dim : style.yellow;
  const lines = [`${style.bold('Verdict')}  ${paint(verdict.summary)}`];
  if (verdict.cause !== undefined) lines.push(`  cause: ${verdict.cause}`);
  if (verdict.fix !== undefined) lines.push(`  fix:   ${verdict.fix}`);
  return `${lines.join('\n')}\n`;
}

/** A result in one line, e.g. for a list of runs: `linear probe 97.8 %`. */
export function resultText(result: Result): string {
  const value = isAccuracy(result) ? `${(result.value * 100).toFixed(1)} %` : figure(result.value);
  return `${metricTitles[result.metric]} ${value}`;
}

interface Row {
  readonly title: string;
  readonly cells: Map<Variant, Result>;
}

/** Results with the same metric and labels stand in one row; a second one of the same variant starts another. */
function groupRows(results: readonly Result[]): Row[] {
  const rows: Row[] = [];
  for (const result of results) {
    if (result.split !== 'test') continue;
    const title = rowTitle(result);
    let row = rows.find((candidate) => candidate.title === title && !candidate.cells.has(result.variant));
    if (row === undefined) {
      row = { title, cells: new Map() };
      rows.push(row);
    }
    row.cells.set(result.variant, result);
  }
  return rows;
}

function rowTitle({ metric, labelsPerClass }: Result): string {
  const title = metricTitles[metric];
  if (metric === 'reconstruction') return title;
  return `${title}, ${labelsPerClass === 'all' ? 'all labels' : `${labelsPerClass} per class`}`;
}

function cell(result: Result, style: Style): string {
  if (!isAccuracy(result)) return figure(result.value);
  const value = (result.value * 100).toFixed(1);
  return result.draws > 1 ? `${value} ${style.plusMinus}${(result.std * 100).toFixed(1).padStart(4)}` : value;
}

const isAccuracy = ({ metric }: Result): boolean => metric !== 'reconstruction';
