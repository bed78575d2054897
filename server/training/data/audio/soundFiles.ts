import { statSync } from 'node:fs';
import path from 'node:path';
import type { SkippedSample } from '../dataset.ts';
import { reasonOf } from '../errors.ts';
import { walk } from '../walk.ts';
import type { SoundInfo } from './formats/format.ts';
import { probeRecording } from './recording.ts';

const readable = new Set(['.wav', '.wave', '.flac', '.ogg', '.oga', '.opus', '.mp3', '.mp2']);
const unreadable = new Set([
  '.m4a',
  '.aac',
  '.wma',
  '.aif',
  '.aiff',
  '.amr',
  '.au',
  '.caf',
  '.webm',
  '.mka',
  '.ape',
  '.wv',
  '.mp4',
]);

export interface SoundFileFacts extends SoundInfo {
  /** Relative to the folder, with forward slashes. */
  readonly name: string;
  readonly size: number;
  readonly modified: number;
}

/** Finds the recordings below a folder, sorted by name; those whose headers tell that they are broken are left out. */
export function findSounds(
  folder: string,
  key: readonly string[],
): { files: SoundFileFacts[]; skipped: SkippedSample[] } {
  const files: SoundFileFacts[] = [];
  const skipped: SkippedSample[] = [];
  for (const name of walk(folder, key)) {
    const extension = path.posix.extname(name).toLowerCase();
    if (unreadable.has(extension))
      skipped.push({
        name,
        reason: `${extension.slice(1).toUpperCase()} cannot be read; convert it to WAV or FLAC`,
      });
    if (!readable.has(extension)) continue;
    try {
      const file = path.join(folder, ...name.split('/'));
      const { size, mtimeMs } = statSync(file);
      files.push({ ...probeRecording(file), name, size, modified: mtimeMs });
    } catch (error) {
      skipped.push({ name, reason: reasonOf(error) });
    }
  }
  return { files, skipped };
}
