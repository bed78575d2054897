import { formatProblem, type Problem } from '../config/problem.ts';
import { plural } from './format.ts';
import type { Io } from './io.ts';
import type { Style } from './style.ts';

/** Prints problems, errors in red, and how many there are. */
export function printProblems(problems: readonly Problem[], io: Io, style: Style): void {
  for (const problem of problems) {
    const [first = '', ...rest] = formatProblem(problem, io.cwd).split('\n');
    const paint = problem.severity === 'error' ? style.red : style.yellow;
    io.err(`${[paint(first), ...rest].join('\n')}\n`);
  }
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) io.err(`${plural(errors, 'error')}\n`);
}
