import type { OptionProblem } from '../encoders/encoder.ts';
import { formatPath, type KeyPath, type Problem, type ProblemCode, problemAt } from './problem.ts';
import { type Repair, type Solution, toRepairs } from './repairs.ts';
import type { Positions } from './tree.ts';

export interface Details {
  readonly code: ProblemCode;
  readonly message: string;
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
  /** The fix in terms of keys, where it can be made by a machine. */
  readonly solve?: readonly Solution[];
}

/** Collects what the cross-field checks find, at the places where the keys are written. */
export class Findings {
  readonly problems: Problem[] = [];

  constructor(private readonly positions: Positions) {}

  /** Whether the file says this itself, rather than leaving it to the default. */
  given(...path: KeyPath): boolean {
    return this.positions.has(path);
  }

  /** The file that a value is written in. */
  fileOf(path: KeyPath): string {
    return this.positions.value(path).file;
  }

  error(path: KeyPath, details: Details): void {
    this.add('error', path, details);
  }

  warn(path: KeyPath, details: Details): void {
    this.add('warning', path, details);
  }

  /** A key that is written but changes nothing. */
  noEffect(
    path: KeyPath,
    because: string,
    fix = 'remove it',
    solve: readonly Solution[] = [{ remove: path }],
  ): void {
    if (!this.given(...path)) return;
    this.problems.push(
      problemAt(this.positions.key(path), {
        path,
        severity: 'warning',
        code: 'noEffect',
        message: `${formatPath(path)} has no effect`,
        found: because,
        expected: 'keys that change something',
        fix,
        ...this.repairs(solve),
      }),
    );
  }

  /** Problems that an encoder or a method found with its own options. */
  options(part: 'encoder' | 'pretext', problems: readonly OptionProblem[]): void {
    for (const { path, found, expected, fix, set = [] } of problems) {
      const keys = [part, ...path];
      this.error(keys, {
        code: 'conflict',
        message: `${formatPath(keys)} does not fit`,
        found,
        expected,
        fix: asClause(fix),
        solve: set.map((change) => ({ set: change.path, to: change.value })),
      });
    }
  }

  private add(severity: Problem['severity'], path: KeyPath, { solve = [], ...details }: Details): void {
    const place = this.positions.value(path);
    this.problems.push(problemAt(place, { path, severity, ...details, ...this.repairs(solve) }));
  }

  private repairs(solve: readonly Solution[]): { repairs?: readonly Repair[] } {
    const repairs = toRepairs(solve, this.positions);
    return repairs.length === 0 ? {} : { repairs };
  }
}

/** "Set it to 3." -> "set it to 3" */
export function asClause(sentence: string): string {
  const open = sentence.endsWith('.') ? sentence.slice(0, -1) : sentence;
  return open.charAt(0).toLowerCase() + open.slice(1);
}
