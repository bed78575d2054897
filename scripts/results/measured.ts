import type { Result, Variant, Verdict } from '../../server/protocol/run.ts';
import type { Scores } from './experiments.ts';

/** One run of an experiment, as docs/results.json keeps it. */
export interface MeasuredRun {
  readonly seed: number;
  /** Examples: hash of the config files, so that a changed config is measured again. */
  readonly config?: string;
  /** Pretraining without set-up, probes and fine-tuning. */
  readonly pretrainSeconds: number;
  readonly device: string;
  readonly verdict: Pick<Verdict, 'state' | 'summary' | 'cause'>;
  /** Of the last step, and of the last online evaluation: `projector/std`, `projector/rankMe` ... */
  readonly final: Readonly<Record<string, number>>;
  readonly results: readonly Result[];
}

export interface Measured {
  /** Day of the last run. */
  readonly date: string;
  readonly versions: Readonly<Record<'selfsup' | 'node' | 'onnxruntime', string>>;
  readonly machine: string;
  readonly runs: readonly MeasuredRun[];
}

/** docs/results.json: by the experiment's id. */
export type ResultsFile = Readonly<Record<string, Measured>>;

export interface Spread {
  readonly mean: number;
  /** Standard deviation with n - 1; undefined for a single value. */
  readonly std: number | undefined;
}

export function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return { mean, std: undefined };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (values.length - 1)) };
}

const wanted: Readonly<Record<keyof Scores, Pick<Result, 'metric' | 'labelsPerClass'>>> = {
  knn: { metric: 'knn', labelsPerClass: 'all' },
  linear: { metric: 'linearProbe', labelsPerClass: 'all' },
  one: { metric: 'linearProbe', labelsPerClass: 1 },
  ten: { metric: 'linearProbe', labelsPerClass: 10 },
};

/** One accuracy over all runs, in percent. */
export function score(
  { runs }: Measured,
  which: keyof Scores,
  variant: Variant = 'pretrained',
): Spread | undefined {
  const { metric, labelsPerClass } = wanted[which];
  return spread(
    runs.flatMap(({ results }) =>
      results
        .filter(
          (result) =>
            result.split === 'test' &&
            result.metric === metric &&
            result.variant === variant &&
            result.labelsPerClass === labelsPerClass,
        )
        .map(({ value }) => value * 100),
    ),
  );
}
