import path from 'node:path';
import { DataError } from '../errors.ts';
import { hashOf } from '../fingerprint.ts';
import { FolderSource } from './folderSource.ts';
import { findPictures } from './pictureFiles.ts';
import type { ImageShape, OpenedImages } from './source.ts';

const splitNames = new Set(['train', 'test', 'val', 'valid', 'validation', 'eval']);

/**
 * Opens a folder of pictures. Class subfolders become labels: when every picture lies in one and there are at least two,
 * or when `labels` is `folders`. `probe`: whether the pictures' own shape is asked for.
 */
export async function openFolder(
  folder: string,
  options: { labels?: string | undefined; probe: boolean; key: readonly string[] },
): Promise<OpenedImages> {
  const { files, skipped } = findPictures(folder);
  if (files.length === 0) {
    const first = skipped[0];
    throw new DataError({
      key: options.key,
      where: folder,
      found:
        first === undefined ? 'no pictures' : `no picture that can be read (${first.name}: ${first.reason})`,
      expected: 'PNG, JPEG, WebP, TIFF, GIF or AVIF files, in class subfolders or not',
      fix:
        first === undefined
          ? 'Put pictures there, or name the folder that holds them.'
          : 'Copy the pictures again, or save them as PNG.',
    });
  }
  const names = files.map(({ name }) => name);
  const plain = new FolderSource({ kind: 'folder', folder, files: names });
  const shape = options.probe ? await commonShape(plain) : undefined;
  return {
    source: new FolderSource(plain.spec, shape),
    labels: folderLabels(folder, names, { wanted: options.labels, key: 'images', words: 'pictures' }),
    skipped,
    fingerprint: hashOf(files),
  };
}

/**
 * Class of each file by the subfolder it lies in: when all lie in one and there are at least two, or when `wanted` is
 * `folders`. `key`: the key of the config below `data` that names the folder.
 */
export function folderLabels(
  folder: string,
  names: readonly string[],
  { wanted, key, words }: { wanted: string | undefined; key: string; words: string },
): string[] | undefined {
  if (wanted !== undefined && wanted !== 'folders') return undefined;
  const loose = names.find((name) => !name.includes('/'));
  const classes = new Set(names.map((name) => name.slice(0, Math.max(0, name.indexOf('/')))));
  if (loose !== undefined) {
    if (wanted === undefined) return undefined;
    throw new DataError({
      key: ['data', 'labels'],
      where: folder,
      found: `${words} outside of class folders, e.g. ${loose}`,
      expected: 'one subfolder per class',
      fix: 'Move them, or set labels: none.',
    });
  }
  if ([...classes].every((name) => splitNames.has(name.toLowerCase())) && classes.size > 1) {
    const [train, test] = ['train', 'test'].map((name) =>
      [...classes].find((other) => other.toLowerCase() === name),
    );
    throw new DataError({
      key: ['data', key],
      where: folder,
      found: `the subfolders ${[...classes].join(', ')}`,
      expected: 'class subfolders',
      fix: `Set data.${key} to ${path.join(folder, train ?? [...classes][0]!)} and data.test.${key} to ${path.join(folder, test ?? [...classes][1]!)}.`,
    });
  }
  if (classes.size < 2 && wanted === undefined) return undefined;
  return names.map((name) => name.slice(0, name.indexOf('/')));
}

const probed = 256;

/** The shape that up to 256 pictures spread over the folder share; with several sizes, height and width are 0. */
async function commonShape(source: FolderSource): Promise<ImageShape | undefined> {
  const step = Math.max(1, source.count / probed);
  const indices = Array.from({ length: Math.min(probed, source.count) }, (_, i) => Math.floor(i * step));
  const shapes: ImageShape[] = [];
  for (let i = 0; i < indices.length; i += 16) {
    const block = await Promise.allSettled(indices.slice(i, i + 16).map((index) => source.probe(index)));
    for (const result of block) if (result.status === 'fulfilled') shapes.push(result.value);
  }
  const first = shapes[0];
  if (first === undefined) return undefined;
  const channels = shapes.every((shape) => shape[2] === 1) ? 1 : 3;
  const equal = shapes.every((shape) => shape[0] === first[0] && shape[1] === first[1]);
  return equal ? [first[0], first[1], channels] : [0, 0, channels];
}
