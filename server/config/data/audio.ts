import * as z from 'zod';
import type { Recordings } from '../../protocol/trainer.ts';
import type { Findings } from '../findings.ts';
import { path } from '../meta.ts';
import { defineDataKind } from './kind.ts';
import { listFiles, normalizeKey, splitKeys } from './split.ts';

export const audioDataSchema = z
  .strictObject({
    audio: path(
      'The recordings: a folder of WAV, FLAC, OGG (Vorbis, Opus) and MP3 files. Several channels are mixed into one.',
      'a path to a folder of recordings',
    ),
    labels: path(
      'Where the labels are: `folders` (each class is a subfolder), `none`, or a CSV with the columns file and label.',
      'folders, none, or a path to a label file',
    )
      .meta({ defaultText: 'class subfolders where the data has them' })
      .optional(),
    test: z
      .strictObject({
        audio: path('Recordings of the test set.', 'a path to a folder of recordings'),
        labels: path(
          'Labels of the test set, given like `data.labels`.',
          'folders, none, or a path to a label file',
        ).optional(),
      })
      .describe('A separate test set; without it `testFraction` of the samples is held out.')
      .optional(),
    sampleRate: z
      .int()
      .min(1000)
      .max(192_000)
      .meta({
        description:
          'Every recording is brought to this rate: nothing above half of it is heard. Speech keeps its meaning at 16,000, music wants 22,050 or more.',
        unit: 'Hz',
      })
      .default(16_000),
    clip: z
      .number()
      .min(0.05)
      .max(600)
      .meta({
        description:
          'Length of a sample; 0.96 seconds are 96 frames, which many patches divide. Of longer recordings, training views show a part drawn anew each epoch, and evaluation the middle; shorter ones are followed by silence.',
        unit: 'seconds',
      })
      .default(0.96),
    mels: z
      .int()
      .min(4)
      .max(512)
      .describe(
        "Bands of the log-mel spectrogram, from 0 Hz to half the sample rate, equally spaced on Slaney's mel scale: the height of a sample.",
      )
      .default(64),
    window: z
      .number()
      .min(1)
      .max(1000)
      .meta({ description: 'Length of the Hann window of one frame.', unit: 'ms' })
      .default(25),
    hop: z
      .number()
      .min(1)
      .max(1000)
      .meta({
        description: 'From one frame to the next: clip / hop frames are the width of a sample.',
        unit: 'ms',
      })
      .default(10),
    ...splitKeys,
    ...normalizeKey,
  })
  .describe('Recordings, with or without labels, as log-mel spectrograms.');

export type AudioDataConfig = z.output<typeof audioDataSchema>;

const audioFiles = /\.(wave?|flac|og[ga]|opus|mp[23])$/i;
const labelFiles = /\.csv(\.gz)?$/i;

const shapeOf = ({ mels, clip, hop }: AudioDataConfig) =>
  ({ modality: 'audio', shape: [mels, Math.max(1, Math.round((clip * 1000) / hop)), 1] }) as const;

export const audio = defineDataKind({
  key: 'audio',
  modality: 'audio',
  words: ['recording', 'recordings'],
  schema: audioDataSchema,
  pathKeys: [
    { path: ['audio'], holds: 'either', files: audioFiles },
    { path: ['labels'], holds: 'file', files: labelFiles },
    { path: ['test', 'audio'], holds: 'either', files: audioFiles },
    { path: ['test', 'labels'], holds: 'file', files: labelFiles },
    { path: ['testList'], holds: 'file', files: listFiles },
  ],
  labelKey: 'labels',
  labelFix: 'set data.labels',
  labelSolutions: [{ remove: ['data', 'labels'] }],
  unlabelled: ({ labels }) => (labels === 'none' ? 'data.labels: none' : undefined),
  shape: shapeOf,
  typical: shapeOf,
  lint(data, { pretext }, findings, { recordings }) {
    if (recordings === undefined) return;
    if (pretext.method === 'cola') lintSegments(data, findings, recordings);
    lintClip(data, findings, recordings);
    lintRate(data, findings, recordings);
  },
});

function lintClip({ clip }: AudioDataConfig, findings: Findings, { seconds }: Recordings): void {
  if (clip <= seconds.longest + 0.05) return;
  const longest = rounded(seconds.longest);
  findings.warn(['data', 'clip'], {
    code: 'data',
    message: 'a clip is longer than every recording',
    found: `clip ${clip} s; the longest recording has ${longest} s`,
    expected: `at most ${longest} s: the rest of each sample is silence`,
    fix: `set data.clip: ${rounded(seconds.median)}`,
    solve: [{ set: ['data', 'clip'], to: Math.max(0.05, rounded(seconds.median)) }],
  });
}

/** Two segments of a recording that is no longer than one are the same. */
function lintSegments({ clip }: AudioDataConfig, findings: Findings, { seconds }: Recordings): void {
  const longest = 0.8 * seconds.median;
  if (clip <= longest) return;
  const half = Math.max(0.08, (Math.floor(seconds.median / 2 / 0.08) * 8) / 100);
  findings.warn(['data', 'clip'], {
    code: 'data',
    message: 'segments of a recording are nearly the same',
    found: `clip ${clip} s; half of the recordings have ${rounded(seconds.median)} s or less`,
    expected: 'clips much shorter than the recordings, two of which cola compares',
    fix: `set data.clip: ${half}`,
    solve: [{ set: ['data', 'clip'], to: half }],
  });
}

function lintRate({ sampleRate }: AudioDataConfig, findings: Findings, { sampleRates }: Recordings): void {
  const [, highest] = sampleRates;
  if (sampleRate <= highest) return;
  findings.warn(['data', 'sampleRate'], {
    code: 'data',
    message: 'the sample rate is above that of every recording',
    found: `sampleRate ${sampleRate}; the recordings have ${highest} Hz at most`,
    expected: `at most ${highest} Hz: the upper mel bands are empty`,
    fix: `set data.sampleRate: ${highest}`,
    solve: [{ set: ['data', 'sampleRate'], to: highest }],
  });
}

/** Two significant digits, downwards. */
function rounded(seconds: number): number {
  const unit = 10 ** (Math.floor(Math.log10(seconds)) - 1);
  return Number((Math.floor(seconds / unit + 1e-9) * unit).toPrecision(2));
}
