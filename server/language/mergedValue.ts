import path from 'node:path';
import { mergeTrees } from '../config/merge.ts';
import { getText, type MapTree, type Plain, toPlain, without } from '../config/tree.ts';
import { mapTree, type OutlineMap } from './outline.ts';
import { readOutline } from './readOutline.ts';

/** How other config files are read: from the editor's buffers, else from the disk. Throws where there is none. */
export type ReadFile = (file: string) => string;

/** A chain of configs is short; longer ones go in a circle. */
const longestChain = 16;

/** What a config says together with what it extends, as far as it can be read at all. */
export function mergedValue(outline: OutlineMap, file: string, readFile: ReadFile): Plain {
  return toPlain(merged(mapTree(outline), file, readFile, longestChain));
}

function merged(own: MapTree, file: string, readFile: ReadFile, left: number): MapTree {
  const base = getText(own, 'extends');
  if (base === undefined || base === '' || left === 0) return own;
  const baseFile = path.resolve(path.dirname(file), base);
  try {
    const inherited = merged(mapTree(readOutline(readFile(baseFile))), baseFile, readFile, left - 1);
    return mergeTrees(without(inherited, 'name', 'sweep', 'extends'), own);
  } catch {
    // A base that cannot be read is said by the diagnostics.
    return own;
  }
}
