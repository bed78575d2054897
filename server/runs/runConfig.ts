import { canonicalJson } from '../config/hash.ts';
import { readConfig } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { formatValue } from '../config/words.ts';
import type { HotChanges } from '../protocol/trainer.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import type { StoredRun } from './store.ts';

/**
 * The config that a run works with: the one it was made from, with what was changed while it trained.
 * @returns undefined when it cannot be read any more.
 */
export function configOfRun({ folder, record }: StoredRun): Config | undefined {
  const { config } = readConfig(runPaths(folder).config);
  return config && (record.history ?? []).reduce((now, { changes }) => withChanges(now, changes), config);
}

/** A config after hot changes. */
export function withChanges(
  config: Config,
  { train, evaluate }: HotChanges | NonNullable<StoredRun['record']['history']>[number]['changes'],
): Config {
  return {
    ...config,
    ...(train && { train: { ...config.train, ...train } as Config['train'] }),
    ...(evaluate && { evaluate: evaluate as Config['evaluate'] }),
  };
}

/** Settings that differ between configs: dotted keys in the order of the first, one value for each config. */
export function differences(configs: readonly object[]): { key: string; values: string[] }[] {
  const flat = configs.map((config) => new Map(flatten(config)));
  const keys = [...new Set(flat.flatMap((settings) => [...settings.keys()]))];
  return keys.flatMap((key) => {
    const found = flat.map((settings) => settings.get(key));
    if (new Set(found.map(canonicalJson)).size < 2) return [];
    return [{ key, values: found.map((value) => (value === undefined ? '' : formatValue(value))) }];
  });
}

function flatten(value: object, above = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const name = above === '' ? key : `${above}.${key}`;
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) return flatten(inner, name);
    return inner === undefined ? [] : [[name, inner]];
  });
}
