import type { InputArray, TensorSpec } from '../methods/method.ts';
import type { Named } from '../nn/parameters.ts';
import type { ViewKey } from '../training/data/dataset.ts';
import { type Recipe, withArea } from '../views/recipe.ts';
import { viewWords } from './viewWords.ts';

/** What a pretext task shows of the samples: rows that belong together, sample by sample. */
export interface PretextRow {
  readonly title: string;
  readonly detail?: string;
  /** [samples * sample size], normalised like the data. */
  readonly values: Float32Array;
}

/**
 * The inputs of a task that reconstructs nothing, as far as they are samples: two views, or the rotations of an image.
 * @param plain the samples as they are; an input that equals them is not shown again.
 */
export function shownInputs(
  inputs: Named<InputArray>,
  specs: Named<TensorSpec>,
  sampleShape: readonly number[],
  plain: Float32Array,
  samples: number,
): PretextRow[] {
  const size = sampleShape.reduce((a, b) => a * b, 1);
  const shown = Object.entries(specs).flatMap(([name, { shape }]) => {
    const values = inputs[name];
    const isSample = shape.slice(1).join() === sampleShape.join() && values instanceof Float32Array;
    return isSample ? [{ name, values }] : [];
  });
  const { turns } = inputs;
  if (turns !== undefined && shown.length === 1) return rotations(shown[0]!.values, turns, size, samples);
  const [only] = shown;
  if (shown.length === 1 && only!.values.length > size * samples) return pieces(only!.values, size, samples);
  const others = shown.filter(({ values }) => values.length === plain.length && !equal(values, plain));
  return others.map(({ values }, i) => ({
    title: others.length === 1 ? 'corrupted' : `view ${i + 1}`,
    values,
  }));
}

/** Local views, one row each, brought to the size of a sample so that all rows of pictures are alike. */
export function croppedRows(
  views: readonly Float32Array[],
  keys: readonly ViewKey[],
  sampleShape: readonly number[],
  recipe: Recipe,
): PretextRow[] {
  const crops = keys.flatMap(({ crop }, i) => (crop ? [{ crop, values: views[i]! }] : []));
  return crops.map(({ crop: { size, area }, values }, i) => ({
    title: `local view ${i + 1}`,
    detail: `${size[0]} x ${size[1]} pixels; ${viewWords(withArea(recipe, area))}`,
    values: enlarged(values, size, sampleShape),
  }));
}

/** Images of another size, each pixel repeated or left out. */
export function enlarged(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
  [height = 1, width = 1, channels = 1]: readonly number[],
): Float32Array {
  const samples = values.length / (rows * columns * channels);
  const out = new Float32Array(samples * height * width * channels);
  let at = 0;
  for (let sample = 0; sample < samples; sample++)
    for (let y = 0; y < height; y++) {
      const row = sample * rows + Math.floor((y * rows) / height);
      for (let x = 0; x < width; x++) {
        const from = (row * columns + Math.floor((x * columns) / width)) * channels;
        for (let c = 0; c < channels; c++) out[at++] = values[from + c]!;
      }
    }
  return out;
}

/** Copies of each sample lie one after the other; each copy becomes a row. */
function rotations(values: Float32Array, turns: InputArray, size: number, samples: number): PretextRow[] {
  const copies = values.length / (size * samples);
  return Array.from({ length: copies }, (_, copy) => {
    const row = new Float32Array(samples * size);
    const angles: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      const from = sample * copies + copy;
      row.set(values.subarray(from * size, (from + 1) * size), sample * size);
      angles.push(90 * turns[from]!);
    }
    const same = angles.every((angle) => angle === angles[0]);
    return {
      title: same ? `turned by ${angles[0]}°` : 'turned',
      ...(!same && { detail: angles.map((angle) => `${angle}°`).join(', ') }),
      values: row,
    };
  });
}

/** Pieces of each sample, such as the tiles of a puzzle, lie one after the other; each place becomes a row. */
function pieces(values: Float32Array, size: number, samples: number): PretextRow[] {
  const count = values.length / (size * samples);
  return Array.from({ length: count }, (_, piece) => {
    const row = new Float32Array(samples * size);
    for (let sample = 0; sample < samples; sample++) {
      const from = (sample * count + piece) * size;
      row.set(values.subarray(from, from + size), sample * size);
    }
    return { title: `piece ${piece + 1}`, values: row };
  });
}

function equal(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** The settings of a pretext task that say how much it takes away: "noise 0.1, drop 0.3". */
export function corruptionWords(pretext: Readonly<Record<string, unknown>>): string {
  return ['noise', 'drop', 'maskRatio', 'corruption', 'delete', 'mask', 'shuffle', 'dropout']
    .flatMap((key) => (pretext[key] === undefined ? [] : [`${key} ${pretext[key]}`]))
    .join(', ');
}
