import type { z } from 'zod';
import { type Finding, formatPath, type KeyPath, type Place, type Problem, problemAt } from './problem.ts';
import {
  nearestNumber,
  type Remedy,
  repairBoolean,
  repairKind,
  repairNumber,
  repairOrder,
  repairWord,
} from './repair.ts';
import { writeInstead } from './repairs.ts';
import { allowedValues, isListed, resolveBranch, type SchemaNode } from './schemaNode.ts';
import { closest } from './suggest.ts';
import { describeNode, formatValue, inlineValue, listWords } from './words.ts';

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
  const expected = saidExpected(issue) ?? describeNode(node);
  const report = (
    code: Finding['code'],
    message: string,
    fix: string,
    values: readonly string[] = [],
  ): Problem =>
    problemAt(place, {
      path,
      severity: 'error',
      code,
      message: `${name} ${message}`,
      found: describeFound(found),
      expected,
      fix,
      ...(values.length > 0 && { repairs: values.map((value) => writeInstead(place, value)) }),
    });
  const remedied = (code: Finding['code'], message: string, { fix, values }: Remedy): Problem =>
    report(code, message, fix, values);
  if (issue.code === 'custom')
    return remedied('outOfRange', 'does not fit', repairOrder(found) ?? { fix: `write ${expected}` });
  const meant = resolveBranch(node, found) ?? node;
  if (typeof found === 'number' && (meant.type === 'number' || meant.type === 'integer')) {
    const nearest = nearestNumber(meant, found);
    const fix = `write ${nearest === undefined ? describeNode(meant) : formatValue(nearest)}`;
    const values = nearest === undefined ? [] : [inlineValue(nearest)];
    const broken = meant.type === 'integer' && !Number.isInteger(found) && Number.isFinite(found);
    return broken
      ? report('wrongType', 'is not a whole number', fix, values)
      : report('outOfRange', 'is out of range', fix, values);
  }
  const allowed = allowedValues(node);
  if (typeof found === 'string') {
    const mappings = repairWord(found, node);
    if (mappings !== undefined) {
      const mapping = listWords(mappings, 'or');
      const fix = typeof path.at(-1) === 'number' ? `write ${mapping}` : `write ${path.at(-1)}: ${mapping}`;
      return report('wrongType', 'is text', fix, mappings);
    }
    const word = closest(found, allowed.map(String));
    if (word !== undefined)
      return report('wrongValue', 'has an unknown value', `did you mean ${word}?`, [word]);
    const repaired = repairNumber(found, node);
    if (repaired !== undefined) return remedied('wrongType', 'is text, not a number', repaired);
    if (node.type === 'boolean') return remedied('wrongType', 'is not true or false', repairBoolean(found));
    if (found === '') return report('wrongValue', 'is empty', `write ${expected}`);
  }
  if (isListed(node) && (typeof found !== 'object' || found === null)) {
    return report('wrongValue', 'has an unknown value', `use ${expected}`, allowed.map(inlineValue));
  }
  if (Array.isArray(found) && meant.type === 'array') {
    return report('wrongValue', found.length === 0 ? 'is empty' : 'does not fit', `write ${expected}`);
  }
  return remedied('wrongType', `is ${kindOf(found)}`, repairKind(name, node, found, expected));
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

/** What a schema itself says it expects: some word it better than their type can. */
export function saidExpected(issue: Issue): string | undefined {
  const start = 'expected ';
  if (issue.message.startsWith(start)) return issue.message.slice(start.length);
  if (issue.code !== 'invalid_union') return undefined;
  return issue.errors
    .flat()
    .map(saidExpected)
    .find((said) => said !== undefined);
}
