import { languageNode } from '../config/language.ts';
import type { KeyPath } from '../config/problem.ts';
import { choicesOf, decidedBranch, discriminator, nodeAt, type SchemaNode } from '../config/schemaNode.ts';

/** A key that may stand in a mapping. */
export interface KnownKey {
  readonly key: string;
  readonly node: SchemaNode;
  readonly required: boolean;
}

/** The schema of what stands at a path; `value` is the whole config as far as it is written. */
export function schemaAt(path: KeyPath, value: unknown): SchemaNode | undefined {
  const swept = sweptKey(path);
  if (swept === undefined) return nodeAt(languageNode(), path, value);
  const node = schemaAt(swept.keys, value);
  if (node === undefined || path[1] === 'list') return nodeBelow(node, swept.rest, undefined);
  const [index, ...rest] = swept.rest;
  if (index === undefined)
    return {
      type: 'array',
      items: node,
      description: `Values of ${swept.keys.join('.')}; each makes a run.`,
    };
  return nodeBelow(node, rest, undefined);
}

function nodeBelow(node: SchemaNode | undefined, path: KeyPath, value: unknown): SchemaNode | undefined {
  return node === undefined || path.length === 0 ? node : nodeAt(node, path, value);
}

/** `sweep.grid.<dotted key>` and `sweep.list.<n>.<dotted key>`: the key that is changed, and the path below it. */
export function sweptKey(path: KeyPath): { keys: string[]; rest: KeyPath } | undefined {
  const at = path[0] !== 'sweep' ? undefined : path[1] === 'grid' ? 2 : path[1] === 'list' ? 3 : undefined;
  const dotted = at === undefined ? undefined : path[at];
  if (at === undefined || typeof dotted !== 'string') return undefined;
  return { keys: dotted.split('.'), rest: path.slice(at + 1) };
}

/**
 * The keys that make sense in a mapping. Where it is not decided yet which kind of mapping it is (no `encoder.type`),
 * only those that decide it, and those that every kind has.
 */
export function keysAt(node: SchemaNode, value: unknown): KnownKey[] {
  const kinds = mappingsOf(node);
  const decided = kinds.length <= 1 ? kinds[0] : decidedKind(kinds, value);
  if (decided !== undefined) return keysOf(decided);
  const deciding = discriminator(kinds);
  const first = kinds.flatMap((kind) =>
    keysOf(kind).filter(({ key, required }) => required && (deciding === undefined || key === deciding)),
  );
  const common = kinds
    .slice(0, 1)
    .flatMap(keysOf)
    .filter(({ key }) => kinds.every((kind) => kind.properties?.[key] !== undefined));
  return [...first, ...common].filter(({ key }, i, all) => all.findIndex((other) => other.key === key) === i);
}

/** The kinds of mapping that may stand at a node: more than one where a key decides. */
export function mappingsOf(node: SchemaNode): SchemaNode[] {
  const choices = choicesOf(node);
  if (choices !== undefined) return choices.flatMap(mappingsOf);
  return node.type === 'object' ? [node] : [];
}

function decidedKind(kinds: readonly SchemaNode[], value: unknown): SchemaNode | undefined {
  const given = typeof value === 'object' && value !== null ? value : {};
  if (discriminator(kinds) !== undefined) return decidedBranch(kinds, given);
  return kinds.find((kind) => kind.required?.some((key) => key in given));
}

function keysOf({ properties = {}, required = [] }: SchemaNode): KnownKey[] {
  return Object.entries(properties).map(([key, node]) => ({ key, node, required: required.includes(key) }));
}

/** The list that may stand at a node. */
export function listOf(node: SchemaNode): SchemaNode | undefined {
  const choices = choicesOf(node);
  if (choices === undefined) return node.type === 'array' ? node : undefined;
  return choices.map(listOf).find((list) => list !== undefined);
}

/** What the entries of a list are; nothing is known of a list of fixed length (`items: false`). */
export function itemsOf(list: SchemaNode): SchemaNode {
  const items: unknown = list.items;
  return typeof items === 'object' && items !== null ? (items as SchemaNode) : {};
}

/** All dotted keys below which a sweep can change something: `train.learningRate`. */
export function dottedKeys(value: unknown): { key: string; node: SchemaNode }[] {
  const collect = (node: SchemaNode, here: unknown, above: string): { key: string; node: SchemaNode }[] =>
    keysAt(node, here).flatMap(({ key, node: child }) => {
      const name = above === '' ? key : `${above}.${key}`;
      const inner = (here as Record<string, unknown> | null | undefined)?.[key];
      return [{ key: name, node: child }, ...collect(child, inner, name)];
    });
  return collect(languageNode(), value, '').filter(({ key }) => !/^(name|extends|sweep)(\.|$)/.test(key));
}
