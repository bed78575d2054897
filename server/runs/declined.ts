import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { RunStore } from './store.ts';

/**
 * Config files whose change somebody said no to, with the hash of their texts: the question is not asked again, by
 * another window or after a reload. Kept in `.selfsup/declined.json`; whoever deletes it is asked again.
 */
export function wasDeclined(configFile: string, hash: string): boolean {
  return read(fileFor(configFile))[configFile] === hash;
}

/** Remembers the last no to each config file; those to files that are gone are forgotten. */
export function decline(configFile: string, hash: string): void {
  const file = fileFor(configFile);
  const kept = Object.entries(read(file)).filter(([name]) => existsSync(name));
  write(file, { ...Object.fromEntries(kept), [configFile]: hash });
}

/** A later yes makes an earlier no void: what was declined would be another change now. */
export function forget(configFile: string): void {
  const file = fileFor(configFile);
  const { [configFile]: declined, ...others } = read(file);
  if (declined !== undefined) write(file, others);
}

function write(file: string, all: Readonly<Record<string, unknown>>): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileAtomic(file, `${JSON.stringify(all, null, 2)}\n`);
}

const fileFor = (configFile: string): string =>
  path.join(RunStore.forConfig(configFile).root, '.selfsup', 'declined.json');

/** A file that is missing or was damaged by hand remembers nothing. */
function read(file: string): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return found !== null && typeof found === 'object' ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
