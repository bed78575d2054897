import type { z } from 'zod';
import { type Finding, formatPath, type KeyPath, type Problem, problemAt } from './problem.ts';
import {
  allowedValues,
  choicesOf,
  chooseBranch,
  nodeAt,
  resolveBranch,
  type SchemaNode,
} from './schemaNode.ts';
import { closest } from './suggest.ts';
import type { Plain, Positions } from './tree.ts';
import { fixUnknownKey } from './unknownKey.ts';
import { describeNode, describeRange, formatValue } from './words.ts';

type Issue = z.core.$ZodIssue;

/** Turns what the schema found into problems with places, words and fixes. */
export function issuesToProblems(
  issues: readonly Issue[],
  root: SchemaNode,
  value: Plain,
  positions: Positions,
): Problem[] {
  const context = { root, value, positions };
  return issues.flatMap((issue) => translate(issue, [], context));
}

interface Context {
  readonly root: SchemaNode;
  readonly value: Plain;
  readonly positions: Positions;
}

function translate(issue: Issue, above: KeyPath, context: Context): Problem[] {
  const path: KeyPath = [...above, ...(issue.path as (string | number)[])];
  const found = valueAt(context.value, path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(path, key, context));
  }
  if (found === undefined) return [missingKey(path, context)];
  const inner = meantIssues(issue, nodeAt(context.root, path, context.value), found);
  if (inner !== undefined) return inner.flatMap((each) => translate(each, path, context));
  return [badValue(path, found, context, issue)];
}

/** Of the alternatives that all failed, the issues of the one that was meant, when they say more than the whole. */
function meantIssues(
  issue: Issue,
  node: SchemaNode | undefined,
  found: unknown,
): readonly Issue[] | undefined {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return undefined;
  const choices = (node === undefined ? undefined : choicesOf(node)) ?? [];
  const chosen = chooseBranch(choices, found);
  const inner = chosen === undefined ? undefined : issue.errors[choices.indexOf(chosen)];
  if (inner === undefined) return undefined;
  if (inner.some((each) => each.path.length > 0 || each.code === 'unrecognized_keys')) return inner;
  const [only] = inner;
  return only?.code === 'invalid_union' ? meantIssues(only, chosen, found) : undefined;
}

function unknownKey(parent: KeyPath, key: string, { root, value, positions }: Context): Problem {
  const here = valueAt(value, parent);
  const node = resolveBranch(nodeAt(root, parent, value), here);
  const known = Object.keys(node?.properties ?? {});
  const given = typeof here === 'object' && here !== null ? Object.keys(here) : [];
  const path = [...parent, key];
  return problemAt(positions.key(path), {
    path,
    severity: 'error',
    code: 'unknownKey',
    message: `unknown key ${formatPath(path)}`,
    found: key,
    expected: known.length === 0 ? 'no keys' : `one of ${known.join(', ')}`,
    fix: fixUnknownKey(root, parent, key, known, given),
  });
}

function missingKey(path: KeyPath, { root, value, positions }: Context): Problem {
  const node = nodeAt(root, path, value);
  const parent = path.slice(0, -1);
  const here = valueAt(value, parent);
  const name = formatPath(path);
  return problemAt(positions.key(path), {
    path,
    severity: 'error',
    code: 'missingKey',
    message: `${name} is missing`,
    found:
      typeof here === 'object' && here !== null && Object.keys(here).length > 0
        ? `only ${Object.keys(here).join(', ')}`
        : 'nothing',
    expected: node === undefined ? 'a value' : describeNode(node),
    fix: `add ${exampleOf(path.at(-1) ?? '', node)}${parent.length === 0 ? '' : ` below ${formatPath(parent)}`}`,
  });
}

/** A line that would satisfy a key. */
function exampleOf(key: string | number, node: SchemaNode | undefined): string {
  const examples: Record<string, string> = {
    data: 'data: { images: path/to/folder }',
    encoder: 'encoder: { type: convnet }',
    pretext: 'pretext: { method: simclr }',
    images: 'images: path/to/folder',
    table: 'table: path/to/file.csv',
  };
  const value = node === undefined ? undefined : allowedValues(node)[0];
  return examples[key] ?? (value === undefined ? `${key}:` : `${key}: ${formatValue(value)}`);
}

function badValue(path: KeyPath, found: unknown, context: Context, issue: Issue): Problem {
  const { root, value, positions } = context;
  const node = nodeAt(root, path, value) ?? {};
  // A schema that says itself what it expects says it best.
  const expected = issue.message.startsWith('expected ') ? issue.message.slice(9) : describeNode(node);
  const name = formatPath(path);
  const place = path.length === 0 ? positions.key(path) : positions.value(path);
  const report = (code: Finding['code'], message: string, fix: string): Problem =>
    problemAt(place, {
      path,
      severity: 'error',
      code,
      message,
      found: describeFound(found),
      expected,
      fix,
    });
  if (issue.code === 'custom') return report('outOfRange', `${name} does not fit`, fixOrder(found, expected));
  const meant = resolveBranch(node, found) ?? node;
  const numeric = (meant.type === 'number' || meant.type === 'integer') && node.expected === undefined;
  if (numeric && typeof found === 'number') {
    const nearest = nearestNumber(meant, found);
    if (meant.type === 'integer' && !Number.isInteger(found) && Number.isFinite(found)) {
      return report('wrongType', `${name} is not a whole number`, `write ${formatValue(nearest)}`);
    }
    const fix =
      nearest === undefined ? `use a number${describeRange(meant)}` : `write ${formatValue(nearest)}`;
    return report('outOfRange', `${name} is out of range`, fix);
  }
  const allowed = allowedValues(node);
  if (typeof found === 'string') {
    const word = closest(found, allowed.map(String));
    if (word !== undefined)
      return report('wrongValue', `${name} has an unknown value`, `did you mean ${word}?`);
    const repaired = repairNumber(found, node);
    if (repaired !== undefined) return report('wrongType', `${name} is text, not a number`, repaired);
    if (node.type === 'boolean')
      return report('wrongType', `${name} is not true or false`, repairBoolean(found));
  }
  if (allowed.length > 0 && (typeof found !== 'object' || found === null)) {
    return report('wrongValue', `${name} has an unknown value`, `use ${expected}`);
  }
  return report('wrongType', `${name} is ${kindOf(found)}`, fixKind(name, node, found, expected));
}

function fixOrder(found: unknown, expected: string): string {
  const numbers = Array.isArray(found) && found.every((each) => typeof each === 'number') ? found : [];
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted.some((each, i) => each !== numbers[i]) ? `write ${formatValue(sorted)}` : `write ${expected}`;
}

function fixKind(name: string, node: SchemaNode, found: unknown, expected: string): string {
  if (node.type === 'array' && node.items?.type === 'object')
    return 'start each entry with a dash: `- { ... }`';
  if (node.type === 'array') return `write a list: [${formatValue(found)}]`;
  if (node.type === 'string' && typeof found !== 'object') return `put it in quotes: "${String(found)}"`;
  if (node.type === 'object' || choicesOf(node)?.some((choice) => choice.type === 'object')) {
    return `write its keys indented below \`${name.split('.').at(-1)}:\``;
  }
  return `write ${expected}`;
}

/** What a text meant as a number, if it did: quotes, a decimal comma, a percent sign. */
function repairNumber(text: string, node: SchemaNode): string | undefined {
  const numeric = [node, ...(choicesOf(node) ?? [])].some(
    ({ type }) => type === 'number' || type === 'integer',
  );
  if (!numeric || text.trim() === '') return undefined;
  if (!Number.isNaN(Number(text))) return `write it without quotes: ${text.trim()}`;
  const comma = text.replace(',', '.');
  if (/^\d+,\d+$/.test(text)) return `write the decimal point as a point: ${comma}`;
  if (/^\d+(\.\d+)?\s*%$/.test(text))
    return `write it as a fraction: ${formatValue(Number.parseFloat(text) / 100)}`;
  return undefined;
}

function repairBoolean(text: string): string {
  if (/^(yes|on|y|ja)$/i.test(text)) return 'write true';
  if (/^(no|off|n|none)$/i.test(text)) return 'write false';
  return 'write true or false';
}

/** The nearest number that is allowed, or undefined where the limit itself is not. */
function nearestNumber(node: SchemaNode, found: number): number | undefined {
  if (!Number.isFinite(found)) return undefined;
  const rounded = node.type === 'integer' ? Math.round(found) : found;
  if (node.minimum !== undefined && rounded < node.minimum) return node.minimum;
  if (node.maximum !== undefined && rounded > node.maximum) return node.maximum;
  if (node.exclusiveMinimum !== undefined && rounded <= node.exclusiveMinimum) return undefined;
  if (node.exclusiveMaximum !== undefined && rounded >= node.exclusiveMaximum) return undefined;
  return rounded;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'true or false';
  return 'a number';
}

function describeFound(value: unknown): string {
  const text = formatValue(value);
  return typeof value === 'object' ? `${kindOf(value)} ${text}` : text;
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (here, key) => (here as Record<string | number, unknown> | null | undefined)?.[key],
    value,
  );
}
