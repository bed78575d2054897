import { statSync } from 'node:fs';
import path from 'node:path';
import type { SkippedSample } from '../dataset.ts';
import { DataError, reasonOf } from '../errors.ts';
import { fileFingerprint, hashOf } from '../fingerprint.ts';
import { requireReadable } from '../images/detect.ts';
import { folderLabels } from '../images/folder.ts';
import { readLabels } from '../images/labelFile.ts';
import { type EncodedLabels, encodeLabels } from '../labels.ts';
import { probeRecording } from './recording.ts';
import { findSounds, type SoundFileFacts } from './soundFiles.ts';

/** Recordings of one folder, or a single one, with the labels that they bring. */
export interface SoundSet {
  readonly folder: string;
  readonly files: readonly SoundFileFacts[];
  /** Class of each by its name; undefined entries are unlabelled. */
  readonly labels?: readonly (string | undefined)[] | undefined;
  readonly skipped: readonly SkippedSample[];
  readonly fingerprint: string;
}

export interface SoundSetOptions {
  /** `folders`, `none`, a label file, or undefined: class subfolders where there are any. */
  readonly labels: string | undefined;
  /** The config key that named the path. */
  readonly key: readonly string[];
}

export async function openSoundSet(
  where: string,
  options: SoundSetOptions,
  notes: string[],
): Promise<SoundSet> {
  requireReadable(where, options.key);
  const single = !statSync(where).isDirectory();
  const folder = single ? path.dirname(where) : where;
  const { files, skipped } = single ? one(where, options.key) : findSounds(folder, options.key);
  if (files.length === 0) throw nothingIn(folder, skipped, options.key);
  const names = files.map(({ name }) => name);
  const { labels: wanted } = options;
  const fingerprint = hashOf(files);
  if (wanted === undefined || wanted === 'folders') {
    const key = options.key.at(-1)!;
    const labels = single ? undefined : folderLabels(folder, names, { wanted, key, words: 'recordings' });
    return { folder, files, labels, skipped, fingerprint };
  }
  if (wanted === 'none') return { folder, files, skipped, fingerprint };
  const source = {
    format: 'folder',
    count: names.length,
    name: (index: number) => names[index]!,
    words: 'recordings',
  };
  const labels = await readLabels(wanted, source, [...options.key.slice(0, -1), 'labels'], notes);
  return { folder, files, labels, skipped, fingerprint: hashOf([fingerprint, fileFingerprint(wanted)]) };
}

function one(file: string, key: readonly string[]): { files: SoundFileFacts[]; skipped: SkippedSample[] } {
  try {
    const { size, mtimeMs } = statSync(file);
    return {
      files: [{ ...probeRecording(file), name: path.basename(file), size, modified: mtimeMs }],
      skipped: [],
    };
  } catch (error) {
    throw new DataError({
      key,
      where: file,
      found: reasonOf(error),
      expected: 'a folder of recordings, or one',
      fix: /\.(csv|tsv|jsonl?|parquet)$/i.test(file)
        ? 'For rows of a table use data.table.'
        : 'Name the folder that holds WAV, FLAC, OGG or MP3 files.',
    });
  }
}

function nothingIn(folder: string, skipped: readonly SkippedSample[], key: readonly string[]): DataError {
  const first = skipped[0];
  return new DataError({
    key,
    where: folder,
    found:
      first === undefined
        ? 'no recordings'
        : `no recording that can be read (${first.name}: ${first.reason})`,
    expected: 'WAV, FLAC, OGG or MP3 files, in class subfolders or not',
    fix:
      first === undefined
        ? 'Put recordings there, or name the folder that holds them.'
        : 'Copy the recordings again, or convert them to WAV or FLAC.',
  });
}

/** Classes of the data and its test set by number. */
export function joinLabels(sets: readonly SoundSet[], where: string): EncodedLabels | undefined {
  if (sets.every(({ labels }) => labels === undefined)) return undefined;
  const [main, test] = sets;
  if (main?.labels !== undefined && test?.labels !== undefined) {
    const known = new Set(main.labels);
    const strange = test.labels.find((name) => name !== undefined && !known.has(name));
    if (strange !== undefined)
      throw new DataError({
        key: ['data', 'test', 'labels'],
        where,
        found: `the class "${strange}"`,
        expected: 'only classes of the training set',
        fix: 'Check that both sets are labelled alike.',
      });
  }
  return encodeLabels(
    sets.flatMap(({ labels, files }) => labels ?? new Array<undefined>(files.length).fill(undefined)),
  );
}
