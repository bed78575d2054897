import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver';
import { allowedValues, isListed, type SchemaNode } from '../config/schemaNode.ts';
import { inlineValue } from '../config/words.ts';
import { columnsOf } from './columns.ts';
import type { Completing } from './completion.ts';
import { makeItem } from './completionItem.ts';
import { defaultOf, describeKey } from './describe.ts';
import { dottedKeys, itemsOf, type KnownKey, keysAt, listOf, mappingsOf, schemaAt } from './grammar.ts';
import { escapeSnippet, sectionSnippets } from './snippets.ts';
import { valueAt } from './valueAt.ts';

/** The keys that may stand at the cursor: required ones first, none that are there already. */
export function completeKeys(completing: Completing): CompletionItem[] {
  const { cursor, value } = completing;
  const node = schemaAt(cursor.path, value);
  if (node === undefined) return [];
  const free = ({ key }: { key: string }): boolean => !cursor.siblings.includes(key);
  const known = keysAt(node, valueAt(value, cursor.path)).filter(free);
  const items = known.map((each, i) => keyItem(completing, each, i));
  const names = freeNames(completing)
    .filter(free)
    .map((each, i) => keyItem(completing, each, i));
  return [...items, ...names, ...sectionItems(completing, known)];
}

/** Keys that the schema leaves open: columns of the table, keys that a sweep changes. */
function freeNames({ cursor, value, file, disk }: Completing): KnownKey[] {
  const [first, second] = cursor.path;
  if (first === 'data' && second === 'columns' && cursor.path.length === 2) {
    const node = schemaAt([...cursor.path, 'x'], value);
    return node === undefined || !disk
      ? []
      : columnsOf(value, file).map((key) => ({ key: inlineValue(key), node, required: false }));
  }
  const inGrid = first === 'sweep' && second === 'grid' && cursor.path.length === 2;
  const inList = first === 'sweep' && second === 'list' && cursor.path.length === 3;
  if (!inGrid && !inList) return [];
  return dottedKeys(value)
    .filter(({ node }) => mappingsOf(node).length === 0 || !inGrid)
    .map(({ key, node }) => ({
      key,
      node: inGrid ? listedValues(node) : node,
      required: false,
    }));
}

/** A sweep takes a list of what its key takes. */
function listedValues(node: SchemaNode): SchemaNode {
  const { description, unit } = node;
  return {
    type: 'array',
    items: node,
    ...(description !== undefined && { description }),
    ...(unit !== undefined && { unit }),
  };
}

function keyItem(completing: Completing, { key, node, required }: KnownKey, index: number): CompletionItem {
  const { cursor, value } = completing;
  const standard = defaultOf(node);
  const { text, again } = cursor.colon ? { text: key, again: false } : withValue(key, node, completing);
  return makeItem(completing, {
    label: key,
    kind: mappingsOf(node).length > 0 ? CompletionItemKind.Module : CompletionItemKind.Property,
    insert: text,
    rank: (required ? 0 : 1000) + index,
    detail: required ? 'required' : standard === undefined ? undefined : `default ${standard}`,
    documentation: describeKey([...cursor.path, key], node, value),
    again,
  });
}

/** `key: ` and what usually follows; `again` where the editor should offer the values. */
function withValue(key: string, node: SchemaNode, { cursor }: Completing): { text: string; again: boolean } {
  const start = `${escapeSnippet(key)}:`;
  const below = `\n${' '.repeat(cursor.column + 2)}`;
  const list = listOf(node);
  const mappings = mappingsOf(node);
  if (isListed(node) || allowedValues(node).length > 0 || node.isPath || key === 'label' || key === 'target')
    return { text: `${start} `, again: true };
  if (list !== undefined && mappingsOf(itemsOf(list)).length > 0) {
    return { text: cursor.flow ? `${start} [{ $1 }]` : `${start}${below}- `, again: true };
  }
  const standard = node.default;
  if (typeof standard === 'number' || Array.isArray(standard)) {
    return { text: `${start} \${1:${escapeSnippet(inlineValue(standard))}}`, again: false };
  }
  if (mappings.length > 0 && node.type !== 'number') {
    return { text: cursor.flow ? `${start} { $1 }` : `${start}${below}`, again: true };
  }
  if (list !== undefined) return { text: `${start} [$1]`, again: allowedValues(itemsOf(list)).length > 0 };
  return { text: `${start} `, again: false };
}

/** Whole sections, at the top of the file where they stand on lines of their own. */
function sectionItems(completing: Completing, known: readonly KnownKey[]): CompletionItem[] {
  const { cursor } = completing;
  if (cursor.path.length > 0 || cursor.flow || cursor.colon || cursor.column > 0) return [];
  return sectionSnippets
    .filter(({ section }) => known.some(({ key }) => key === section))
    .map(({ section, label, detail, lines }) => {
      const index = known.findIndex(({ key }) => key === section);
      return makeItem(completing, {
        label,
        kind: CompletionItemKind.Snippet,
        insert: lines.join('\n'),
        rank: (known[index]?.required ? 0 : 1000) + index,
        detail,
      });
    });
}
