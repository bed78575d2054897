import type { KeyPath, Place } from './problem.ts';

/** A YAML value that knows where it was written, so that merged files still report the right place. */
export type Tree = ScalarTree | MapTree | ListTree;

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null | bigint;
  readonly place: Place;
  /** Written with quotes. */
  readonly quoted: boolean;
}

export interface MapTree {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly place: Place;
}

export interface ListTree {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly place: Place;
}

export interface Entry {
  readonly key: Place;
  readonly value: Tree;
}

export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

/** Turns a text value at a path into another, e.g. a relative path into an absolute one. */
export type Rewrite = (value: string, keys: KeyPath, place: Place) => string;

/** The plain value. Empty values (null) inside mappings are left out: they mean "not given". */
export function toPlain(tree: Tree, rewrite: Rewrite = (value) => value, keys: KeyPath = []): Plain {
  if (tree.kind === 'list') return tree.items.map((item, i) => toPlain(item, rewrite, [...keys, i]));
  if (tree.kind === 'map') {
    const out: { [key: string]: Plain } = Object.create(null);
    for (const [key, { value }] of tree.entries) {
      if (isNull(value)) continue;
      out[key] = toPlain(value, rewrite, [...keys, key]);
    }
    return out;
  }
  if (typeof tree.value === 'bigint') return Number(tree.value);
  return typeof tree.value === 'string' ? rewrite(tree.value, keys, tree.place) : tree.value;
}

export function isNull(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null;
}

export function get(tree: Tree | undefined, key: string | number): Tree | undefined {
  if (tree?.kind === 'map') return tree.entries.get(String(key))?.value;
  if (tree?.kind === 'list') return tree.items[Number(key)];
  return undefined;
}

/** The text of a scalar below a mapping, e.g. `type` of the encoder. */
export function getText(tree: Tree | undefined, key: string): string | undefined {
  const value = get(tree, key);
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined;
}

/** A copy of a mapping without some keys. */
export function without(tree: MapTree, ...keys: string[]): MapTree {
  return { ...tree, entries: new Map([...tree.entries].filter(([key]) => !keys.includes(key))) };
}

/** Wraps a value in mappings: `['train', 'epochs']` -> `{ train: { epochs: value } }`. */
export function nest(keys: readonly string[], value: Tree, key: Place): Tree {
  return keys.reduceRight<Tree>(
    (inner, name) => ({ kind: 'map', entries: new Map([[name, { key, value: inner }]]), place: value.place }),
    value,
  );
}

/** Finds where keys and values of one config stand. */
export class Positions {
  constructor(private readonly tree: Tree) {}

  has(keys: KeyPath): boolean {
    return this.find(keys) !== undefined;
  }

  find(keys: KeyPath): Tree | undefined {
    return keys.reduce<Tree | undefined>((node, key) => get(node, key), this.tree);
  }

  /** The value, or what is nearest above it when it is not written in the file. */
  value(keys: KeyPath): Place {
    for (let length = keys.length; length > 0; length--) {
      const node = this.find(keys.slice(0, length));
      if (node !== undefined) return length === keys.length ? node.place : this.key(keys.slice(0, length));
    }
    return startOf(this.tree.place);
  }

  /** The key itself; list items have none and give their value. */
  key(keys: KeyPath): Place {
    const last = keys.at(-1);
    const parent = this.find(keys.slice(0, -1));
    const entry = parent?.kind === 'map' && last !== undefined ? parent.entries.get(String(last)) : undefined;
    return entry?.key ?? this.value(keys);
  }
}

function startOf(place: Place): Place {
  return { ...place, endLine: place.line, endColumn: place.column };
}
