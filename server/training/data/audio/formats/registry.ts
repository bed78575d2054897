import { flac } from './flac.ts';
import type { SoundFormat } from './format.ts';
import { mp3 } from './mp3.ts';
import { ogg } from './ogg.ts';
import { wav } from './wav.ts';

/** All sound formats; MP3 last, whose first bytes tell least. */
const formats: readonly SoundFormat[] = [wav, flac, ogg, mp3];

/** The format by the first bytes, whatever the file is called. */
export function formatOf(head: Uint8Array): SoundFormat | undefined {
  return formats.find((format) => format.matches(head));
}
