import { isAccuracy, metricTitles, variantTitles } from '../../server/protocol/results.ts';
import { type Result, type Variant, variants } from '../../server/protocol/run.ts';

/** Accuracy by number of labels, with and without pretraining. */
export interface EfficiencyChart {
  readonly metric: Result['metric'];
  readonly title: string;
  /** Labels per class at each place of the x axis, ascending; "all" comes last. */
  readonly labels: readonly (number | 'all')[];
  /** Where these places lie on a logarithmic axis. */
  readonly positions: readonly number[];
  readonly lines: readonly EfficiencyLine[];
}

export interface EfficiencyLine {
  readonly variant: Variant;
  readonly title: string;
  /** One entry per place; undefined where it was not measured. */
  readonly points: readonly (
    | { readonly value: number; readonly std: number; readonly draws: number }
    | undefined
  )[];
}

/** One chart for each measure that was taken at two or more numbers of labels. */
export function efficiencyCharts(results: readonly Result[]): EfficiencyChart[] {
  const test = results.filter((result) => result.split === 'test' && isAccuracy(result));
  return (Object.keys(metricTitles) as Result['metric'][]).flatMap((metric) => {
    const measured = test.filter((result) => result.metric === metric);
    const labels = [...new Set(measured.map(({ labelsPerClass }) => labelsPerClass))].sort(byCount);
    if (labels.length < 2) return [];
    const lines = variants.flatMap((variant): EfficiencyLine[] => {
      const points = labels.map((count) => {
        // A later measurement of the same thing replaces an earlier one.
        const found = measured.findLast((r) => r.variant === variant && r.labelsPerClass === count);
        return found && { value: found.value, std: found.std, draws: found.draws };
      });
      return points.some(Boolean) ? [{ variant, title: variantTitles[variant], points }] : [];
    });
    return [
      {
        metric,
        title: `Label efficiency, ${metricTitles[metric]}`,
        labels,
        positions: places(labels),
        lines,
      },
    ];
  });
}

/** "All" has no number of its own here: it stands as far from the largest number as a factor of four. */
function places(labels: readonly (number | 'all')[]): number[] {
  const largest = Math.max(1, ...labels.filter((count) => count !== 'all'));
  return labels.map((count) => (count === 'all' ? largest * 4 : count));
}

function byCount(a: number | 'all', b: number | 'all'): number {
  if (a === b) return 0;
  if (a === 'all') return 1;
  return b === 'all' ? -1 : a - b;
}
