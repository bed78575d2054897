import { formatPath, type KeyPath } from './problem.ts';
import { choicesOf, type SchemaNode } from './schemaNode.ts';
import { closest, sameWord } from './suggest.ts';
import { listWords, oneOf } from './words.ts';

/** What to do about a key, in words, and the sibling to rename it to or whether it can go. */
export interface KeyRemedy {
  readonly fix: string;
  readonly rename?: string;
  readonly remove?: true;
}

/**
 * What to do about a key that its mapping does not know: the sibling that was meant, or the place where that key
 * belongs, or the keys that exist.
 *
 * @param known the keys of the mapping that holds it
 */
export function fixUnknownKey(
  root: SchemaNode,
  parent: KeyPath,
  key: string,
  known: readonly string[],
  given: readonly string[],
): KeyRemedy {
  const sibling = closest(key, known);
  if (sibling !== undefined && given.includes(sibling))
    return { fix: `remove it: ${sibling} is given already`, remove: true };
  if (sibling !== undefined) return { fix: `did you mean ${sibling}?`, rename: sibling };
  const elsewhere = findElsewhere(root, parent, key);
  // Entries of a list are all of the same kinds: their numbers do not matter.
  const named = parent.filter((each) => typeof each === 'string');
  const here = elsewhere.find(({ place }) => place === formatPath([...named, key]));
  if (here !== undefined) {
    const { conditions } = here;
    const named = conditions.length <= 4 ? conditions : [...conditions.slice(0, 3), 'another that takes it'];
    return { fix: `remove it, or choose ${listWords(named, 'or')}`, remove: true };
  }
  if (elsewhere.length > 0)
    return {
      fix: `did you mean ${listWords(elsewhere.slice(0, 3).map(describePlace), 'or')}?`,
      remove: true,
    };
  const free = known.filter((name) => !given.includes(name));
  return { fix: free.length === 0 ? 'remove it' : `remove it, or use ${oneOf(free)}`, remove: true };
}

interface Place {
  /** `train.epochs` */
  readonly place: string;
  /** The choices that have it: `type vit`; none where it is always there. */
  readonly conditions: readonly string[];
}

/** Other places of the language where a key of this name exists. */
function findElsewhere(root: SchemaNode, parent: KeyPath, key: string): Place[] {
  const here = formatPath(parent);
  const found = new Map<string, string[]>();
  for (const { path, node, condition } of listMappings(root)) {
    const name = sameWord(key, Object.keys(node.properties ?? {}));
    if (name === undefined || (formatPath(path) === here && condition === undefined)) continue;
    const place = formatPath([...path, name]);
    found.set(place, [...(found.get(place) ?? []), ...(condition === undefined ? [] : [condition])]);
  }
  return [...found].map(([place, conditions]) => ({ place, conditions }));
}

/** `encoder.patch (type vit)` */
function describePlace({ place, conditions }: Place): string {
  const few = conditions.length > 0 && conditions.length <= 4;
  return few ? `${place} (${conditions.join(', ')})` : place;
}

interface Mapping {
  readonly path: readonly string[];
  readonly node: SchemaNode;
  /** Which alternative it belongs to: `type vit`. */
  readonly condition?: string;
}

/** All mappings of the language, parents before children. */
function listMappings(node: SchemaNode, path: readonly string[] = [], condition?: string): Mapping[] {
  const choices = choicesOf(node);
  if (choices !== undefined)
    return choices.flatMap((choice) => listMappings(choice, path, nameOf(choice) ?? condition));
  if (node.type === 'array' && node.items !== undefined) return listMappings(node.items, path, condition);
  if (node.properties === undefined) return [];
  return [
    { path, node, ...(condition !== undefined && { condition }) },
    ...Object.entries(node.properties).flatMap(([key, child]) =>
      listMappings(child, [...path, key], condition),
    ),
  ];
}

function nameOf(choice: SchemaNode): string | undefined {
  const tag = Object.entries(choice.properties ?? {}).find(([, child]) => 'const' in child);
  return tag === undefined ? undefined : `${tag[0]} ${String(tag[1].const)}`;
}
