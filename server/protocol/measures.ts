import type { Result } from './run.ts';

export type Metric = Result['metric'];

/** What a number means and how it is written. */
export interface Measure {
  readonly title: string;
  /** percent: a share of 0..1, written in percent with one digit. score: three decimals. plain: four digits. */
  readonly shown: 'percent' | 'score' | 'plain';
  readonly better: 'higher' | 'lower';
  /** What a budget of labels counts. */
  readonly labels: LabelUnit;
}

/** "1 label per class", "5 labels per class", and "5 per class" in a table. */
interface LabelUnit {
  readonly one: string;
  readonly many: string;
  readonly short: string;
}

const perClass: LabelUnit = { one: 'label per class', many: 'labels per class', short: 'per class' };
const images: LabelUnit = { one: 'annotated image', many: 'annotated images', short: 'images' };
const rows: LabelUnit = { one: 'labelled row', many: 'labelled rows', short: 'rows' };

/** Every metric: adding one is one line here. */
export const measures: Readonly<Record<Metric, Measure>> = {
  knn: { title: 'kNN', shown: 'percent', better: 'higher', labels: perClass },
  linearProbe: { title: 'linear probe', shown: 'percent', better: 'higher', labels: perClass },
  finetune: { title: 'fine-tune', shown: 'percent', better: 'higher', labels: perClass },
  reconstruction: { title: 'reconstruction error', shown: 'plain', better: 'lower', labels: perClass },
  ap: { title: 'AP', shown: 'percent', better: 'higher', labels: images },
  ap50: { title: 'AP50', shown: 'percent', better: 'higher', labels: images },
  r2: { title: 'R²', shown: 'score', better: 'higher', labels: rows },
  rmse: { title: 'RMSE', shown: 'plain', better: 'lower', labels: rows },
};

/** Labels in words: "5 labels per class", "200 labelled rows", "all labels". */
export function labelWords(metric: Metric, count: Result['labelsPerClass']): string {
  const { one, many } = measures[metric].labels;
  return count === 'all' ? 'all labels' : `${count} ${count === 1 ? one : many}`;
}

type Measured = Pick<Result, 'metric'>;

/** Whether it is written in percent. */
export const isPercent = ({ metric }: Measured): boolean => measures[metric].shown === 'percent';

/** Whether one value is better than another of the same metric. */
export function isBetter(metric: Metric, value: number, than: number): boolean {
  return measures[metric].better === 'higher' ? value > than : value < than;
}

/** The best of results of one metric; the first of equals. */
export function bestOf<Each extends Pick<Result, 'metric' | 'value'>>(
  results: readonly Each[],
): Each | undefined {
  return results.reduce<Each | undefined>(
    (best, result) =>
      best === undefined || isBetter(result.metric, result.value, best.value) ? result : best,
    undefined,
  );
}

/** "97.8 ± 0.3" in percent, "0.812 ± 0.012", or four digits: "351.2 ± 12". */
export function valueText(
  { metric, value, std, draws }: Pick<Result, 'metric' | 'value' | 'std' | 'draws'>,
  plusMinus = '±',
): string {
  const written = {
    percent: [(value * 100).toFixed(1), (std * 100).toFixed(1)],
    score: [value.toFixed(3), std.toFixed(3)],
    plain: [String(+value.toPrecision(4)), String(+std.toPrecision(2))],
  };
  const [number, spread] = written[measures[metric].shown] as [string, string];
  return draws > 1 ? `${number} ${plusMinus} ${spread}` : number;
}

/** A value in a sentence: "97.8 ± 0.3 %", "R² 0.812". */
export function valueWords(result: Pick<Result, 'metric' | 'value' | 'std' | 'draws'>): string {
  const text = valueText(result);
  if (isPercent(result)) return `${text} %`;
  return `${measures[result.metric].title} ${text}`;
}
