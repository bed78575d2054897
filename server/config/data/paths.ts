import type { DataPathKey } from './kind.ts';
import { type DataConfig, kindOf } from './registry.ts';

/** Words that may stand where a path stands, by the key. */
const words: Readonly<Record<string, readonly string[]>> = {
  labels: ['folders', 'none'],
  tokenizer: ['bytes'],
};

/** The words that a key takes beside a path. */
export function pathWordsOf(key: string | number | undefined): readonly string[] {
  return Object.hasOwn(words, String(key)) ? words[String(key)]! : [];
}

/** A path that a data section names. */
export interface DataPath extends DataPathKey {
  /** Absolute. */
  readonly target: string;
}

/** Every file and folder that a data section names; words such as `folders` are none. */
export function dataPaths(data: DataConfig): DataPath[] {
  return kindOf(data).pathKeys.flatMap((key) => {
    const target = key.path.reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], data);
    return typeof target === 'string' && !pathWordsOf(key.path.at(-1)).includes(target)
      ? [{ ...key, target }]
      : [];
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
