import { allowedValues, choicesOf, discriminator, isMapping, type SchemaNode } from './schemaNode.ts';

/** What may stand at a key, in words: "a whole number of at least 1", "one of cosine, constant, linear". */
export function describeNode(node: SchemaNode): string {
  if (node.expected !== undefined) return node.expected;
  const choices = choicesOf(node);
  if (choices !== undefined) return describeChoices(choices);
  if ('const' in node) return formatValue(node.const);
  if (node.enum !== undefined) return oneOf(node.enum.map(formatValue));
  switch (node.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${describeRange(node)}`;
    case 'number':
      return `a number${describeRange(node)}`;
    case 'string':
      return node.maxLength === undefined ? 'text' : `text of at most ${node.maxLength} characters`;
    case 'array':
      return describeList(node);
    case 'object': {
      const keys = Object.keys(node.properties ?? {});
      return keys.length === 0 ? 'a mapping' : `a mapping with ${listWords(keys, 'and')}`;
    }
    default:
      return 'a value';
  }
}

function describeChoices(alternatives: readonly SchemaNode[]): string {
  const choices = alternatives.flatMap((choice) =>
    choice.expected === undefined ? flatten(choice) : [choice],
  );
  const tags = discriminator(choices);
  if (tags !== undefined) {
    const values = choices.map((choice) => formatValue(choice.properties?.[tags]?.const));
    return `a mapping whose ${tags} is ${oneOf(values)}`;
  }
  if (choices.every((choice) => choice.type === 'object')) {
    return `a mapping with ${listWords([...new Set(choices.map((choice) => choice.required?.[0] ?? 'keys'))], 'or')}`;
  }
  const words = choices.filter((choice) => 'const' in choice || choice.enum !== undefined);
  const rest = choices.filter((choice) => !words.includes(choice)).map(describeNode);
  return listWords(
    [...new Set([...rest, ...words.flatMap((word) => allowedValues(word).map(formatValue))])],
    'or',
  );
}

function flatten(node: SchemaNode): readonly SchemaNode[] {
  return choicesOf(node)?.flatMap(flatten) ?? [node];
}

function describeList(node: SchemaNode): string {
  if (node.prefixItems !== undefined) {
    const items = node.prefixItems.map(describeNode);
    const same = items.every((item) => item === items[0]);
    return same ? `a list of ${items.length}: each ${items[0]}` : `a list [${items.join(', ')}]`;
  }
  const least =
    node.minItems === undefined || node.minItems === 0 ? '' : ` with at least ${node.minItems} entry`;
  if (node.items !== undefined && isMapping(node.items)) return `a list${least} of mappings`;
  return `a list${least}${node.items === undefined ? '' : `, each ${describeNode(node.items)}`}`;
}

/** ` of at least 1`, ` above 0 and at most 1`, or nothing. */
export function describeRange(node: SchemaNode): string {
  const { exclusiveMinimum: above, exclusiveMaximum: below } = node;
  // JSON Schema states the limits of exact integers for every whole number; nobody needs to read them.
  const least = node.minimum === Number.MIN_SAFE_INTEGER ? undefined : node.minimum;
  const most = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum;
  if (least !== undefined && most !== undefined)
    return ` from ${formatNumber(least)} to ${formatNumber(most)}`;
  const low =
    least !== undefined
      ? `of at least ${formatNumber(least)}`
      : above !== undefined
        ? `above ${formatNumber(above)}`
        : '';
  const high =
    most !== undefined
      ? `at most ${formatNumber(most)}`
      : below !== undefined
        ? `below ${formatNumber(below)}`
        : '';
  if (low === '' && high === '') return '';
  return ` ${low}${low !== '' && high !== '' ? ' and ' : ''}${high}`;
}

/** 0.000001 rather than 1e-6 and 1,000 apart: numbers as people write them in a config. */
export function formatNumber(value: number): string {
  if (value !== 0 && (Math.abs(value) < 1e-6 || Math.abs(value) >= 1e15)) return String(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(12).replace(/0+$/, '');
}

/** A value on one line, as YAML would show it, cut when long. */
export function formatValue(value: unknown): string {
  const text = inlineValue(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** A value on one line, as YAML. */
export function inlineValue(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? formatNumber(value) : String(value);
  if (typeof value === 'string')
    return /^[\w./-]+$/.test(value) && !isSpecial(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inlineValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}: ${inlineValue(inner)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return value === undefined ? 'nothing' : String(value);
}

/** Text that YAML would read as something else without quotes. */
function isSpecial(text: string): boolean {
  return /^(true|false|null|~|)$/i.test(text) || !Number.isNaN(Number(text));
}

export function oneOf(words: readonly string[]): string {
  return words.length === 1 ? (words[0] ?? '') : `one of ${words.join(', ')}`;
}

/** "a, b and c" */
export function listWords(words: readonly string[], conjunction: 'and' | 'or'): string {
  if (words.length <= 1) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}
