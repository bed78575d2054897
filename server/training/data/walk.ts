import { readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { DataError, reasonOf } from './errors.ts';

/** All files below the folder by relative name, in one order on every system; hidden ones are left out. */
export function walk(folder: string, key: readonly string[]): string[] {
  const names: string[] = [];
  const seen = new Set<string>();
  const visit = (relative: string) => {
    const full = path.join(folder, relative);
    const real = realpathSync(full);
    if (seen.has(real)) return; // a link that leads back
    seen.add(real);
    for (const entry of list(full, key)) {
      if (entry.name.startsWith('.')) continue;
      const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
      const kind = entry.isSymbolicLink()
        ? (statSync(path.join(folder, name), { throwIfNoEntry: false }) ?? entry)
        : entry;
      if (kind.isDirectory()) visit(name);
      else if (kind.isFile()) names.push(name);
    }
  };
  visit('');
  return names.sort((a, b) => (a < b ? -1 : 1));
}

function list(folder: string, key: readonly string[]) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new DataError({
      key,
      where: folder,
      found: `a folder that cannot be listed (${reasonOf(error)})`,
      expected: 'a folder with read permission',
      fix: 'Change its permissions, or choose another folder.',
    });
  }
}
