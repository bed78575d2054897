import { efficiencyOf, whatItBought } from '../../server/protocol/efficiency.ts';
import { isPercent, measures } from '../../server/protocol/measures.ts';
import { groupResults, shownVariants, variantTitles } from '../../server/protocol/results.ts';
import type { Result, Variant } from '../../server/protocol/run.ts';
import {
  type Bar,
  configOf,
  type Example,
  type ExampleGroup,
  exampleGroups,
  type Wanted,
} from './examples.ts';
import { type Measured, type MeasuredRun, type ResultsFile, type Spread, spread } from './measured.ts';

/** The bars of all examples in one table. */
export function barsTable(results: ResultsFile): string {
  const lines = ['| example | bar | at least | measured | |', '|---|---|---:|---:|---|'];
  for (const { examples } of exampleGroups) {
    for (const example of examples) {
      for (const bar of example.bars) {
        const unit = bar.over === undefined ? '%' : 'points';
        const found = results[example.id] && barValue(bar, results[example.id]!);
        const least = `${bar.over !== undefined && bar.least === 0 ? 'above 0' : bar.least} ${unit}`;
        const cells = [
          `[${example.title}](../examples/${example.id.split('/')[0]})`,
          bar.what,
          least,
          found === undefined ? 'not measured yet' : `${spreadText(found)} ${unit}`,
          found === undefined ? '' : barVerdict(bar, found, results[example.id]!),
        ];
        lines.push(`| ${cells.join(' | ')} |`);
      }
    }
  }
  return `## Bars of the examples

What each example must reach: the mean over seeds 0, 1 and 2, ± the standard deviation over them.

${lines.join('\n')}`;
}

/** One folder: its examples with every number. */
export function exampleSection({ title, about, examples }: ExampleGroup, results: ResultsFile): string {
  const parts = examples.map((example) => `### ${example.title}\n\n${exampleNumbers(example, results)}`);
  return [`## ${title}`, about, ...parts].join('\n\n');
}

/** The command, all numbers of an example beside their controls, and what pretraining bought in words. */
export function exampleNumbers(example: Example, results: ResultsFile): string {
  const command = `\`\`\`sh\nnode bin/selfsup.mjs train ${configOf(example)}\n\`\`\``;
  const measured = results[example.id];
  if (measured === undefined) return `${command}\n\nNot measured yet.`;
  const { runs } = measured;
  const rows = runs.map(({ results }) => groupResults(results));
  const titles = [...new Set(rows.flat().map((row) => row.title))];
  const shown = shownVariants(rows.flat());
  const lines = titles.map((title) => {
    const cells = shown.map((variant) => {
      const values = rows.flatMap((each) => {
        const result = each.find((row) => row.title === title)?.cells.get(variant);
        return result === undefined ? [] : [result];
      });
      return values.length === 0 ? '' : seedsText(values);
    });
    return `| ${[title, ...cells].join(' | ')} |`;
  });
  const names = shown.map((variant: Variant) => variantTitles[variant]).join(' | ');
  const seconds = spread(runs.map(({ pretrainSeconds }) => pretrainSeconds))!.mean;
  return [
    command,
    `| on test data (accuracies in %) | ${names} |\n|---|${shown.map(() => '---:').join('|')}|\n${lines.join('\n')}`,
    runs.map(({ seed, results: of }) => `- seed ${seed}: ${sentences(of).join(' ')}`).join('\n'),
    `Mean ± standard deviation over ${runs.length} seed${runs.length === 1 ? '' : 's'}; pretraining took ${seconds.toFixed(0)} s on ${measured.machine}.`,
  ].join('\n\n');
}

const sentences = (results: readonly Result[]): string[] => efficiencyOf(results).map(whatItBought);

/** The same number of several seeds. */
function seedsText(results: readonly Result[]): string {
  const percent = isPercent(results[0]!);
  const { mean, std } = spread(results.map(({ value }) => value * (percent ? 100 : 1)))!;
  const digits = percent ? 1 : measures[results[0]!.metric].shown === 'score' ? 3 : 1;
  return mean.toFixed(digits) + (std === undefined ? '' : ` ± ${std.toFixed(digits)}`);
}

/** What a bar asks for, over all runs; undefined where a run lacks one of its numbers. */
export function barValue({ of, over }: Bar, { runs }: Measured): Spread | undefined {
  const values = runs.map((run) => {
    const best = bestOf(run, of);
    const rival = over === undefined ? 0 : bestOf(run, over);
    return best === undefined || rival === undefined ? undefined : best - rival;
  });
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? spread(known) : undefined;
}

function bestOf({ results }: MeasuredRun, wanted: readonly Wanted[]): number | undefined {
  const values = wanted.flatMap((each) => {
    const found = results.find(
      (result) =>
        result.split === 'test' &&
        Object.entries(each).every(([key, value]) => result[key as keyof Wanted] === value),
    );
    return found === undefined ? [] : [found.value * (isPercent(found) ? 100 : 1)];
  });
  return values.length === 0 ? undefined : Math.max(...values);
}

/** Whether the mean reaches the bar. */
export function isMet(bar: Bar, { mean }: Spread): boolean {
  return bar.over !== undefined && bar.least === 0 ? mean > 0 : mean >= bar.least;
}

function barVerdict(bar: Bar, found: Spread, { runs }: Measured): string {
  if (isMet(bar, found)) return 'met';
  const said = runs.every(({ results }) => sentences(results).some((text) => /did not pay/.test(text)));
  if (bar.orSaid && said) return 'met: the report says that it did not pay';
  return `**missed** by ${(bar.least - found.mean).toFixed(1)}`;
}

const spreadText = ({ mean, std }: Spread): string =>
  mean.toFixed(1) + (std === undefined ? '' : ` ± ${std.toFixed(1)}`);

const begin = (id: string): string => `<!-- results: ${id} (written by \`npm run results\`; do not edit) -->`;
const end = '<!-- end of results -->';

/** A README with the numbers of the examples that it marks brought up to date. */
export function updateReadme(text: string, { examples }: ExampleGroup, results: ResultsFile): string {
  return examples.reduce((readme, example) => {
    const start = readme.indexOf(begin(example.id));
    if (start < 0) return readme;
    const from = start + begin(example.id).length;
    const to = readme.indexOf(end, from);
    if (to < 0) throw new Error(`The numbers of ${example.id} begin in its README and do not end.`);
    return `${readme.slice(0, from)}\n\n${exampleNumbers(example, results)}\n\n${readme.slice(to)}`;
  }, text);
}

/** The examples of a group whose numbers its README does not show. */
export function missingInReadme(text: string, { examples }: ExampleGroup): string[] {
  return examples.filter(({ id }) => !text.includes(begin(id))).map(({ id }) => id);
}
