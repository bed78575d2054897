import type { KeyPath } from '../config/problem.ts';

/** The value at a path of plain data. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((here, key) => {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    return (here as Record<string | number, unknown>)[key];
  }, value);
}
