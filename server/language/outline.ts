import type { KeyPath, Place } from '../config/problem.ts';
import type { Entry, MapTree, Tree } from '../config/tree.ts';

/**
 * What a config's text looks like, key by key, also while it is being typed and YAML cannot read it. Spans are
 * offsets, the end is exclusive. It serves everything that needs to know *where* something stands; what a config
 * *means* is decided by `readConfig` alone.
 */
export type OutlineNode = OutlineScalar | OutlineMap | OutlineList;

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface OutlineScalar {
  readonly kind: 'scalar';
  readonly span: Span;
  /** Without quotes. */
  readonly text: string;
  readonly quote?: '"' | "'";
}

export interface OutlineMap {
  readonly kind: 'map';
  readonly flow: boolean;
  readonly span: Span;
  readonly entries: readonly OutlineEntry[];
}

export interface OutlineEntry {
  readonly key: string;
  readonly keySpan: Span;
  /** Offset of the colon; unfinished lines have none. */
  readonly colon?: number;
  readonly value?: OutlineNode;
}

export interface OutlineList {
  readonly kind: 'list';
  readonly flow: boolean;
  readonly span: Span;
  readonly items: readonly OutlineItem[];
}

export interface OutlineItem {
  /** From the dash to the end of the value. */
  readonly span: Span;
  readonly value?: OutlineNode;
}

/** What stands at an offset, and the keys that lead to it. */
export interface Located {
  readonly path: KeyPath;
  readonly part: 'key' | 'value';
  /** The key's entry; for values in lists the entry around the list. */
  readonly entry?: OutlineEntry;
  readonly node?: OutlineNode;
  /** The mapping that holds the key, or the list or mapping that holds the value. */
  readonly parent?: OutlineMap | OutlineList;
}

/** The innermost key or scalar that touches an offset. */
export function locate(root: OutlineNode, offset: number): Located | undefined {
  const inside = ({ start, end }: Span): boolean => start <= offset && offset <= end;
  const search = (
    node: OutlineNode,
    path: KeyPath,
    around: Pick<Located, 'entry' | 'parent'>,
  ): Located | undefined => {
    if (node.kind === 'scalar')
      return inside(node.span) ? { path, part: 'value', node, ...around } : undefined;
    if (node.kind === 'list') {
      for (const [i, { value }] of node.items.entries()) {
        const found = value && search(value, [...path, i], { ...around, parent: node });
        if (found !== undefined) return found;
      }
      return undefined;
    }
    for (const entry of node.entries) {
      const here = [...path, entry.key];
      if (inside(entry.keySpan)) return { path: here, part: 'key', entry, parent: node };
      const found = entry.value && search(entry.value, here, { entry, parent: node });
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(root, [], {});
}

/** The value at a path, or undefined. */
export function nodeOf(root: OutlineNode | undefined, path: KeyPath): OutlineNode | undefined {
  return path.reduce<OutlineNode | undefined>((node, key) => {
    if (node?.kind === 'list') return node.items[Number(key)]?.value;
    return entryOf(node, String(key))?.value;
  }, root);
}

/** The entry of a key in a mapping. */
export function entryOf(node: OutlineNode | undefined, key: string): OutlineEntry | undefined {
  return node?.kind === 'map' ? node.entries.find((entry) => entry.key === key) : undefined;
}

/** The entry at a path, or undefined where there is none or a list item stands there. */
export function entryAt(root: OutlineNode, path: KeyPath): OutlineEntry | undefined {
  return entryOf(nodeOf(root, path.slice(0, -1)), String(path.at(-1)));
}

export function endOf(entry: OutlineEntry): number {
  return entry.value?.span.end ?? (entry.colon === undefined ? entry.keySpan.end : entry.colon + 1);
}

/** The value that a scalar stands for, in YAML's core schema. */
export function scalarValue({ text, quote }: OutlineScalar): string | number | boolean | null {
  if (quote !== undefined) return text;
  if (text === 'true' || text === 'True' || text === 'TRUE') return true;
  if (text === 'false' || text === 'False' || text === 'FALSE') return false;
  if (/^(|~|null|Null|NULL)$/.test(text)) return null;
  if (/^\.nan$/i.test(text)) return Number.NaN;
  if (/^[-+]?\.inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^0(x[\da-fA-F]+|o[0-7]+)$/.test(text)) return Number(text);
  return /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
}

const nowhere: Place = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 };

/** The outline in the form that `config` merges and reads; it has no places. */
export function toTree(node: OutlineNode | undefined): Tree {
  if (node === undefined) return { kind: 'scalar', value: null, place: nowhere, quoted: false };
  if (node.kind === 'scalar') {
    return { kind: 'scalar', value: scalarValue(node), place: nowhere, quoted: node.quote !== undefined };
  }
  if (node.kind === 'list') {
    return { kind: 'list', items: node.items.map(({ value }) => toTree(value)), place: nowhere };
  }
  return mapTree(node);
}

export function mapTree(node: OutlineMap): MapTree {
  const entries = new Map(
    node.entries.map(({ key, value }): [string, Entry] => [key, { key: nowhere, value: toTree(value) }]),
  );
  return { kind: 'map', entries, place: nowhere };
}
