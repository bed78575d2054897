import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { OpenedDataset } from '../../training/data/opened.ts';
import { presenterOf } from './registry.ts';

/** Bytes of the sounds in one folder, at most. */
const soundLimit = 32 * 1024 * 1024;

/**
 * Writes what samples sound like as `0.wav`, `1.wav` ... into a folder, in their order, as many as fit into 32 MB. A
 * recording that cannot be read is left out.
 * @returns how many samples were tried; undefined where samples make no sound.
 */
export async function writeSounds(
  samples: Int32Array,
  dataset: OpenedDataset,
  folder: string,
): Promise<number | undefined> {
  const { sound } = presenterOf(dataset);
  if (sound === undefined) return undefined;
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  for (const [place, index] of samples.entries()) {
    const wav = await sound(index, dataset).catch(() => undefined); // was reported when it was read
    bytes += wav?.length ?? 0;
    if (bytes > soundLimit) return place;
    if (wav !== undefined) writeFileSync(path.join(folder, `${place}.wav`), wav);
  }
  return samples.length;
}
