import {
  allowedValues,
  choicesOf,
  decidedBranch,
  discriminator,
  isMapping,
  type SchemaNode,
} from './schemaNode.ts';
import { closest } from './suggest.ts';
import { formatValue, inlineValue } from './words.ts';

/** What to do about a wrong value, and what to write in its place where that is known: YAML, the likeliest first. */
export interface Remedy {
  readonly fix: string;
  readonly values?: readonly string[];
}

/** Two numbers in the wrong order, put right. */
export function repairOrder(found: unknown): Remedy | undefined {
  const numbers = Array.isArray(found) && found.every((each) => typeof each === 'number') ? found : [];
  const sorted = numbers.toSorted((a, b) => a - b);
  if (sorted.every((each, i) => each === numbers[i])) return undefined;
  return { fix: `write ${formatValue(sorted)}`, values: [inlineValue(sorted)] };
}

/** What a text meant as a number, if it did: quotes, a decimal comma, a percent sign. */
export function repairNumber(text: string, node: SchemaNode): Remedy | undefined {
  const takesNumbers = alternatives(node).some(({ type }) => type === 'number' || type === 'integer');
  if (!takesNumbers || text.trim() === '') return undefined;
  const remedy = (fix: string, value: string): Remedy => ({ fix: `${fix}: ${value}`, values: [value] });
  if (!Number.isNaN(Number(text))) return remedy('write it without quotes', text.trim());
  if (/^\d+,\d+$/.test(text)) return remedy('write the decimal comma as a point', text.replace(',', '.'));
  if (!/^\d+(\.\d+)?\s*%$/.test(text)) return undefined;
  return remedy('write it as a fraction', formatValue(Number.parseFloat(text) / 100));
}

/** YAML 1.1 knew yes, no, on and off; YAML 1.2 reads them as text. */
export function repairBoolean(text: string): Remedy {
  if (/^(yes|on|y)$/i.test(text)) return { fix: 'write true', values: ['true'] };
  if (/^(no|off|n|none)$/i.test(text)) return { fix: 'write false', values: ['false'] };
  return { fix: 'write true or false', values: ['true', 'false'] };
}

/** The mappings that a lone word may stand for: `vit` -> `{ type: vit }`, `linear` -> `{ mode: linear }`. */
export function repairWord(word: string, node: SchemaNode): string[] | undefined {
  const choices = choicesOf(node) ?? [];
  const key = discriminator(choices);
  if (key !== undefined) {
    const names = choices.map((choice) => String(choice.properties?.[key]?.const));
    const name = closest(word, names);
    if (name !== undefined) return [`{ ${key}: ${name} }`];
    const usual = decidedBranch(choices, {});
    return usual === undefined ? undefined : repairWord(word, usual);
  }
  const kinds = choices.map((choice) => choice.required?.[0]);
  if (choices.length > 1 && kinds.every((kind) => kind !== undefined)) {
    return kinds.map((kind) => `{ ${kind}: ${inlineValue(word)} }`);
  }
  const owner = Object.entries(node.properties ?? {}).find(([, child]) =>
    allowedValues(child).includes(word),
  );
  return owner && [`{ ${owner[0]}: ${word} }`];
}

/** How to write a value of the right kind. */
export function repairKind(name: string, node: SchemaNode, found: unknown, expected: string): Remedy {
  const shown = formatValue(found);
  const whole = inlineValue(found);
  if (node.type === 'array' && node.items !== undefined && isMapping(node.items))
    return { fix: 'start each entry with a dash: `- { ... }`', values: [`[${whole}]`] };
  if (node.prefixItems !== undefined)
    return {
      fix: `write a list: [${node.prefixItems.map(() => shown).join(', ')}]`,
      values: [`[${node.prefixItems.map(() => whole).join(', ')}]`],
    };
  if (node.type === 'array') return { fix: `write a list: [${shown}]`, values: [`[${whole}]`] };
  if (node.type === 'string' && typeof found !== 'object')
    return { fix: `put it in quotes: "${String(found)}"`, values: [`"${String(found)}"`] };
  if (Array.isArray(found) && found.length > 0 && isSimple(node) && !name.includes('[')) {
    if (found.length === 1) return { fix: `write ${formatValue(found[0])}`, values: [inlineValue(found[0])] };
    return {
      fix: `write one value; for several runs: sweep: { grid: { ${name}: ${shown} } }`,
      values: found.map(inlineValue),
    };
  }
  if (node.type === 'object' && name.endsWith(']')) return { fix: 'write a mapping: `- { key: value }`' };
  if (node.type === 'object') return { fix: `write its keys indented below \`${name.split('.').at(-1)}:\`` };
  return { fix: expected.length > 60 ? 'write it in one of these forms' : `write ${expected}` };
}

/** The nearest number that is allowed, or undefined where the limit itself is not. */
export function nearestNumber(node: SchemaNode, found: number): number | undefined {
  if (!Number.isFinite(found)) return undefined;
  const rounded = node.type === 'integer' ? Math.round(found) : found;
  if (node.minimum !== undefined && rounded < node.minimum) return node.minimum;
  if (node.maximum !== undefined && rounded > node.maximum) return node.maximum;
  if (node.exclusiveMinimum !== undefined && rounded <= node.exclusiveMinimum) return undefined;
  if (node.exclusiveMaximum !== undefined && rounded >= node.exclusiveMaximum) return undefined;
  return rounded;
}

/** A key that takes one number or word, never a list or a mapping. */
function isSimple(node: SchemaNode): boolean {
  return alternatives(node).every(({ type }) => type !== 'array' && type !== 'object');
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return choicesOf(node)?.flatMap(alternatives) ?? [node];
}
