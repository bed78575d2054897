import { openSounds, type SoundsSpec } from './audio/soundReader.ts';
import { openPixels, type PixelsSpec } from './pixelCache.ts';
import type { SampleReader } from './sampleReader.ts';

/** Samples as plain data and shared memory, to be opened by a worker. */
export type ReaderSpec = PixelsSpec | SoundsSpec;

export function openReader(spec: ReaderSpec): SampleReader {
  return spec.kind === 'images' ? openPixels(spec) : openSounds(spec);
}
