import type { Recipe } from '../views/recipe.ts';
import { transforms } from '../views/registry.ts';

/** The transforms of a recipe in the order they apply: "crop (area 0.6 to 1), rotate (angle -15 to 15)". */
export function viewWords(recipe: Recipe): string {
  const words = transforms.flatMap(({ name }) => {
    const options = recipe[name];
    return options === undefined ? [] : [transformWords(name, options as Record<string, unknown>)];
  });
  return words.length === 0 ? 'no transform' : words.join(', ');
}

function transformWords(name: string, options: Readonly<Record<string, unknown>>): string {
  const { probability, ...others } = options;
  const parts = Object.entries(others).map(([key, value]) => `${key} ${valueWords(value)}`);
  const often = typeof probability === 'number' && probability < 1 ? `, ${percent(probability)}` : '';
  return `${name}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}${often}`;
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueWords).join(' to ');
  return typeof value === 'number' ? String(+value.toPrecision(3)) : String(value);
}

const percent = (share: number): string => `${+(share * 100).toPrecision(3)} % of the time`;
