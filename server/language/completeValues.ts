import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver';
import { pathWordsOf } from '../config/data/paths.ts';
import { findKind } from '../config/data/registry.ts';
import type { KeyPath } from '../config/problem.ts';
import { parts } from '../config/schema.ts';
import { allowedValues, choicesOf, type SchemaNode } from '../config/schemaNode.ts';
import { inlineValue, listWords } from '../config/words.ts';
import { columnsOf } from './columns.ts';
import type { Completing } from './completion.ts';
import { makeItem, type Offer } from './completionItem.ts';
import { defaultOf, describeChoice, exampleOfView } from './describe.ts';
import { itemsOf, keysAt, listOf, mappingsOf, schemaAt, sweptKey } from './grammar.ts';
import { pathChoices } from './paths.ts';
import { escapeSnippet } from './snippets.ts';
import { valueAt } from './valueAt.ts';

/** The values that may stand at the cursor. `keys`: the keys of a mapping are offered already. */
export function completeValues(completing: Completing, keys: boolean): CompletionItem[] {
  const { cursor, value } = completing;
  const nodes = nodesAt(cursor.path, value);
  const words = nodes.flatMap((node) => wordOffers(node, completing)).concat(labelWords(completing));
  const offers =
    cursor.quote === undefined
      ? [
          ...words,
          ...nodes.flatMap((node) => exampleOffers(node, completing, keys)),
          ...columnOffers(completing),
        ]
      : [...words, ...columnOffers(completing)];
  const seen = new Set<string>();
  const unique = offers.filter(({ label }) => !seen.has(label) && seen.add(label));
  return [...unique.map((offer) => makeItem(completing, offer)), ...pathItems(completing, nodes)];
}

/** What may stand at a path; several where a key decides between kinds of mappings and has yet to be written. */
function nodesAt(path: KeyPath, value: unknown): SchemaNode[] {
  const swept = sweptKey(path);
  if (swept !== undefined && swept.rest.length === 1) return nodesAt(swept.keys, value);
  const key = path.at(-1);
  const above = path.slice(0, -1);
  const parent = typeof key === 'string' ? schemaAt(above, value) : undefined;
  if (typeof key === 'string' && parent !== undefined && mappingsOf(parent).length > 1) {
    const here = valueAt(value, above);
    const decided = keysAt(parent, here).find((known) => known.key === key);
    const kinds = mappingsOf(parent).flatMap((kind) => kind.properties?.[key] ?? []);
    return decided === undefined || kinds.every((node) => 'const' in node) ? kinds : [decided.node];
  }
  const node = schemaAt(path, value);
  return node === undefined ? [] : [node];
}

function wordOffers(node: SchemaNode, completing: Completing): Offer[] {
  const { cursor, value } = completing;
  const quoted = cursor.quote !== undefined;
  const words = allowedValues(node).filter((word) => !quoted || typeof word === 'string');
  return words.map((word, i): Offer => {
    const text = quoted ? String(word) : inlineValue(word);
    const misfit = whyNot(cursor.path, word, value);
    return {
      label: text,
      kind: typeof word === 'string' ? CompletionItemKind.EnumMember : CompletionItemKind.Value,
      insert: escapeSnippet(text),
      rank: i + (misfit === undefined ? 100 : 500),
      detail: misfit ?? (text === defaultOf(node) ? 'default' : undefined),
      documentation: describeChoice(cursor.path, word, value),
    };
  });
}

/** Why a method or an encoder is not for this data, in a few words. */
function whyNot([section, key]: KeyPath, word: unknown, value: unknown): string | undefined {
  const data = valueAt(value, ['data']);
  const modality = findKind(typeof data === 'object' && data !== null ? data : {})?.modality;
  const part =
    section === 'pretext' && key === 'method'
      ? parts.methods[String(word)]
      : section === 'encoder' && key === 'type'
        ? parts.encoders[String(word)]
        : undefined;
  if (modality === undefined || part === undefined || part.modalities.includes(modality)) return undefined;
  return `only for ${listWords(part.modalities, 'and')} data`;
}

/** The default, an example, and the brackets of lists and mappings. */
function exampleOffers(node: SchemaNode, { cursor }: Completing, keys: boolean): Offer[] {
  const offers: Offer[] = [];
  const add = (label: string, insert: string, rank: number, detail?: string, again = false): void => {
    offers.push({ label, kind: CompletionItemKind.Value, insert, rank, detail, again });
  };
  const example =
    cursor.path[1] === 'views' && cursor.path.length === 3
      ? exampleOfView(String(cursor.path[2]))
      : undefined;
  if (example !== undefined) add(inlineValue(example), escapeSnippet(inlineValue(example)), 10, 'usual');
  const standard = node.default;
  const isEmpty = typeof standard === 'object' && Object.keys(standard ?? {}).length === 0;
  if (typeof standard === 'number' || (typeof standard === 'object' && !isEmpty))
    add(inlineValue(standard), escapeSnippet(inlineValue(standard)), 20, 'default');
  const list = listOf(node);
  if (list !== undefined && typeof cursor.path.at(-1) === 'string') {
    const items = mappingsOf(itemsOf(list)).length > 0;
    if (cursor.ownLine && !cursor.flow) add('-', '- ', 30, 'an entry of the list', true);
    else if (standard === undefined || items) add('[ ]', items ? '[{ $1 }]' : '[$1]', 40, 'a list', items);
  }
  if (!keys && mappingsOf(node).length > 0) add('{ }', '{ $1 }', 50, 'a mapping', true);
  return offers;
}

/** What `labels` and `tokenizer` take beside a path. */
function labelWords({ cursor }: Completing): Offer[] {
  return pathWordsOf(cursor.path.at(-1)).map((word, i) => ({
    label: word,
    kind: CompletionItemKind.EnumMember,
    insert: word,
    rank: 100 + i,
  }));
}

function columnOffers({ cursor, value, file, disk }: Completing): Offer[] {
  if (!disk || !/^(data\.(label|column)|downstream\.\d+\.target)$/.test(cursor.path.join('.'))) return [];
  return columnsOf(value, file).map((name, i) => {
    const text = cursor.quote === undefined ? inlineValue(name) : name;
    return {
      label: text,
      kind: CompletionItemKind.Field,
      insert: escapeSnippet(text),
      rank: 10 + i,
      detail: 'column',
    };
  });
}

/** The names in the folder that the path has come to so far. */
function pathItems(completing: Completing, nodes: readonly SchemaNode[]): CompletionItem[] {
  const { cursor, file, disk } = completing;
  const isPath = (node: SchemaNode): boolean =>
    node.isPath === true || (choicesOf(node)?.some(isPath) ?? false);
  if (!disk || !nodes.some(isPath)) return [];
  const slash = cursor.prefix.lastIndexOf('/') + 1;
  const before = cursor.prefix.slice(0, slash);
  const choices = pathChoices(cursor.path, cursor.prefix, file);
  return choices.map(({ name, folder }, i) => {
    const ending = folder ? '/' : '';
    const needsQuotes = cursor.quote === undefined && !/^[\w./~@+-][\w./~@+=-]*$/.test(`${before}${name}`);
    const common = {
      kind: folder ? CompletionItemKind.Folder : CompletionItemKind.File,
      rank: 200 + i,
      again: folder,
    };
    if (needsQuotes) {
      const insert = escapeSnippet(JSON.stringify(`${before}${name}${ending}`));
      return makeItem(completing, { ...common, label: `${before}${name}${ending}`, insert });
    }
    const span = { start: cursor.span.start + slash, end: cursor.span.end };
    return makeItem(completing, {
      ...common,
      label: `${name}${ending}`,
      insert: escapeSnippet(`${name}${ending}`),
      span,
    });
  });
}
