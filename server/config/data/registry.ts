import * as z from 'zod';
import type { Modality } from '../../protocol/data.ts';
import { type AudioDataConfig, audio } from './audio.ts';
import { type ImageDataConfig, images } from './images.ts';
import type { DataKind } from './kind.ts';
import { type TableDataConfig, table } from './table.ts';
import { type TextDataConfig, text } from './text.ts';

/** Every kind of data by the key that holds its path, in the order in which they are offered. */
export const dataKinds: Readonly<Record<string, DataKind>> = { images, text, audio, table };

/** The data section with every default filled in. */
export type DataConfig = ImageDataConfig | TextDataConfig | AudioDataConfig | TableDataConfig;

const [first, ...others] = Object.values(dataKinds).map(({ schema }) => schema);

export const dataSchema = z
  .union([first!, ...others])
  .describe('What to learn from.') as unknown as z.ZodType<DataConfig>;

/** The kind of a data section: the one whose path it names. */
export function kindOf(data: DataConfig): DataKind {
  const kind = findKind(data);
  if (kind === undefined) throw new Error('A checked data section names a kind of data.');
  return kind;
}

/** Like {@link kindOf}, for sections that nobody has checked yet. */
export function findKind(data: object): DataKind | undefined {
  return Object.values(dataKinds).find(({ key }) => key in data);
}

export function kindOfModality(modality: Modality): DataKind {
  const kind = Object.values(dataKinds).find((each) => each.modality === modality);
  if (kind === undefined) throw new Error(`No kind of data has the modality ${modality}.`);
  return kind;
}
