import type { OpenedDataset } from '../../training/data/opened.ts';
import { audio } from './audio.ts';
import { images } from './images.ts';
import type { Drawable } from './pictures.ts';
import type { Presenter } from './presenter.ts';
import { table } from './table.ts';
import { text } from './text.ts';

/** Who shows samples, by the kind of opened data. */
const presenters: Readonly<Record<OpenedDataset['kind'], Presenter>> = { images, text, audio, table };

export function presenterOf({ kind }: Pick<OpenedDataset, 'kind'>): Presenter {
  return presenters[kind];
}

/** Samples with the way to draw them; undefined where pictures of them say nothing. */
export function drawableOf(dataset: OpenedDataset): Drawable | undefined {
  const { look } = presenterOf(dataset);
  return look && { ...dataset, look };
}
