import { formatPath, type KeyPath } from '../config/problem.ts';
import { parts } from '../config/schema.ts';
import { choicesOf, type SchemaNode } from '../config/schemaNode.ts';
import { describeNode, formatValue, listWords } from '../config/words.ts';
import { transforms } from '../views/registry.ts';
import { schemaAt } from './grammar.ts';

/** What a key means, as Markdown: meaning, kind and range of its value, unit, default, paper. */
export function describeKey(path: KeyPath, node: SchemaNode, value: unknown): string {
  const unit = node.unit === undefined ? '' : ` (${node.unit})`;
  const paper = node.paper === undefined ? [] : [`[${node.paper.title}](${node.paper.url})`];
  return [
    `**${formatPath(path)}**: ${describeNode(node)}${unit}`,
    ...(node.description === undefined ? [] : [node.description]),
    ...defaultLine(path, node, value),
    ...paper,
  ].join('\n\n');
}

/** The default in a few words, for the line beside a key: `0.001`. */
export function defaultOf(node: SchemaNode): string | undefined {
  if (node.defaultText !== undefined) return node.defaultText;
  if (node.default === undefined) return undefined;
  const isMapping = typeof node.default === 'object' && !Array.isArray(node.default);
  return isMapping && Object.keys(node.default ?? {}).length === 0 ? undefined : formatValue(node.default);
}

function defaultLine(path: KeyPath, node: SchemaNode, value: unknown): string[] {
  const standard = defaultOf(node);
  if (standard === undefined) return [];
  const said = node.defaultText === undefined ? `\`${standard}\`` : standard;
  const source = path.length > 1 && path[1] !== 'views' ? paperOf(path, value) : undefined;
  return [
    source === undefined ? `Default: ${said}` : `Default: ${said}, after [${source.title}](${source.url})`,
  ];
}

/** The paper behind the options of the chosen method. */
function paperOf([section]: KeyPath, value: unknown): { title: string; url: string } | undefined {
  if (section !== 'pretext') return undefined;
  const name = (value as { pretext?: { method?: unknown } } | undefined)?.pretext?.method;
  return typeof name === 'string' && Object.hasOwn(parts.methods, name)
    ? parts.methods[name]?.paper
    : undefined;
}

/** What choosing a value means, where there is more to say than its name: methods, encoders, enumerations. */
export function describeChoice(path: KeyPath, word: unknown, value: unknown): string | undefined {
  if (typeof word !== 'string' || word === '') return undefined;
  const [section, key] = path;
  if (path.length === 2 && section === 'pretext' && key === 'method') return describeMethod(word);
  if (path.length === 2 && section === 'encoder' && key === 'type') return describeEncoder(word);
  const node = schemaAt(path, value);
  const explained = node?.description?.match(new RegExp(`\\b${literally(word)} \\(([^)]*)\\)`))?.[1];
  return explained === undefined ? undefined : `**${word}**: ${explained}`;
}

export function describeMethod(name: string): string | undefined {
  const method = Object.hasOwn(parts.methods, name) ? parts.methods[name] : undefined;
  if (method === undefined) return undefined;
  return [
    `**${method.title}** (${method.family}, for ${listWords(method.modalities, 'and')} data)`,
    method.summary,
    `[${method.paper.title}](${method.paper.url})`,
  ].join('\n\n');
}

export function describeEncoder(name: string): string | undefined {
  const encoder = Object.hasOwn(parts.encoders, name) ? parts.encoders[name] : undefined;
  if (encoder === undefined) return undefined;
  return [
    `**${encoder.type}** (for ${listWords(encoder.modalities, 'and')} data)`,
    encoder.summary,
    ...(encoder.paper === undefined ? [] : [`[${encoder.paper.title}](${encoder.paper.url})`]),
  ].join('\n\n');
}

/** One example of a view's options, from the methods that use it: `crop: [0.08, 1]`. */
export function exampleOfView(name: string): unknown {
  if (!transforms.some((transform) => transform.name === name)) return undefined;
  return Object.values(parts.methods)
    .flatMap((method) => Object.values(method.views ?? {}).map((views) => views[name]))
    .find((options) => options !== undefined);
}

/** The first sentence of a description, for narrow places. */
export function summaryOf(node: SchemaNode): string | undefined {
  return (
    node.description ?? choicesOf(node)?.find(({ description }) => description !== undefined)?.description
  );
}

/** For a regular expression. */
function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
