import type { DataPathKey } from './kind.ts';
import { type DataConfig, kindOf } from './registry.ts';

/** Words that stand where a path may stand. */
export const pathWords: readonly string[] = ['folders', 'none'];

/** A path that a data section names. */
export interface DataPath extends DataPathKey {
  /** Absolute. */
  readonly target: string;
}

/** Every file and folder that a data section names; words such as `folders` are none. */
export function dataPaths(data: DataConfig): DataPath[] {
  return kindOf(data).pathKeys.flatMap((key) => {
    const target = key.path.reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], data);
    return typeof target === 'string' && !pathWords.includes(target) ? [{ ...key, target }] : [];
  });
}

/** The path of the samples, whatever kind they are. */
export function dataPath(data: DataConfig): string {
  return (data as unknown as Record<string, string>)[kindOf(data).key] as string;
}

/** What a data section says beside where things lie: paths are only said to be given. */
export function withoutPaths(data: DataConfig): Record<string, unknown> {
  const copy = structuredClone(data) as Record<string, unknown>;
  for (const { path } of dataPaths(data)) {
    const parent = path
      .slice(0, -1)
      .reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, copy);
    parent[String(path.at(-1))] = 'given';
  }
  return copy;
}
