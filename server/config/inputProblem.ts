import type { InputProblem } from '../protocol/trainer.ts';
import { asClause } from './findings.ts';
import { formatPath, type Problem, problemAt } from './problem.ts';
import type { Positions } from './tree.ts';

/** A problem with the data, at the key of the config that points there. */
export function placeProblem(problem: InputProblem, positions: Positions): Problem {
  const { key, where, found, expected, fix } = problem;
  return problemAt(positions.value(key), {
    path: key,
    severity: 'error',
    code: 'data',
    message: `${formatPath(key)} cannot be used: ${where}`,
    found,
    expected,
    fix: asClause(fix),
  });
}
