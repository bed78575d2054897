import { statSync } from 'node:fs';
import path from 'node:path';
import { type FoundData, listFolder } from './finder.ts';
import { finders } from './registry.ts';

/** Finds what kind of data a folder or file holds. Undefined where nothing is recognised. Throws what `fs` throws. */
export function inspectFolder(target: string): FoundData | undefined {
  const absolute = path.resolve(target);
  if (!statSync(absolute).isDirectory())
    return first((finder) => finder.findFile(path.dirname(absolute), path.basename(absolute)));
  const listing = listFolder(absolute);
  const found = first((finder) => finder.findIn(listing));
  if (found !== undefined) return found;
  // A project, perhaps, that keeps its data where most do.
  return listing.folders.includes('data') ? inspectFolder(path.join(absolute, 'data')) : undefined;
}

function first(find: (finder: (typeof finders)[number]) => FoundData | undefined): FoundData | undefined {
  for (const finder of finders) {
    const found = find(finder);
    if (found !== undefined) return found;
  }
  return undefined;
}
