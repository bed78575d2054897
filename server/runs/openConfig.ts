import path from 'node:path';
import { stringify } from 'yaml';
import { checkConfig } from '../config/check.ts';
import { placeProblem } from '../config/inputProblem.ts';
import { lintConfig } from '../config/lint.ts';
import { planRun } from '../config/plan.ts';
import { hasErrors, type Problem, sortProblems } from '../config/problem.ts';
import type { ConfiguredRun } from '../config/read.ts';
import type { DataFacts, PlainConfig } from '../protocol/trainer.ts';
import { version } from '../version.ts';
import type { NewRun } from './store.ts';
import { TrainerError, type TrainerProcess } from './trainerProcess.ts';

/** A config whose data has been opened. Errors among the problems leave no runs. */
export interface OpenedConfig {
  readonly runs: readonly { readonly configured: ConfiguredRun; readonly facts: DataFacts }[];
  readonly problems: readonly Problem[];
}

/**
 * Reads a config, checks it, opens its data in the trainer and checks it against them. The data of a sweep are opened
 * once for each different `data` section.
 * @throws TrainerError when the trainer itself fails.
 */
export async function openConfig(file: string, trainer: TrainerProcess): Promise<OpenedConfig> {
  const read = checkConfig(file);
  if (hasErrors(read.problems)) return { runs: [], problems: read.problems };
  const problems = [...read.problems];
  const runs: { configured: ConfiguredRun; facts: DataFacts }[] = [];
  const opened = new Map<string, DataFacts>();
  for (const configured of read.runs) {
    const { config, positions } = configured;
    const key = JSON.stringify([config.data, config.seed]);
    try {
      let facts = opened.get(key);
      if (facts === undefined) {
        const task = { task: 'inspect', config: config as unknown as PlainConfig } as const;
        facts = (await trainer.run(task)).facts;
        opened.set(key, facts);
      }
      problems.push(...lintConfig(config, positions, facts));
      runs.push({ configured, facts });
    } catch (error) {
      if (!(error instanceof TrainerError) || error.problem === undefined) throw error;
      problems.push(placeProblem(error.problem, positions));
    }
  }
  const sorted = sortProblems(problems);
  return { runs: hasErrors(sorted) ? [] : runs, problems: sorted };
}

/**
 * The run that one entry of a config makes, for its folder.
 * @param pretraining hash of the pretraining that it takes over from a run that was changed while it trained.
 */
export function newRun(
  configFile: string,
  { configured: { name, overrides, config }, facts }: OpenedConfig['runs'][number],
  pretraining?: string,
): NewRun {
  return {
    name,
    configFile: path.resolve(configFile),
    config: stringify(config),
    hashes: planRun(config, facts.fingerprint, pretraining).hashes,
    selfsup: version(),
    ...(Object.keys(overrides).length === 0 ? {} : { overrides }),
  };
}
