import type { DataFacts } from '../protocol/trainer.ts';
import { lintConfig } from './lint.ts';
import { lintPaths } from './lintPaths.ts';
import { sortProblems } from './problem.ts';
import { type ReadOptions, type ReadResult, readConfig } from './read.ts';

export interface CheckOptions extends ReadOptions {
  /** What the data is, where it has been opened. */
  readonly facts?: DataFacts;
  /** Whether to look at the disk for the paths that the config names (default true). */
  readonly paths?: boolean;
}

/** Reads a config and checks everything that can be known without training: what `selfsup check` prints. */
export function checkConfig(file: string, options: CheckOptions = {}): ReadResult {
  const result = readConfig(file, options);
  const found = result.runs.flatMap(({ config, positions }) => [
    ...lintConfig(config, positions, options.facts),
    ...(options.paths === false ? [] : lintPaths(config, positions)),
  ]);
  return { ...result, problems: sortProblems([...result.problems, ...found]) };
}
