import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { workspaceRoot } from './store.ts';

/** How deep below a workspace folder other folders with runs are looked for, and in how many folders at most. */
const DEPTH = 3;
const MOST = 2000;

/**
 * The folders whose `.selfsup` holds the runs of a workspace: the one that its own configs belong to, and those
 * further down that have runs already.
 */
export function rootsBelow(folder: string): string[] {
  const roots = new Set([workspaceRoot(folder)]);
  let level = [path.resolve(folder)];
  let seen = 0;
  for (let depth = 0; depth <= DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    for (const place of level) {
      if (++seen > MOST) return [...roots];
      if (existsSync(path.join(place, '.selfsup', 'runs'))) roots.add(place);
      next.push(...foldersIn(place));
    }
    level = next;
  }
  return [...roots];
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
      .map(({ name }) => path.join(folder, name));
  } catch {
    return [];
  }
}
