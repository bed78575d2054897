import { distance } from './similar.ts';

/** What is wrong with the user's data, in the words of one message. */
export interface DataProblem {
  /** The key of the config that it is about, from the root: ['data', 'label']. */
  readonly key: readonly (string | number)[];
  /** The file or folder, as the user would write it. */
  readonly where: string;
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
}

/** A mistake in the data or in how the config points at it; its message is for the user, without a stack. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly problem: DataProblem;

  constructor(problem: DataProblem) {
    super(`${problem.where}: found ${problem.found}; expected ${problem.expected}. ${problem.fix}`);
    this.problem = problem;
  }
}

/** "Did you mean a or b?", the most alike first; '' when nothing is alike. */
export function didYouMean(wrong: string, known: readonly string[], most = 3): string {
  const alike = known
    .map((name) => ({ name, distance: distance(wrong.toLowerCase(), name.toLowerCase()) }))
    // A name whose every letter differs is not alike, however short.
    .filter((other) => other.distance < Math.max(wrong.length, other.name.length))
    .filter((other) => other.distance <= Math.max(2, wrong.length / 2))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ name }) => name);
  return alike.length === 0 ? '' : `Did you mean ${alike.join(' or ')}?`;
}

/** Why a file could not be read, in a few words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read';
  if (code === 'ENOENT') return 'the file is gone';
  return (message ?? String(error))
    .split('\n')[0]!
    .replace(/^Input file (?=is|has|contains)/, '')
    .replace(/[:.\s]+$/, '');
}
