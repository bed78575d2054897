import { formatPath, type KeyPath, type Place } from './problem.ts';
import { isNull, type Positions } from './tree.ts';
import { inlineValue } from './words.ts';

/** A change to the text that solves a problem, so that editors can make it. Its title says it in words. */
export type Repair = { readonly title: string } & (
  | { readonly kind: 'replace'; readonly place: Place; readonly text: string }
  /** Takes a key with its value away, or an entry of a list; `place` is the key's or the entry's. */
  | { readonly kind: 'remove'; readonly place: Place }
  /** Adds a key to the mapping at `place`. */
  | { readonly kind: 'insert'; readonly place: Place; readonly key: string; readonly value: string }
);

/** What to do about a problem, in terms of keys of the whole config. */
export type Solution =
  | { readonly set: KeyPath; readonly to: unknown }
  | { readonly rename: KeyPath; readonly to: string }
  | { readonly remove: KeyPath };

export function renameTo(place: Place, key: string): Repair {
  return { kind: 'replace', title: `Rename to ${key}`, place, text: key };
}

/** @param text the new value as YAML */
export function writeInstead(place: Place, text: string): Repair {
  return { kind: 'replace', title: `Write ${text}`, place, text };
}

export function removeAt(place: Place, name: string): Repair {
  return { kind: 'remove', title: `Remove ${name}`, place };
}

/** Finds where the keys stand. Nothing where they stand nowhere. */
export function toRepairs(solutions: readonly Solution[], positions: Positions): Repair[] {
  return solutions.flatMap((solution) => toRepair(solution, positions) ?? []);
}

function toRepair(solution: Solution, positions: Positions): Repair | undefined {
  if ('remove' in solution) {
    const { remove } = solution;
    return positions.has(remove) ? removeAt(positions.key(remove), formatPath(remove)) : undefined;
  }
  if ('rename' in solution) return renameTo(positions.key(solution.rename), solution.to);
  return setKey(solution.set, inlineValue(solution.to), positions);
}

/** Gives a key a value, whether it is written already or not. */
export function setKey(path: KeyPath, value: string, positions: Positions): Repair | undefined {
  const title = `Set ${formatPath(path)}: ${value}`;
  const present = positions.find(path);
  if (present !== undefined) {
    return { kind: 'replace', title, place: present.place, text: isNull(present) ? ` ${value}` : value };
  }
  const [key, ...above] = [...path].reverse();
  const parent = above.reverse();
  const owner = positions.find(parent);
  if (typeof key === 'number' || key === undefined) return undefined;
  if (owner?.kind === 'map') return { kind: 'insert', title, place: owner.place, key, value };
  if (owner !== undefined && !isNull(owner)) return undefined;
  const inner = setKey(parent, `{ ${key}: ${value} }`, positions);
  return inner && { ...inner, title };
}
