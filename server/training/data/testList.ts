import { readFileSync } from 'node:fs';
import type { Split } from './dataset.ts';
import { DataError, didYouMean } from './errors.ts';

const key = ['data', 'testList'];

/**
 * Divides positions by a file that names the test samples, one a line: their names, or their positions counted from 0.
 * Empty lines and lines that start with # are skipped; samples that `positions` leaves out may be named.
 * @param nameOf what a sample is called; names win over positions.
 * @throws DataError where a line names nothing, and when nothing is left to train on or to test with.
 */
export function splitByList(
  file: string,
  positions: Int32Array,
  count: number,
  nameOf: (index: number) => string,
): Split {
  const listed = readList(file, count, nameOf);
  const test = positions.filter((position) => listed.has(position));
  const train = positions.filter((position) => !listed.has(position));
  if (test.length > 0 && train.length > 0) return { train, test };
  throw new DataError({
    key,
    where: file,
    found: test.length === 0 ? 'no sample' : `all ${test.length} samples`,
    expected: 'a part of the samples: the rest is trained on',
    fix: 'List the samples that are to be held out, one a line.',
  });
}

function readList(file: string, count: number, nameOf: (index: number) => string): Set<number> {
  const byName = new Map(Array.from({ length: count }, (_, index) => [nameOf(index), index]));
  const listed = new Set<number>();
  for (const [i, line] of readLines(file).entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const index = byName.get(text) ?? (/^\d+$/.test(text) ? Number(text) : undefined);
    if (index !== undefined && index < count) {
      listed.add(index);
      continue;
    }
    const near = index === undefined ? didYouMean(text, [...byName.keys()].slice(0, 10_000), 1) : '';
    throw new DataError({
      key,
      where: `${file}:${i + 1}`,
      found: text.length > 80 ? `${text.slice(0, 80)}...` : text,
      expected: `the name of a sample (such as ${nameOf(0)}) or its position, 0 to ${count - 1}`,
      fix: near || 'Correct the line.',
    });
  }
  return listed;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new DataError({
      key,
      where: file,
      found: code === 'ENOENT' ? 'no such file' : `a file that cannot be read (${code})`,
      expected: 'a text file that lists the test samples',
      fix: 'Correct the path.',
    });
  }
}
