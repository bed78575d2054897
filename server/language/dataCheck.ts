import { placeProblem } from '../config/inputProblem.ts';
import { lintConfig } from '../config/lint.ts';
import { type Problem, sortProblems } from '../config/problem.ts';
import type { ConfiguredRun } from '../config/read.ts';
import type { DataFacts, InputProblem } from '../protocol/trainer.ts';
import type { LanguageDeps } from './registerLanguage.ts';

/** What looking at the data brought. */
export interface DataCheck {
  readonly problems: readonly Problem[];
  /** Of the first run. */
  readonly facts?: DataFacts;
}

/**
 * Checks the runs of a config against their data, like `selfsup check`: data are opened once for each different
 * `data` section. A trainer that fails for reasons of its own says nothing about the config.
 */
export async function checkAgainstData(
  runs: readonly ConfiguredRun[],
  deps: Pick<LanguageDeps, 'facts'>,
  wanted: () => boolean,
): Promise<DataCheck> {
  const problems: Problem[] = [];
  const opened = new Map<string, DataFacts | InputProblem | undefined>();
  for (const { config, positions } of runs) {
    const key = JSON.stringify([config.data, config.seed]);
    if (!opened.has(key)) {
      if (!wanted()) break;
      opened.set(key, await deps.facts(config).catch((error: unknown) => problemOf(error)));
    }
    const found = opened.get(key);
    if (found === undefined) continue;
    if ('key' in found) problems.push(placeProblem(found, positions));
    else problems.push(...lintConfig(config, positions, found));
  }
  const [first] = opened.values();
  const facts = first !== undefined && !('key' in first) ? first : undefined;
  return { problems: sortProblems(problems), ...(facts !== undefined && { facts }) };
}

function problemOf(error: unknown): InputProblem | undefined {
  return (error as { problem?: InputProblem } | undefined)?.problem;
}
