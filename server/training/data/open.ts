import { openAudioDataset } from './audio/openAudioDataset.ts';
import { DataError } from './errors.ts';
import { openImageDataset } from './images/openImageDataset.ts';
import type { OpenedDataset } from './opened.ts';
import type { DataOptions } from './options.ts';
import { openTable } from './tables/openTable.ts';
import { openText } from './text/openText.ts';

/** Who opens each kind of data, by the key that holds its path. */
const openers = {
  images: openImageDataset,
  text: openText,
  audio: openAudioDataset,
  table: openTable,
} as const;

type Opener = (path: string, data: DataOptions, seed: number) => Promise<OpenedDataset>;

/**
 * Opens the data of a run: finds the format, the labels, the split and the statistics. Throws a DataError whose
 * message is for the user. `seed` decides the split and the choice under `limit`.
 */
export async function openDataset(
  data: DataOptions,
  { seed }: { readonly seed: number },
): Promise<OpenedDataset> {
  const given = Object.entries(openers).flatMap(([key, open]: [string, Opener]) => {
    const path = data[key as keyof typeof openers];
    return path === undefined ? [] : [{ key, open, path }];
  });
  const [only, other] = given;
  if (only !== undefined && other === undefined) return only.open(only.path, data, seed);
  throw new DataError({
    key: ['data'],
    where: 'data',
    found: only === undefined ? 'no path of data' : given.map(({ key }) => key).join(' and '),
    expected: `exactly one of ${Object.keys(openers).join(', ')}`,
    fix: 'Name the path of the data under one of these keys.',
  });
}
