import { silence } from '../../training/data/audio/logMel.ts';
import type { OpenedAudio } from '../../training/data/opened.ts';
import { drawEach } from './pictures.ts';
import { definePresenter, type Look } from './presenter.ts';

/** Smallest side of a spectrogram in a picture. */
const smallestSide = 96;
/** From black to white: 70 dB up from what counts as silence. */
const range = (70 * Math.LN10) / 10;

/**
 * Colours at equal distances, from silent to loud: matplotlib's magma (CC0), whose lightness grows evenly, so that it
 * reads the same in grey.
 */
const colours = [
  [0, 0, 4],
  [28, 16, 68],
  [79, 18, 123],
  [129, 37, 129],
  [181, 54, 122],
  [229, 80, 100],
  [251, 135, 97],
  [254, 194, 135],
  [252, 253, 191],
] as const;

/** A spectrogram: time runs to the right, the lowest band lies at the bottom. */
const look: Look = {
  size: ([mels = 1, frames = 1]) => [mels, frames, 1],
  scale: ([mels, frames]) => {
    const factor = Math.max(1, Math.ceil(smallestSide / Math.max(mels, frames)));
    return [factor, factor];
  },
  upwards: true,
  byte(value, _channel, { mean: [mean = 0], std: [std = 1] }, colour) {
    const loudness = (value * std + mean - silence) / range;
    const place = Math.min(1, Math.max(0, loudness)) * (colours.length - 1);
    const below = Math.min(colours.length - 2, Math.floor(place));
    const [low, high] = [colours[below]![colour]!, colours[below + 1]![colour]!];
    return Math.round(low + (high - low) * (place - below));
  },
};

export const audio = definePresenter<OpenedAudio>({
  async block(rows, indices, dataset) {
    const drawn = rows.map(async ({ title, detail, values }) => ({
      title,
      ...(detail && { detail }),
      pictures: await drawEach({ values }, indices.length, { ...dataset, look }),
    }));
    const sounds: string[] = [];
    for (const index of indices)
      sounds.push(`data:audio/wav;base64,${(await dataset.sound(index)).toString('base64')}`);
    return { kind: 'images', rows: await Promise.all(drawn), sounds };
  },
  look,
  sound: (index, dataset) => dataset.sound(index),
  thumbnails: true,
});
