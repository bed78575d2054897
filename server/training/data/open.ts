import { DataError } from './errors.ts';
import { openImageDataset } from './images/openImageDataset.ts';
import type { OpenedDataset } from './opened.ts';
import type { DataOptions } from './options.ts';
import { openTable } from './tables/openTable.ts';

/**
 * Opens the data of a run: finds the format, the labels, the split and the statistics. Throws a DataError whose
 * message is for the user. `seed` decides the split and the choice under `limit`.
 */
export async function openDataset(
  data: DataOptions,
  { seed }: { readonly seed: number },
): Promise<OpenedDataset> {
  if (data.images !== undefined && data.table === undefined) return openImageDataset(data.images, data, seed);
  if (data.table !== undefined && data.images === undefined) return openTable(data.table, data, seed);
  throw new DataError({
    key: ['data'],
    where: 'data',
    found: data.images === undefined ? 'neither images nor table' : 'both images and table',
    expected: 'exactly one of them',
    fix: 'Name the path of the data under data.images or data.table.',
  });
}
