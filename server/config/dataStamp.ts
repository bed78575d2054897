import { opendirSync, statSync } from 'node:fs';
import path from 'node:path';
import { dataPaths } from './data/paths.ts';
import type { DataConfig } from './data/registry.ts';

/** At most this many entries of a folder are looked at: it must stay cheap for a million pictures. */
const entriesSeen = 1000;

/**
 * Text that changes when the files of a data section are replaced, or samples are added or removed: size and time of
 * files, times of a folder and of its class folders. Cheap, so it misses a picture that is edited in place.
 */
export function dataStamp(data: DataConfig): string {
  return dataPaths(data)
    .map(({ target }) => stampOf(target))
    .join(' ');
}

function stampOf(file: string): string {
  try {
    return lookAt(file);
  } catch {
    return 'unreadable'; // who opens the data says why
  }
}

function lookAt(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return 'none';
  if (!stats.isDirectory()) return `${stats.size}/${stats.mtimeMs}`;
  const times = subfolders(file).map((name) => statSync(path.join(file, name)).mtimeMs);
  return [stats.mtimeMs, ...times].join('/');
}

function subfolders(folder: string): string[] {
  const names: string[] = [];
  const entries = opendirSync(folder);
  try {
    for (let seen = 0; seen < entriesSeen; seen++) {
      const entry = entries.readSync();
      if (entry === null) break;
      if (entry.isDirectory()) names.push(entry.name);
    }
  } finally {
    entries.closeSync();
  }
  return names.sort();
}
