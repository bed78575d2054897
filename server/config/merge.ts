import { dataKinds } from './data/registry.ts';
import { type Entry, get, isNull, type MapTree, type Tree } from './tree.ts';

/** Parts of the config where one key decides which other keys make sense. */
const choosers: Readonly<Record<string, (base: Tree, child: Tree) => boolean>> = {
  encoder: (base, child) => differs(base, child, 'type'),
  pretext: (base, child) => differs(base, child, 'method'),
  data: (base, child) => {
    const keys = Object.keys(dataKinds);
    const key = keys.find((each) => has(child, each));
    return key !== undefined && keys.some((each) => each !== key && has(base, each));
  },
};

/**
 * Lays a config over its base: mappings are merged key by key, everything else (lists too) is replaced, and an
 * empty value takes the inherited key away. Another encoder type, method or kind of data drops the base's keys of
 * that part.
 */
export function mergeTrees(base: MapTree, child: MapTree): MapTree {
  const entries = new Map(base.entries);
  for (const [name, entry] of child.entries) {
    const inherited = base.entries.get(name);
    if (inherited === undefined) {
      entries.set(name, entry);
    } else if (isNull(entry.value)) {
      entries.delete(name);
    } else {
      const replace = choosers[name]?.(inherited.value, entry.value) ?? false;
      entries.set(name, replace ? entry : mergeEntries(inherited, entry));
    }
  }
  return { ...child, entries };
}

function mergeEntries(base: Entry, child: Entry): Entry {
  if (base.value.kind !== 'map' || child.value.kind !== 'map') return child;
  const entries = new Map(base.value.entries);
  for (const [name, entry] of child.value.entries) {
    const inherited = base.value.entries.get(name);
    if (inherited !== undefined && isNull(entry.value)) entries.delete(name);
    else entries.set(name, inherited === undefined ? entry : mergeEntries(inherited, entry));
  }
  return { key: child.key, value: { ...child.value, entries } };
}

function differs(base: Tree, child: Tree, key: string): boolean {
  const before = get(base, key);
  const after = get(child, key);
  if (before?.kind !== 'scalar' || after?.kind !== 'scalar') return false;
  return before.value !== after.value;
}

function has(tree: Tree, key: string): boolean {
  return get(tree, key) !== undefined;
}
