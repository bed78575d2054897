import { stringify } from 'yaml';
import { dataKinds } from './data/registry.ts';
import type { Config } from './schema.ts';

const order = ['name', 'seed', 'data', 'encoder', 'pretext', 'train', 'evaluate', 'downstream', 'export'];
const first = ['type', 'method', ...Object.keys(dataKinds), 'task', 'mode'];

/**
 * A resolved config as YAML: every key written out, paths absolute, in one fixed order. Reading it gives the same
 * config again.
 */
export function printConfig(config: Config): string {
  return stringify(config, {
    lineWidth: 0,
    version: '1.2',
    aliasDuplicateObjects: false,
    sortMapEntries: (a, b) => rank(String(a.key)) - rank(String(b.key)),
  });
}

function rank(key: string): number {
  if (first.includes(key)) return first.indexOf(key) - first.length;
  const index = order.indexOf(key);
  return index < 0 ? order.length : index;
}
