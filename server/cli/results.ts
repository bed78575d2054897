import { efficiencyOf, whatItBought } from '../protocol/efficiency.ts';
import { bestOf, isPercent, measures, valueText } from '../protocol/measures.ts';
import {
  groupResults,
  shownVariants,
  tableTitle,
  variantTitles,
  whatPretrainingBought,
} from '../protocol/results.ts';
import type { Result, Verdict } from '../protocol/run.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** The one table at the end, beside its controls, and below it in sentences what pretraining bought. */
export function resultTable(results: readonly Result[], style: Style): string {
  const rows = groupResults(results);
  if (rows.length === 0) return '';
  const shown = shownVariants(rows);
  const body = rows.map(({ title, cells }) => {
    const best = bestOf([...cells.values()]);
    return [
      title,
      ...shown.map((variant) => {
        const result = cells.get(variant);
        if (result === undefined) return style.dim('n/a');
        const text = writable(valueText(result), style);
        return result.value === best?.value ? style.bold(text) : text;
      }),
    ];
  });
  const header = [tableTitle(rows), ...shown.map((variant) => variantTitles[variant])];
  const right = shown.map((_, i) => i + 1);
  const lines = (sentences: readonly string[]): string =>
    sentences.length === 0 ? '' : `\n${sentences.map((each) => `${writable(each, style)}\n`).join('')}`;
  return (
    table(style, header, body, right) +
    lines(whatPretrainingBought(results)) +
    lines(efficiencyOf(results).map(whatItBought))
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
  const value = valueText({ ...result, draws: 1 });
  const { title } = measures[result.metric];
  const of = result.target === undefined ? '' : ` of ${result.target}`;
  return `${title}${of} ${value}${isPercent(result) ? ' %' : ''}`;
}

/** Without the signs that this terminal cannot show. */
function writable(text: string, { plusMinus }: Style): string {
  return text.replaceAll('±', plusMinus).replaceAll('−', plusMinus === '±' ? '−' : '-');
}
