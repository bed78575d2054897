import * as z from 'zod';
import type { Plain } from './tree.ts';

/**
 * The schema as data (JSON Schema): what messages, hover, completion and the reference are written from.
 * `unit`, `paper`, `defaultText`, `expected`, `isPath` come from the keys' own metadata (meta.ts).
 */
export interface SchemaNode {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly prefixItems?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly unit?: string;
  readonly paper?: { readonly title: string; readonly url: string };
  readonly defaultText?: string;
  readonly expected?: string;
  readonly isPath?: true;
}

/**
 * JSON Schema of what a file may say (before defaults and shorthands are filled in).
 * @param reused `ref` writes repeated parts once, for files; the functions below want them in place
 */
export function toSchemaNode(schema: z.ZodType, reused: 'inline' | 'ref' = 'inline'): SchemaNode {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused }) as SchemaNode;
}

export function choicesOf(node: SchemaNode): readonly SchemaNode[] | undefined {
  return node.anyOf ?? node.oneOf;
}

/** The key whose constant tells the alternatives apart. */
export function discriminator(choices: readonly SchemaNode[]): string | undefined {
  const first = choices[0]?.properties ?? {};
  return Object.keys(first).find((key) =>
    choices.every((choice) => choice.properties?.[key] !== undefined && 'const' in choice.properties[key]),
  );
}

/** Whether a mapping stands here, of whichever kind. */
export function isMapping(node: SchemaNode): boolean {
  return choicesOf(node)?.every(isMapping) ?? node.type === 'object';
}

/** The alternative that the deciding key names; without that key the one that does not require it. */
export function decidedBranch(choices: readonly SchemaNode[], value: unknown): SchemaNode | undefined {
  const tag = discriminator(choices);
  if (tag === undefined || typeof value !== 'object' || value === null) return undefined;
  const given = (value as Record<string, unknown>)[tag];
  return choices.find((choice) =>
    given === undefined ? !choice.required?.includes(tag) : choice.properties?.[tag]?.const === given,
  );
}

/** The alternative that a value most likely means: the same kind of value, and the most of its own keys. */
export function chooseBranch(choices: readonly SchemaNode[], value: unknown): SchemaNode | undefined {
  const decided = decidedBranch(choices, value);
  if (decided !== undefined) return decided;
  let best: SchemaNode | undefined;
  let bestScore = 0;
  for (const choice of choices) {
    const score = resemblance(choice, value);
    if (score > bestScore) [best, bestScore] = [choice, score];
  }
  return best;
}

function resemblance(node: SchemaNode, value: unknown): number {
  const choices = choicesOf(node);
  if (choices !== undefined) return Math.max(0, ...choices.map((choice) => resemblance(choice, value)));
  if (Array.isArray(value)) return node.type === 'array' ? 1 : 0;
  if (typeof value === 'object' && value !== null) {
    if (node.type !== 'object') return 0;
    const properties = node.properties ?? {};
    const keys = Object.keys(value);
    const required = (node.required ?? []).filter((key) => keys.includes(key));
    const decided = required.filter(
      (key) => properties[key]?.const === (value as Record<string, unknown>)[key],
    );
    const known = keys.filter((key) => key in properties);
    return 1 + 1000 * decided.length + 100 * required.length + known.length;
  }
  if ('const' in node) return node.const === value ? 2 : 0;
  if (node.enum !== undefined) return node.enum.includes(value) ? 2 : typeof value === 'string' ? 1 : 0;
  const kind = typeof value;
  return node.type === kind || (node.type === 'integer' && kind === 'number') ? 1 : 0;
}

/** The schema of the value at a path; `value` tells which alternative is meant on the way. */
export function nodeAt(
  root: SchemaNode,
  keys: readonly (string | number)[],
  value?: Plain | unknown,
): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  let here: unknown = value;
  for (const key of keys) {
    node = resolveBranch(node, here);
    if (node === undefined) return undefined;
    if (typeof key === 'number') {
      // `items: false` ends a list of fixed length.
      const items: unknown = node.items;
      node = node.prefixItems?.[key] ?? (isNode(items) ? items : undefined);
    } else {
      const extra: boolean | SchemaNode | undefined = node.additionalProperties;
      const own: SchemaNode | undefined = ownValue(node.properties, key);
      node = own ?? (isNode(extra) ? extra : undefined);
    }
    here = (here as Record<string | number, unknown> | undefined | null)?.[key];
  }
  return node;
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null;
}

/** Keys come from people: `constructor` is none of the schema's. */
function ownValue<Value>(
  record: Readonly<Record<string, Value>> | undefined,
  key: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Follows alternatives down to the one that the value means. */
export function resolveBranch(node: SchemaNode | undefined, value: unknown): SchemaNode | undefined {
  let current = node;
  while (current !== undefined) {
    const choices: readonly SchemaNode[] | undefined = choicesOf(current);
    if (choices === undefined) return current;
    current = chooseBranch(choices, value);
  }
  return undefined;
}

/** Every value that may stand here, if they can be listed: for completion and for "did you mean". */
export function allowedValues(node: SchemaNode): unknown[] {
  if ('const' in node) return [node.const];
  if (node.enum !== undefined) return [...node.enum];
  if (node.type === 'boolean') return [true, false];
  return (choicesOf(node) ?? []).flatMap(allowedValues);
}

/** Whether `allowedValues` is the whole truth: nothing else may stand here. */
export function isListed(node: SchemaNode): boolean {
  const choices = choicesOf(node);
  if (choices !== undefined) return choices.every(isListed);
  return 'const' in node || node.enum !== undefined || node.type === 'boolean';
}
