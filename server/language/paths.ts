import { type Dirent, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { pathWordsOf } from '../config/data/paths.ts';
import { dataKinds } from '../config/data/registry.ts';
import { formatPath, type KeyPath } from '../config/problem.ts';

/** The files that may stand where a path stands, by key. */
const kinds: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(
    Object.values(dataKinds).flatMap(({ pathKeys }) =>
      pathKeys.map(({ path: keys, files }) => [`data.${keys.join('.')}`, files]),
    ),
  ),
  extends: /\.ya?ml$/i,
};

/** A file or folder that would continue a path. */
export interface PathChoice {
  readonly name: string;
  readonly folder: boolean;
}

/** At most this many names are offered; the next letter narrows them down. */
const mostNames = 500;

/** What a folder has to offer for a path key: folders to go on with, and files of the right kind. */
export function pathChoices(keys: KeyPath, written: string, file: string): PathChoice[] {
  const kind = kinds[formatPath(keys)];
  if (kind === undefined || isAddress(written)) return [];
  const folder = resolveWritten(written.slice(0, written.lastIndexOf('/') + 1) || '.', file);
  const hidden = written.slice(written.lastIndexOf('/') + 1).startsWith('.');
  return listFolder(folder)
    .filter(({ name }) => hidden || !name.startsWith('.'))
    .map((entry) => ({ name: entry.name, folder: isFolder(entry, folder) }))
    .filter(({ name, folder: isDirectory }) => isDirectory || kind.test(name))
    .filter(({ name }) => path.resolve(folder, name) !== path.resolve(file))
    .sort((a, b) => Number(b.folder) - Number(a.folder) || a.name.localeCompare(b.name))
    .slice(0, mostNames);
}

/** A path as the config means it: from the folder of its file, `~/` is the home folder. */
export function resolveWritten(written: string, file: string): string {
  if (written.startsWith('~/')) return path.join(homedir(), written.slice(2));
  return path.resolve(path.dirname(file), written);
}

export function isAddress(written: string): boolean {
  return /^[a-z][a-z+]+:\/\//i.test(written);
}

/** Whether the text at a path of the config is a path of the disk. */
export function isPath(keys: KeyPath, text: string): boolean {
  if (pathWordsOf(keys.at(-1)).includes(text)) return false;
  return Object.hasOwn(kinds, formatPath(keys));
}

/** Whether a path is a file, a folder or nothing. */
export function kindOfPath(target: string): 'file' | 'folder' | undefined {
  try {
    return statSync(target).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}

function listFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isFolder(entry: Dirent, folder: string): boolean {
  return (
    entry.isDirectory() || (entry.isSymbolicLink() && kindOfPath(path.join(folder, entry.name)) === 'folder')
  );
}
