import { audio } from './audio.ts';
import type { DataFinder } from './finder.ts';
import { images } from './images.ts';
import { table } from './table.ts';
import { text } from './text.ts';

/** In the order in which they are asked: the first that recognises something wins. */
export const finders: readonly DataFinder[] = [images, audio, text, table];
