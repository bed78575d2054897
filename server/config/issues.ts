import type { z } from 'zod';
import { badValue, saidExpected } from './badValue.ts';
import { formatPath, type KeyPath, type Problem, problemAt } from './problem.ts';
import { removeAt, renameTo, setKey } from './repairs.ts';
import {
  allowedValues,
  choicesOf,
  chooseBranch,
  discriminator,
  nodeAt,
  resolveBranch,
  type SchemaNode,
} from './schemaNode.ts';
import type { Plain, Positions } from './tree.ts';
import { fixUnknownKey } from './unknownKey.ts';
import { describeNode, formatValue, oneOf } from './words.ts';

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
  const node = nodeAt(context.root, path, context.value);
  const missing = missingAlternatives(node, found);
  if (missing !== undefined) {
    const known = choicesOf(node ?? {})?.flatMap((choice) => Object.keys(choice.properties ?? {})) ?? [];
    const unknown = Object.keys(found as object).filter((key) => !known.includes(key));
    return [
      missingKey([...path, ...missing], context, missing),
      ...unknown.map((key) => unknownKey(path, key, context)),
    ];
  }
  const meant = narrow(issue, node, found);
  if (meant.length > 1 || meant[0] !== issue) {
    const inner = meant.filter((each) => each.path.length > 0 || each.code === 'unrecognized_keys');
    if (inner.length > 0) return inner.flatMap((each) => translate(each, path, context));
  }
  if (found === undefined) return [missingKey(path, context)];
  const place = path.length === 0 ? context.positions.key(path) : context.positions.value(path);
  return [
    badValue({
      path,
      found,
      place,
      node: describedNode(issue, path, node, context),
      issue: meant[0] ?? issue,
    }),
  ];
}

/** The schema to describe: what decides between alternatives is described by all of them, not by the first. */
function describedNode(
  issue: Issue,
  path: KeyPath,
  node: SchemaNode | undefined,
  context: Context,
): SchemaNode {
  const key = path.at(-1);
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined && key !== undefined) {
    const choices = choicesOf(nodeAt(context.root, path.slice(0, -1), context.value) ?? {}) ?? [];
    return { type: 'string', enum: choices.map((choice) => choice.properties?.[key]?.const) };
  }
  return node ?? {};
}

/** Of the alternatives that all failed, the issues of the one that was meant, where they say more than the whole. */
function narrow(issue: Issue, node: SchemaNode | undefined, found: unknown): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const choices = (node === undefined ? undefined : choicesOf(node)) ?? [];
  const chosen = chooseBranch(choices, found);
  const inner = chosen === undefined ? undefined : issue.errors[choices.indexOf(chosen)];
  if (inner === undefined) return [issue];
  if (inner.some((each) => each.path.length > 0 || each.code === 'unrecognized_keys')) return inner;
  const [only] = inner;
  if (only?.code === 'invalid_union') return narrow(only, chosen, found);
  return only?.code === 'custom' || saidExpected(issue) === undefined ? [only ?? issue] : [issue];
}

/** For a mapping that is one of several kinds: the keys of which one must be there, when none is. */
function missingAlternatives(node: SchemaNode | undefined, found: unknown): string[] | undefined {
  const choices = node === undefined ? undefined : choicesOf(node);
  if (choices === undefined || typeof found !== 'object' || found === null || Array.isArray(found))
    return undefined;
  const objects = choices.filter((choice) => choice.type === 'object');
  if (objects.length < 2 || discriminator(objects) !== undefined) return undefined;
  const keys = objects.map((choice) => choice.required?.[0]);
  if (keys.some((key) => key === undefined || key in found)) return undefined;
  return keys as string[];
}

function unknownKey(parent: KeyPath, key: string, { root, value, positions }: Context): Problem {
  const here = valueAt(value, parent);
  const whole = nodeAt(root, parent, value);
  const node = resolveBranch(whole, here);
  const known = Object.keys(node?.properties ?? {});
  const given = typeof here === 'object' && here !== null ? Object.keys(here) : [];
  const path = [...parent, key];
  const rival = node?.required?.[0];
  if (
    rival !== undefined &&
    choicesOf(whole ?? {})?.some((choice) => choice.required?.[0] === key && rival !== key)
  ) {
    return problemAt(positions.key(path), {
      path,
      severity: 'error',
      code: 'conflict',
      message: `${formatPath(parent)} has both ${rival} and ${key}`,
      found: `${rival} and ${key}`,
      expected: 'one of them',
      fix: `remove ${rival} or ${key}`,
      repairs: [rival, key].map((name) => removeAt(positions.key([...parent, name]), name)),
    });
  }
  const place = positions.key(path);
  const { fix, rename, remove } = fixUnknownKey(root, parent, key, known, given);
  const repairs = [
    ...(rename === undefined ? [] : [renameTo(place, rename)]),
    ...(remove ? [removeAt(place, key)] : []),
  ];
  return problemAt(place, {
    path,
    severity: 'error',
    code: 'unknownKey',
    message: `unknown key ${formatPath(path)}`,
    found: formatValue(key),
    expected: known.length === 0 ? 'no keys' : `one of ${known.join(', ')}`,
    fix,
    repairs,
  });
}

function missingKey(path: KeyPath, context: Context, alternatives: readonly string[] = []): Problem {
  const { root, value, positions } = context;
  const parent = path.slice(0, path.length - Math.max(1, alternatives.length));
  const keys = alternatives.length > 0 ? alternatives : [String(path.at(-1))];
  const here = valueAt(value, parent);
  const owner = nodeAt(root, parent, value);
  const owners = (owner === undefined ? [] : (choicesOf(owner) ?? [owner])).filter(
    (choice) => alternatives.length > 0 || choice === resolveBranch(owner, here),
  );
  const tags = alternatives.length === 0 && owner !== undefined ? tagValues(owner, keys[0] ?? '') : undefined;
  const nodes = keys.map(
    (key) => owners.find((choice) => choice.properties?.[key] !== undefined)?.properties?.[key],
  );
  const given = typeof here === 'object' && here !== null ? Object.keys(here) : [];
  return problemAt(positions.key([...parent, keys[0] ?? '']), {
    path: alternatives.length > 0 ? parent : path,
    severity: 'error',
    code: 'missingKey',
    message: `${keys.map((key) => formatPath([...parent, key])).join(' or ')} is missing`,
    found: given.length > 0 ? `only ${given.join(', ')}` : 'nothing',
    expected:
      tags !== undefined
        ? oneOf(tags)
        : nodes.map((node) => (node === undefined ? 'a value' : describeNode(node))).join(' or '),
    fix: `add ${keys.map((key, i) => exampleOf(key, nodes[i])).join(' or ')}${parent.length === 0 ? '' : ` below ${formatPath(parent)}`}`,
    repairs: keys.flatMap((key, i) => {
      const value = exampleOf(key, nodes[i])
        .slice(key.length + 1)
        .trim();
      return (value === '' ? undefined : setKey([...parent, key], value, positions)) ?? [];
    }),
  });
}

/** The names that a key like `encoder.type` chooses between. */
function tagValues(owner: SchemaNode, key: string): string[] | undefined {
  const choices = choicesOf(owner) ?? [];
  return discriminator(choices) === key
    ? choices.map((choice) => formatValue(choice.properties?.[key]?.const))
    : undefined;
}

/** A line that would satisfy a key. */
function exampleOf(key: string | number, node: SchemaNode | undefined): string {
  const examples: Record<string, string> = {
    data: 'data: { images: path/to/folder }',
    encoder: 'encoder: { type: convnet }',
    pretext: 'pretext: { method: simclr }',
    images: 'images: path/to/folder',
    audio: 'audio: path/to/folder',
    table: 'table: path/to/file.csv',
    text: 'text: path/to/texts',
    type: 'type: convnet',
    method: 'method: simclr',
  };
  const value = node === undefined ? undefined : allowedValues(node)[0];
  return examples[key] ?? (value === undefined ? `${key}:` : `${key}: ${formatValue(value)}`);
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (here, key) => (here as Record<string | number, unknown> | null | undefined)?.[key],
    value,
  );
}
