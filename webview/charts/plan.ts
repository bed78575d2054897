import type { StageKind } from '../../server/protocol/run.ts';

/** Which curves are drawn in which chart, and how their values are written. */
export interface ChartPlan {
  readonly id: string;
  readonly title: string;
  readonly stage: StageKind;
  /** Fractions are shown as percent. */
  readonly unit: 'plain' | 'fraction' | 'seconds';
  readonly canLog: boolean;
  /** A schedule is no measurement: nothing of it is noise. */
  readonly canSmooth: boolean;
  readonly group: 'main' | 'more';
  readonly lines: readonly { readonly series: string; readonly label: string }[];
}

interface Kind {
  readonly title: string;
  readonly matches: (name: string) => string | undefined;
  readonly unit?: ChartPlan['unit'];
  readonly canLog?: boolean;
  readonly canSmooth?: boolean;
  readonly group?: ChartPlan['group'];
}

const exactly =
  (labels: Readonly<Record<string, string>>) =>
  (name: string): string | undefined =>
    labels[name];
/** "projector/std" -> "projector" */
const ofLayer =
  (measure: string) =>
  (name: string): string | undefined =>
    name.endsWith(`/${measure}`) ? name.slice(0, -measure.length - 1) : undefined;
const below =
  (prefix: string) =>
  (name: string): string | undefined =>
    name.startsWith(`${prefix}/`) ? name.slice(prefix.length + 1) : undefined;

/** In the order in which they are shown; a curve goes to the first that takes it. */
const kinds: readonly Kind[] = [
  { title: 'Loss', matches: exactly({ loss: 'loss' }), canLog: true },
  {
    title: 'Accuracy while training',
    matches: exactly({ knn: 'kNN', linearProbe: 'linear probe' }),
    unit: 'fraction',
  },
  { title: 'RankMe (effective dimensions)', matches: ofLayer('rankMe') },
  { title: 'Standard deviation × √d', matches: ofLayer('std') },
  {
    title: 'Learning rate',
    matches: exactly({ learningRate: 'learning rate' }),
    canLog: true,
    canSmooth: false,
  },
  { title: 'Alignment', matches: ofLayer('alignment'), group: 'more' },
  { title: 'Uniformity', matches: ofLayer('uniformity'), group: 'more' },
  {
    title: 'Gradient norm',
    matches: exactly({ gradientNorm: 'gradient norm' }),
    canLog: true,
    group: 'more',
  },
  { title: 'Milliseconds per step', matches: below('time'), canLog: true, group: 'more' },
  { title: 'Parts of the loss', matches: (name) => name, canLog: true, group: 'more' },
];

const stageTitles: Readonly<Record<StageKind, string>> = {
  pretrain: '',
  evaluate: ', evaluation',
  downstream: ', fine-tuning',
  export: ', export',
};

/**
 * The charts for the curves that there are. One run shows related curves (the layers, kNN and linear probe) in one
 * chart; of several runs each curve gets a chart of its own, so that a line is a run.
 */
export function planCharts(
  curves: readonly { readonly name: string; readonly stage: StageKind }[],
  severalRuns: boolean,
): ChartPlan[] {
  const charts = new Map<string, ChartPlan & { lines: { series: string; label: string }[] }>();
  for (const { name, stage } of curves) {
    const rank = kinds.findIndex(({ matches }) => matches(name) !== undefined);
    const kind = kinds[rank]!;
    const label = kind.matches(name)!;
    const alone = severalRuns && label.toLowerCase() !== kind.title.toLowerCase();
    const id = `${stage}:${rank}${alone ? `:${name}` : ''}`;
    const title = `${kind.title}${alone ? `: ${label}` : ''}${stageTitles[stage]}`;
    const { unit = 'plain', canLog = false, canSmooth = true, group = 'main' } = kind;
    const chart = charts.get(id) ?? { id, title, stage, unit, canLog, canSmooth, group, lines: [] };
    if (!chart.lines.some(({ series }) => series === name)) chart.lines.push({ series: name, label });
    charts.set(id, chart);
  }
  const stageOrder: readonly StageKind[] = ['pretrain', 'evaluate', 'downstream', 'export'];
  const order = ({ id, stage }: ChartPlan): number =>
    stageOrder.indexOf(stage) * kinds.length + Number(id.split(':')[1]);
  return [...charts.values()].sort((a, b) => order(a) - order(b));
}
