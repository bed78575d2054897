import path from 'node:path';
import type { Repair } from './repairs.ts';

/** Where something stands in a file; lines and columns count from 1, the end is exclusive. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export type KeyPath = readonly (string | number)[];

export type ProblemCode =
  | 'syntax'
  | 'duplicateKey'
  | 'emptyFile'
  | 'unreadableFile'
  | 'extends'
  | 'sweep'
  | 'missingKey'
  | 'unknownKey'
  | 'emptyValue'
  | 'wrongType'
  | 'wrongValue'
  | 'outOfRange'
  | 'conflict'
  | 'noEffect'
  | 'path'
  | 'data';

/** One thing that is wrong with a config, and what to do about it. */
export interface Problem extends Place {
  /** The key it concerns, from the top of the config. */
  readonly path: KeyPath;
  readonly severity: 'error' | 'warning';
  readonly code: ProblemCode;
  /** One line without a full stop: what is wrong. */
  readonly message: string;
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
  /** Changes that solve it, the likeliest first; none where only its author can tell. */
  readonly repairs?: readonly Repair[];
}

/** A problem before its place is known. */
export type Finding = Omit<Problem, keyof Place>;

export function problemAt(place: Place, finding: Finding): Problem {
  const { file, line, column, endLine, endColumn } = place;
  return { file, line, column, endLine, endColumn, ...finding };
}

/** `data.test.images`, `downstream[0].epochs` */
export function formatPath(keys: KeyPath): string {
  return keys.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  );
}

/**
 * A problem as text, in the form that editors and terminals turn into a link:
 *
 *     digits.selfsup.yaml:9:3: error: unknown key train.epoch (unknownKey)
 *         found:    epoch
 *         expected: one of epochs, batchSize ...
 *         fix:      did you mean epochs?
 *
 * @param relativeTo folder that file names are shortened against; without it they stay as they are
 */
export function formatProblem(problem: Problem, relativeTo?: string): string {
  const file =
    relativeTo === undefined ? problem.file : path.relative(relativeTo, problem.file) || problem.file;
  return [
    `${file}:${problem.line}:${problem.column}: ${problem.severity}: ${problem.message} (${problem.code})`,
    `    found:    ${problem.found}`,
    `    expected: ${problem.expected}`,
    `    fix:      ${problem.fix}`,
  ].join('\n');
}

/** In reading order, without repeats (the runs of a sweep share most of their text). */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  const unique = problems.filter((problem) => {
    const key = JSON.stringify(problem);
    return !seen.has(key) && seen.add(key);
  });
  return unique.sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error');
}
