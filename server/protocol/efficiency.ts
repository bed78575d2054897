import { isPercent, labelWords, measures, valueWords } from './measures.ts';
import { isWithinSpread, variantTitles } from './results.ts';
import { type Result, type Variant, variants } from './run.ts';

type Labels = Result['labelsPerClass'];
type Fitted = NonNullable<Result['fitted']>;

/** One task at several numbers of labels, with and without pretraining. Shared by terminal, report and panel. */
export interface Efficiency {
  readonly metric: Result['metric'];
  /** Regression: the column that is told. */
  readonly target?: string;
  readonly title: string;
  /** What the x axis counts: "labels per class". */
  readonly unit: string;
  /** What the y axis shows: "test accuracy", "R²". */
  readonly value: string;
  readonly percent: boolean;
  /** Ascending; "all" comes last. */
  readonly labels: readonly Labels[];
  /** Where these numbers lie on a logarithmic axis. */
  readonly positions: readonly number[];
  readonly lines: readonly EfficiencyLine[];
}

export interface EfficiencyLine {
  readonly id: string;
  readonly variant: Variant;
  readonly fitted: Fitted;
  /** "pretrained, fine-tune" */
  readonly title: string;
  /** One entry per number of labels; undefined where it was not measured. */
  readonly points: readonly (Result | undefined)[];
}

/** Told beside another measure of the same task, which has the chart. */
const beside: ReadonlySet<Result['metric']> = new Set(['rmse', 'ap']);

/** One for each task that has labels, in the order of the results. */
export function efficiencyOf(results: readonly Result[]): Efficiency[] {
  const tasks = new Map<string, Result[]>();
  for (const result of results) {
    if (result.split !== 'test' || fittedOf(result) === undefined || beside.has(result.metric)) continue;
    const key = result.fitted === undefined ? 'classification' : `${result.metric} ${result.target ?? ''}`;
    tasks.set(key, [...(tasks.get(key) ?? []), result]);
  }
  return [...tasks.values()].map(oneTask);
}

function oneTask(measured: readonly Result[]): Efficiency {
  const { metric, fitted, target } = measured[0]!;
  const labels = [...new Set(measured.map(({ labelsPerClass }) => labelsPerClass))].sort(byCount);
  const lines = (['finetune', 'linearProbe'] as const).flatMap((kind) =>
    variants.flatMap((variant): EfficiencyLine[] => {
      const of = measured.filter((result) => result.variant === variant && fittedOf(result) === kind);
      // A later measurement of the same thing replaces an earlier one.
      const points = labels.map((count) => of.findLast(({ labelsPerClass }) => labelsPerClass === count));
      if (of.length === 0) return [];
      const title = variant === 'pretrained' ? `pretrained, ${measures[kind].title}` : lineTitle(variant);
      return [{ id: `${variant} ${kind}`, variant, fitted: kind, title, points }];
    }),
  );
  return {
    metric,
    ...(target !== undefined && { target }),
    title: `Label efficiency${target === undefined ? '' : `, ${target}`}`,
    unit: measures[metric].labels.many,
    value: fitted === undefined ? 'test accuracy' : measures[metric].title,
    percent: isPercent({ metric }),
    labels,
    positions: places(labels),
    lines,
  };
}

const lineTitle = (variant: Variant): string =>
  variant === 'supervised' ? 'supervised from scratch' : variantTitles[variant];

/** What was fitted to the labels; undefined for what needs no fitting. */
function fittedOf({ metric, fitted }: Result): Fitted | undefined {
  return fitted ?? (metric === 'linearProbe' || metric === 'finetune' ? metric : undefined);
}

/** "All" has no number of its own here: it stands as far from the largest number as a factor of four. */
function places(labels: readonly Labels[]): number[] {
  const largest = Math.max(1, ...labels.filter((count) => count !== 'all'));
  return labels.map((count) => (count === 'all' ? largest * 4 : count));
}

function byCount(a: Labels, b: Labels): number {
  if (a === b) return 0;
  if (a === 'all') return 1;
  return b === 'all' ? -1 : a - b;
}

/** The best of the lines at one number of labels. */
interface Best {
  readonly line: EfficiencyLine;
  readonly result: Result;
}

/**
 * What pretraining bought at this task, in one sentence: the fewest labels with which the best that the pretrained
 * encoder reaches is better than the best without pretraining (from scratch, raw input, untrained encoder) by more
 * than the spread of the draws, and how many labels the latter needs for the same. Says so where it did not pay.
 */
export function whatItBought(task: Efficiency): string {
  const { target } = task;
  return target === undefined ? inOneSentence(task) : `${target}: ${lowerFirst(inOneSentence(task))}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function inOneSentence({ labels, lines, metric }: Efficiency): string {
  const pretrained = lines.filter(({ variant }) => variant === 'pretrained');
  const others = lines.filter(({ variant }) => variant !== 'pretrained');
  const places = labels.flatMap((count, at) => {
    const [ours, rival] = [bestAt(pretrained, at), bestAt(others, at)];
    return ours && rival ? [{ count, at, ours, rival }] : [];
  });
  const first = places[0];
  if (first === undefined)
    return pretrained.length === 0
      ? 'The pretrained encoder was not measured.'
      : 'What pretraining bought is not known: nothing was measured without it.';
  const clear = places.filter(({ ours, rival }) => !isWithinSpread(ours.result, rival.result));
  const gain = clear.find(({ ours, rival }) => ours.result.value > rival.result.value);
  const loss = clear.find(({ ours, rival }) => ours.result.value < rival.result.value);
  if (gain === undefined) {
    const { count, ours, rival } = loss ?? first;
    const is = loss === undefined ? 'is as good' : 'is better';
    return `Pretraining did not pay here: ${rivalWords(rival)} ${is} (${valueWords(rival.result)} against ${valueWords(ours.result)} with ${labelWords(metric, count)}).`;
  }
  const { count, ours, rival } = gain;
  const start = `With ${labelWords(metric, count)}, ${oursWords(ours)} reaches ${valueWords(ours.result)}`;
  const but =
    loss === undefined
      ? ''
      : ` With ${labelWords(metric, loss.count)}, ${rivalWords(loss.rival)} is better (${valueWords(loss.rival.result)} against ${valueWords(loss.ours.result)}).`;
  return `${start}; ${needs(rival, gain.at, ours.result, labels, metric)}.${but}`;
}

/** How many labels the rival needs for the same, as far as that was measured. */
function needs(
  { line, result }: Best,
  at: number,
  wanted: Result,
  labels: readonly Labels[],
  metric: Result['metric'],
): string {
  const words = rivalWords({ line });
  const more = labels.flatMap((count, i) => {
    const point = i > at ? line.points[i] : undefined;
    return point === undefined ? [] : [{ count, point }];
  });
  const enough = more.find(({ point }) => point.value >= wanted.value);
  if (enough !== undefined) {
    const few = labels[at]!;
    const saved =
      enough.count === 'all' || few === 'all'
        ? ''
        : `, so pretraining saves ${enough.count - few} of ${labelWords(metric, enough.count)}`;
    return `${words} reaches ${valueWords(result)} and needs ${labelWords(metric, enough.count)} for that${saved}`;
  }
  const last = more.at(-1);
  if (last === undefined) return `${words} reaches ${valueWords(result)}`;
  return `${words} reaches ${valueWords(result)}, and ${valueWords(last.point)} even with ${labelWords(metric, last.count)}`;
}

function bestAt(lines: readonly EfficiencyLine[], at: number): Best | undefined {
  return lines.reduce<Best | undefined>((best, line) => {
    const result = line.points[at];
    return result && (best === undefined || result.value > best.result.value) ? { line, result } : best;
  }, undefined);
}

function oursWords({ line }: Best): string {
  return line.fitted === 'finetune'
    ? 'fine-tuning after pretraining'
    : 'a linear probe on the pretrained features';
}

function rivalWords({ line: { variant, fitted } }: Pick<Best, 'line'>): string {
  if (variant === 'supervised') return 'the same network from scratch';
  if (fitted === 'finetune') return 'a head on the frozen untrained encoder';
  return variant === 'rawInput' ? 'the same probe on raw input' : 'the same probe on the untrained encoder';
}
