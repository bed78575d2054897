import { audio } from './audio.ts';
import type { DataFinder } from './finder.ts';
import { images } from './images.ts';
import { table } from './table.ts';

/** In the order in which they are asked: the first that recognises something wins. */
export const finders: readonly DataFinder[] = [images, audio, table];
