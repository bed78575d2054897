import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { DataError, didYouMean, reasonOf } from '../errors.ts';
import { firstBytes, isZip, readHead } from '../storage.ts';
import { openCifar } from './cifar.ts';
import { openFolder } from './folder.ts';
import { isIdx, openIdxImages } from './idx.ts';
import { isNpy, openNpyImages, openNpzImages } from './npy.ts';
import type { OpenedImages } from './source.ts';

export interface OpenImagesOptions {
  /** `folders`, `none`, a path, or undefined: what is found. */
  readonly labels?: string | undefined;
  /** Whether the pictures' own shape is asked for. */
  readonly probe: boolean;
  /** The config key that named the path. */
  readonly key: readonly string[];
}

/** Opens images of any format, found by content. With the data a folder of CIFAR files may bring a test set. */
export async function openImages(
  where: string,
  options: OpenImagesOptions,
): Promise<{ images: OpenedImages; test?: OpenedImages }> {
  requireReadable(where, options.key);
  if (statSync(where).isDirectory()) {
    const cifar = cifarFiles(where);
    if (cifar === undefined) return { images: await openFolder(where, options) };
    const images = await openCifar(cifar.train);
    return cifar.test.length === 0 ? { images } : { images, test: await openCifar(cifar.test) };
  }
  return { images: await openFile(where, options.key) };
}

async function openFile(file: string, key: readonly string[]): Promise<OpenedImages> {
  const head = firstBytes(file, 16);
  if (isIdx(head)) return openIdxImages(file);
  if (isNpy(head)) return openNpyImages(file);
  if (isZip(head)) return openNpzImages(file);
  const name = path.basename(file).replace(/\.gz$/, '');
  if (path.extname(name) === '.bin') return openCifar([file]);
  throw new DataError({
    key,
    where: file,
    found: describe(head, name),
    expected: 'a folder of pictures, or an IDX, NPY, NPZ or CIFAR (.bin) file',
    fix: /\.(csv|tsv|jsonl?|parquet)$/.test(name)
      ? 'For rows of a table use data.table.'
      : /\.(png|jpe?g|webp|tiff?|gif)$/i.test(name)
        ? 'Name the folder that it lies in.'
        : 'Name data in one of these formats.',
  });
}

/** Binary CIFAR files of a folder, those named test* apart; undefined when it is another kind of folder. */
function cifarFiles(folder: string): { train: string[]; test: string[] } | undefined {
  let names: string[];
  try {
    names = readdirSync(folder)
      .filter((name) => name.endsWith('.bin'))
      .sort();
  } catch {
    return undefined; // the folder reader gives the message
  }
  if (names.length === 0) return undefined;
  const all = names.map((name) => path.join(folder, name));
  const test = all.filter((file) => path.basename(file).startsWith('test'));
  const train = all.filter((file) => !test.includes(file));
  return train.length === 0 ? { train: test, test: [] } : { train, test };
}

/** One clear message for a path that is not there or may not be read. */
export function requireReadable(where: string, key: readonly string[]): void {
  if (!existsSync(where)) {
    const folder = path.dirname(where);
    const siblings = existsSync(folder) ? readdirSync(folder) : [];
    throw new DataError({
      key,
      where,
      found: existsSync(folder) ? 'nothing there' : `no folder ${folder}`,
      expected: 'a file or a folder',
      fix: didYouMean(path.basename(where), siblings) || 'Paths are relative to the config file: check it.',
    });
  }
  try {
    if (statSync(where).isDirectory()) readdirSync(where);
    else readHead(where, 1);
  } catch (error) {
    throw new DataError({
      key,
      where,
      found: `no access (${reasonOf(error)})`,
      expected: 'a file or a folder with read permission',
      fix: 'Change its permissions, or choose another one.',
    });
  }
}

function describe(head: Uint8Array, name: string): string {
  if (head.length === 0) return 'an empty file';
  const extension = path.extname(name);
  if (/\.(png|jpe?g|webp|tiff?|gif)$/i.test(name)) return `a single picture (${extension})`;
  const text = head.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127));
  if (text) return `a text file${extension === '' ? '' : ` (${extension})`}`;
  const hex = Buffer.from(head.subarray(0, 4))
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');
  return `a file of unknown format${extension === '' ? '' : ` (${extension})`}, starting with bytes ${hex}`;
}
