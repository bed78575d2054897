import path from 'node:path';
import { DataError } from '../errors.ts';
import type { Pictures } from './openBoxes.ts';
import type { WrittenBoxes, WrittenPicture } from './written.ts';

/** Which picture each entry means: by path, by file name, or by file name without its extension. */
export function matchPictures(
  { pictures: entries, format }: WrittenBoxes,
  pictures: Pictures,
  where: string,
  key: readonly string[],
  notes: string[],
): Map<number, WrittenPicture> {
  const places = new Map<string, number | undefined>();
  const enter = (name: string, index: number): void => {
    // Two pictures of one name in different folders: the name alone means neither.
    places.set(name, places.has(name) && places.get(name) !== index ? undefined : index);
  };
  for (let index = 0; index < pictures.count; index++)
    for (const name of new Set(namesOf(pictures.name(index)))) enter(name, index);
  const found = new Map<number, WrittenPicture>();
  const strange: string[] = [];
  for (const entry of entries) {
    const index = namesOf(entry.file)
      .map((name) => places.get(name))
      .find((place) => place !== undefined);
    if (index === undefined) strange.push(entry.file);
    else {
      const earlier = found.get(index);
      found.set(
        index,
        earlier === undefined ? entry : { ...entry, boxes: [...earlier.boxes, ...entry.boxes] },
      );
    }
  }
  if (found.size === 0)
    throw new DataError({
      key,
      where,
      found: strange[0] === undefined ? 'no images' : `names like ${strange[0]}`,
      expected: `names of the pictures, like ${pictures.name(0)}`,
      fix: 'Name the annotations that belong to these pictures.',
    });
  if (strange.length > 0)
    notes.push(`${path.basename(where)} names pictures that are not there: ${some(strange)}`);
  const bare = pictures.count - found.size;
  if (bare > 0)
    notes.push(
      `${bare.toLocaleString('en')} pictures have no entry in the ${format} boxes: they are unlabelled`,
    );
  return found;
}

function namesOf(name: string): string[] {
  const whole = name.replaceAll('\\', '/').replace(/^\.\//, '');
  const base = path.posix.basename(whole);
  return [whole, base, base.slice(0, base.length - path.posix.extname(base).length)];
}

function some(names: readonly string[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`;
}
