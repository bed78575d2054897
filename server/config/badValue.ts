import type { z } from 'zod';
import { type Finding, formatPath, type KeyPath, type Place, type Problem, problemAt } from './problem.ts';
import { allowedValues, choicesOf, isListed, resolveBranch, type SchemaNode } from './schemaNode.ts';
import { closest } from './suggest.ts';
import { describeNode, describeRange, discriminator, formatValue } from './words.ts';

type Issue = z.core.$ZodIssue;

/** A value that its key does not take. */
export interface BadValue {
  readonly path: KeyPath;
  readonly found: unknown;
  readonly place: Place;
  /** What may stand there. */
  readonly node: SchemaNode;
  readonly issue: Issue;
}

/** Says what is wrong with a value and how to write the one that was probably meant. */
export function badValue({ path, found, place, node, issue }: BadValue): Problem {
  const name = formatPath(path);
  // A schema that says itself what it expects says it best.
  const expected = saysExpected(issue) ? issue.message.slice('expected '.length) : describeNode(node);
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
  const tag = typeof found === 'string' ? tagOf(node, found) : undefined;
  if (tag !== undefined) return report('wrongType', `${name} is text`, `write ${path.at(-1)}: ${tag}`);
  if (typeof found === 'string') {
    const word = closest(found, allowed.map(String));
    if (word !== undefined)
      return report('wrongValue', `${name} has an unknown value`, `did you mean ${word}?`);
    const repaired = repairNumber(found, node);
    if (repaired !== undefined) return report('wrongType', `${name} is text, not a number`, repaired);
    if (node.type === 'boolean')
      return report('wrongType', `${name} is not true or false`, repairBoolean(found));
  }
  if (isListed(node) && (typeof found !== 'object' || found === null)) {
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

/** The shortest mapping that a lone word stands for: `vit` -> `{ type: vit }`. */
function tagOf(node: SchemaNode, word: string): string | undefined {
  const choices = choicesOf(node) ?? [];
  const key = discriminator(choices);
  if (key === undefined) return undefined;
  const tag = closest(
    word,
    choices.map((choice) => String(choice.properties?.[key]?.const)),
  );
  return tag === undefined ? undefined : `{ ${key}: ${tag} }`;
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

/** Our own schemas word some expectations themselves, starting with "expected". */
export function saysExpected(issue: Issue): boolean {
  return issue.message.startsWith('expected ');
}
