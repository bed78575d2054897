import { isBetter, isPercent, type Metric, valueText } from '../protocol/measures.ts';
import { groupResults } from '../protocol/results.ts';
import { configOfRun, differences } from '../runs/runConfig.ts';
import type { StoredRun } from '../runs/store.ts';
import { exitCodes, type Io, UsageError } from './io.ts';
import { storeHere } from './storeHere.ts';
import { type Style, styleFor } from './style.ts';
import { table } from './table.ts';

/** `selfsup compare`: the settings in which runs differ, and the results of their encoders side by side. */
export function compare(wanted: readonly string[], { json = false }: { json?: boolean }, io: Io): number {
  const store = storeHere(io);
  const runs = wanted.map((name) => store.find(name));
  const distinct = new Set(runs.map(({ record }) => record.id));
  if (distinct.size < 2)
    throw new UsageError(
      `Found ${distinct.size === wanted.length ? 'one run' : 'the same run twice'}; expected two or more to compare. \`selfsup runs\` lists them.`,
    );
  const settings = differences(runs.map(configOf)).filter(({ key }) => key !== 'name');
  const results = compareResults(runs);
  if (json) {
    const described = runs.map(({ folder, record: { id, name, state } }) => ({ id, name, state, folder }));
    io.out(`${JSON.stringify({ runs: described, settings, results }, null, 2)}\n`);
    return exitCodes.done;
  }
  const style = styleFor(io);
  const names = runs.map(({ record }) => record.id);
  io.out(
    settings.length === 0
      ? 'The settings are the same.\n'
      : table(
          style,
          ['setting', ...names],
          settings.map(({ key, values }) => [key, ...values.map((value) => value || style.dim('unset'))]),
        ),
  );
  io.out(`\n${resultLines(names, runs, results, style)}`);
  return exitCodes.done;
}

function configOf(run: StoredRun): object {
  const config = configOfRun(run);
  if (config === undefined)
    throw new UsageError(
      `The config of ${run.record.id} cannot be read any more: ${run.folder}/config.yaml.`,
    );
  return config;
}

interface ComparedResult {
  readonly measure: string;
  readonly metric: Metric;
  readonly accuracy: boolean;
  /** One for each run, null where it has none. */
  readonly values: readonly (number | null)[];
  readonly texts: readonly string[];
}

/** What the pretrained encoders reach on the test data, in the order in which measures first appear. */
function compareResults(runs: readonly StoredRun[]): ComparedResult[] {
  const found = runs.map(
    ({ record }) =>
      new Map(
        groupResults(record.results).flatMap(({ title, cells }) => {
          const result = cells.get('pretrained');
          return result ? [[title, result] as const] : [];
        }),
      ),
  );
  const measures = [...new Set(found.flatMap((results) => [...results.keys()]))];
  return measures.map((measure) => {
    const results = found.map((of) => of.get(measure));
    const metric = results.find((result) => result !== undefined)!.metric;
    return {
      measure,
      metric,
      accuracy: isPercent({ metric }),
      values: results.map((result) => result?.value ?? null),
      texts: results.map((result) => (result ? valueText(result) : '')),
    };
  });
}

function resultLines(
  names: readonly string[],
  runs: readonly StoredRun[],
  results: readonly ComparedResult[],
  style: Style,
): string {
  const rows = results.map(({ measure, metric, values, texts }) => {
    const known = values.filter((value) => value !== null);
    const best = known.reduce((a, b) => (isBetter(metric, b, a) ? b : a));
    return [
      measure,
      ...texts.map((text, i) => {
        if (text === '') return style.dim('n/a');
        const shown = text.replaceAll('±', style.plusMinus);
        return values[i] === best ? style.bold(shown) : shown;
      }),
    ];
  });
  const health = ['verdict', ...runs.map(({ record }) => record.verdict?.state ?? style.dim('n/a'))];
  return table(style, ['test accuracy (%)', ...names], [...rows, health]);
}
