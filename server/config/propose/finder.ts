import { readdirSync } from 'node:fs';
import type { Modality } from '../../protocol/data.ts';
import type { DataFacts } from '../../protocol/trainer.ts';

/** What names and file headers tell about data, without decoding it. */
export interface FoundData {
  readonly modality: Modality;
  /** What the config should name as its data. */
  readonly path: string;
  /** How it is stored, in words. */
  readonly format: string;
  /** Number of samples, where names or headers tell it. */
  readonly count?: number;
}

/** A folder's own entries, hidden ones left out, in order. */
export interface Listing {
  readonly folder: string;
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** Recognises one kind of data and proposes a config for it. One file each; `registry.ts` lists them. */
export interface DataFinder<Found extends FoundData = FoundData> {
  readonly modality: Modality;
  /** What a folder holds of this kind. Throws what `fs` throws. */
  findIn(listing: Listing): Found | undefined;
  /** What one file that the user named is. */
  findFile(folder: string, name: string): Found | undefined;
  /** One line on it, for the top of the config. */
  headline(found: Found): string;
  /** The config from `data:` on. `relative` writes a path as the config would. */
  lines(found: Found, relative: (file: string) => string, opened: DataFacts | undefined): string[];
}

/** Keeps the facts of one finder checked while the registry sees them all alike. */
export function defineFinder<Found extends FoundData>(finder: DataFinder<Found>): DataFinder {
  return finder as unknown as DataFinder;
}

export function listFolder(folder: string): Listing {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.name.startsWith('.'));
  const sorted = (of: typeof entries): string[] => of.map((entry) => entry.name).sort();
  return {
    folder,
    files: sorted(entries.filter((entry) => entry.isFile())),
    folders: sorted(entries.filter((entry) => entry.isDirectory())),
  };
}
