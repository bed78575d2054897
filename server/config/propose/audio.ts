import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { DataFacts, Recordings } from '../../protocol/trainer.ts';
import { defineFinder, type FoundData, type Listing, listFolder } from './finder.ts';
import { labelLines, trainingLines } from './training.ts';

export interface AudioFacts extends FoundData {
  readonly modality: 'audio';
  /** `folders`, or a label file. */
  readonly labels?: string;
  readonly classes?: readonly string[];
  readonly test?: string;
}

const soundName = /\.(wave?|flac|og[ga]|opus|mp[23])$/i;
/** At most this many files are counted. */
const mostFiles = 200_000;

export const audio = defineFinder<AudioFacts>({
  modality: 'audio',
  findIn,
  findFile: () => undefined, // one recording is no data set
  headline({ format, count, classes }) {
    const many = count === undefined ? '' : `${count.toLocaleString('en-US')} `;
    return `${format}: ${many}recordings${classes === undefined ? '' : ` in ${classes.length} classes`}.`;
  },
  lines: audioLines,
});

function findIn({ folder, files, folders }: Listing): AudioFacts | undefined {
  const lower = new Map(folders.map((name) => [name.toLowerCase(), name]));
  const train = lower.get('train');
  const test = lower.get('test') ?? lower.get('val') ?? lower.get('valid');
  if (train !== undefined && folders.length <= 3) {
    const inner = findIn(listFolder(path.join(folder, train)));
    return inner && { ...inner, ...(test !== undefined && { test: path.join(folder, test) }) };
  }
  const classes = folders.filter((name) => countSounds(path.join(folder, name), 1) > 0);
  const loose = files.filter((name) => soundName.test(name)).length;
  if (loose === 0 && classes.length === 0) return undefined;
  const inFolders = loose === 0 && classes.length > 1;
  const labelTable = files.find((name) => /^labels?\.csv$/i.test(name));
  const labels = inFolders ? 'folders' : labelTable && path.join(folder, labelTable);
  return {
    modality: 'audio',
    path: folder,
    format: inFolders ? 'a folder for each class' : 'a folder of recordings',
    count: classes.reduce((sum, name) => sum + countSounds(path.join(folder, name)), loose),
    ...(labels !== undefined && { labels }),
    ...(inFolders && { classes }),
  };
}

function countSounds(folder: string, most = mostFiles): number {
  let count = 0;
  for (const name of readdirSync(folder, { recursive: true }))
    if (soundName.test(String(name)) && ++count >= most) break;
  return count;
}

function audioLines(
  facts: AudioFacts,
  relative: (file: string) => string,
  opened: DataFacts | undefined,
): string[] {
  const labelled = opened ? opened.classes !== undefined : facts.labels !== undefined;
  return [
    'data:',
    `  audio: ${relative(facts.path)}`,
    ...(facts.labels === 'folders'
      ? ['  labels: folders # each class is a subfolder']
      : facts.labels === undefined
        ? []
        : [`  labels: ${relative(facts.labels)}`]),
    ...(facts.test === undefined
      ? ['  testFraction: 0.2 # held out, never trained on']
      : [`  test: { audio: ${relative(facts.test)} }`]),
    ...recordingLines(opened?.recordings),
    '',
    'encoder: { type: convnet, width: 32 }',
    'pretext:',
    '  method: vicreg # needs no large batches; others: selfsup methods',
    '  # views: { crop: [0.6, 1], timeShift: 0.5, gain: 6 } # replaces the views of the method',
    '',
    ...trainingLines(opened?.train ?? facts.count),
    ...labelLines(labelled, 'data.labels', opened),
  ];
}

/** Nothing above half the sample rate is there to hear, a clip is best filled, and frames in eights suit all encoders. */
function recordingLines(recordings: Recordings | undefined): string[] {
  if (recordings === undefined) return ['  # sampleRate: 16000 # Hz', '  # clip: 1 # seconds of a sample'];
  const rate = Math.min(16_000, recordings.sampleRates[1]);
  const { median } = recordings.seconds;
  const filled = Math.max(0.08, (Math.floor(median / 0.08) * 8) / 100);
  const clip = [3.84, 1.92, 0.96].find((seconds) => seconds <= median) ?? filled;
  const seconds = Number(median.toPrecision(2));
  return [
    `  sampleRate: ${rate} # Hz; the recordings have up to ${recordings.sampleRates[1]}`,
    `  clip: ${clip} # seconds of a sample; half of the recordings have ${seconds} or more`,
  ];
}
