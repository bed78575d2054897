import { existsSync } from 'node:fs';
import path from 'node:path';
import { DataError } from '../errors.ts';
import { fileFingerprint, hashOf } from '../fingerprint.ts';
import { encodeLabels } from '../labels.ts';
import { PooledLoader } from '../loader.ts';
import type { OpenedImageDataset } from '../opened.ts';
import type { DataOptions } from '../options.ts';
import { createCache } from '../pixelCache.ts';
import { choose, splitSamples } from '../split.ts';
import { channelScale, channelStatistics, noteFailed } from '../stats.ts';
import { splitByList } from '../testList.ts';
import { ArraySource } from './arraySource.ts';
import { openImageBoxes } from './boxes.ts';
import { openImages } from './detect.ts';
import { readLabels } from './labelFile.ts';
import { JoinedSource } from './openSource.ts';
import type { ImageShape, ImageSource, OpenedImages } from './source.ts';

/** Side of the images when they have no common size and the config names none. */
const defaultSide = 64;

/** Opens images, and the separate test set if there is one: everything but the pixels. */
export async function openImageDataset(
  where: string,
  data: DataOptions,
  seed: number,
): Promise<OpenedImageDataset> {
  const notes: string[] = [];
  const probe = data.size === undefined || data.channels === undefined;
  const main = await openImages(where, { labels: data.labels, probe, key: ['data', 'images'] });
  const parts = [await withLabels(main.images, where, data.labels, ['data', 'labels'], notes)];
  if (data.test?.images !== undefined) {
    const labels =
      data.test.labels ?? (data.labels === 'none' || data.labels === 'folders' ? data.labels : undefined);
    const test = await openImages(data.test.images, {
      labels,
      probe: false,
      key: ['data', 'test', 'images'],
    });
    parts.push(await withLabels(test.images, data.test.images, labels, ['data', 'test', 'labels'], notes));
  } else if (main.test !== undefined) {
    notes.push('the files named test*.bin are the test set');
    parts.push(data.labels === 'none' ? unlabelled(main.test) : main.test);
  }
  const [first, second] = parts;

  const shape = chooseShape(first!.source, data, notes);
  const own = second?.source.shape;
  if (own !== undefined && own[0] > 0 && (own[0] !== shape[0] || own[1] !== shape[1]))
    notes.push(
      `test images of ${own[0]}x${own[1]} are scaled to cover ${shape[0]}x${shape[1]} and their middle is used`,
    );
  const source =
    second === undefined
      ? first!.source
      : new JoinedSource([first!.source, inRangeOf(first!.source, second.source)]);
  const labels = joinLabels(parts, data.test?.labels ?? data.test?.images ?? where);
  const chosen = choose(first!.source.count, data.limit, seed);
  const split =
    second !== undefined
      ? {
          train: chosen,
          test: Int32Array.from({ length: second.source.count }, (_, i) => first!.source.count + i),
        }
      : data.testList === undefined
        ? splitSamples(chosen, data.testFraction, seed, labels?.labels)
        : splitByList(data.testList, chosen, source.count, (index) => source.name(index));

  const boxes = await openImageBoxes(
    parts.map(({ source }, part) =>
      part === 0
        ? { source, boxes: data.boxes, key: ['data', 'boxes'] }
        : { source, boxes: data.test?.boxes, key: ['data', 'test', 'boxes'] },
    ),
    shape,
  );
  notes.push(...(boxes?.notes ?? []));

  const cache = createCache(source, shape);
  const statistics = await channelStatistics(source, shape, split.train, seed, cache);
  const broken = statistics.failed[0];
  if (statistics.count === 0)
    throw new DataError({
      key: ['data', 'images'],
      where,
      found:
        broken === undefined
          ? 'no images to train on'
          : `no image that can be decoded (${broken.name}: ${broken.reason})`,
      expected: 'at least one readable image',
      fix:
        broken !== undefined
          ? 'Copy the pictures again, or save them as PNG.'
          : source.count === 0
            ? 'Name a file that holds images.'
            : 'Lower data.testFraction, or add images.',
    });
  if (statistics.strange !== undefined)
    throw new DataError({
      key: ['data', 'images'],
      where: `${where}: ${statistics.strange}`,
      found: 'a value that is not a number, or infinite',
      expected: 'finite numbers',
      fix: 'Replace such values before saving, e.g. with numpy.nan_to_num.',
    });
  notes.push(...noteFailed(statistics, 'images'));
  const unread = parts.flatMap((part) => part.skipped);
  const { size, channels, testFraction, limit, normalize } = data;
  const dataset: OpenedImageDataset = {
    kind: 'images',
    sample: { modality: 'image', shape },
    count: source.count,
    ...(labels === undefined ? {} : labels),
    ...(boxes === undefined ? {} : { boxes: boxes.boxes }),
    split,
    skipped: [...unread, ...(boxes?.skipped ?? [])],
    ...channelScale(statistics, normalize ?? 'standard'),
    fingerprint: hashOf([
      parts.map((part) => part.fingerprint),
      labels === undefined ? [] : [Array.from(labels.labels), labels.classes],
      data.testList === undefined ? [] : [Array.from(split.test)],
      { size, channels, testFraction, limit, normalize, seed },
      ...(boxes === undefined ? [] : [boxes.fingerprint]),
    ]),
    summary: summarise(source, shape, labels?.classes.length, unread.length),
    name: (index) => source.name(index),
    origin(index) {
      const file = source.file?.(index);
      return file === undefined ? undefined : { file };
    },
    notes,
    source,
    shape,
    cache,
    loader(options) {
      const samples = {
        kind: 'images',
        source: this.source.spec,
        shape: this.shape,
        cache: this.cache,
      } as const;
      return new PooledLoader({ ...this, reader: samples }, options);
    },
    async like(input) {
      const opened = await openImageDataset(input, sameShape(data, shape), seed);
      return { ...opened, mean: this.mean, std: this.std };
    },
    close: () => source.close(),
  };
  return dataset;
}

/** What says how images are read, without what says which of them are what. */
function sameShape({ normalize }: DataOptions, [height, width, channels]: ImageShape): DataOptions {
  return { size: [height, width], channels: channels === 1 ? 1 : 3, testFraction: 0, normalize };
}

function unlabelled({ labels: _, ...images }: OpenedImages): OpenedImages {
  return images;
}

/** Labels by the config, from the format itself, or from the label file that MNIST's naming puts beside the images. */
async function withLabels(
  images: OpenedImages,
  where: string,
  labels: string | undefined,
  key: readonly string[],
  notes: string[],
): Promise<OpenedImages> {
  if (labels === 'none') return unlabelled(images);
  if (labels === 'folders' && images.source.format !== 'folder')
    throw new DataError({
      key,
      where,
      found: `labels: folders with ${images.source.format} data`,
      expected: 'a folder with one subfolder per class',
      fix: 'Name a label file, or leave data.labels out.',
    });
  const found = labels === undefined ? siblingLabels(images, where) : undefined;
  if (found !== undefined) notes.push(`labels are taken from ${path.basename(found)}`);
  const file = labels === undefined || labels === 'folders' ? found : labels;
  if (file === undefined) return images;
  const named = await readLabels(file, images.source, key, notes);
  return { ...images, labels: named, fingerprint: hashOf([images.fingerprint, fileFingerprint(file)]) };
}

function siblingLabels(images: OpenedImages, where: string): string | undefined {
  if (images.source.format !== 'IDX') return undefined;
  const base = path.basename(where);
  const sibling = base.replace('images', 'labels').replace(/idx[34]/, 'idx1');
  const file = path.join(path.dirname(where), sibling);
  return sibling !== base && existsSync(file) ? file : undefined;
}

function chooseShape(source: ImageSource, data: DataOptions, notes: string[]): ImageShape {
  const own = source.shape;
  const side = data.size;
  const known = own !== undefined && own[0] > 0;
  const [height, width] =
    typeof side === 'number'
      ? [side, side]
      : (side ?? (known ? [own[0], own[1]] : [defaultSide, defaultSide]));
  if (side === undefined && !known)
    notes.push(
      `the images have different sizes: each is scaled to cover ${height}x${width} and its middle is used`,
    );
  else if (known && (own[0] !== height || own[1] !== width))
    notes.push(
      `images of ${own[0]}x${own[1]} are scaled to cover ${height}x${width} and their middle is used`,
    );
  const stored = own?.[2] === 1 ? 1 : 3;
  return [height, width, data.channels ?? stored];
}

/** The test set's numbers mean what the training set's mean, whatever their own range is. */
function inRangeOf(main: ImageSource, test: ImageSource): ImageSource {
  if (!(main instanceof ArraySource && test instanceof ArraySource) || main.spec.type !== test.spec.type)
    return test;
  return new ArraySource({ ...test.spec, scale: main.spec.scale, offset: main.spec.offset });
}

function joinLabels(parts: readonly OpenedImages[], where: string) {
  if (parts.every((part) => part.labels === undefined)) return undefined;
  const names = parts.flatMap(
    (part) => part.labels ?? new Array<undefined>(part.source.count).fill(undefined),
  );
  const [main, test] = parts;
  if (main?.labels !== undefined && test?.labels !== undefined) {
    const known = new Set(main.labels);
    const strange = test.labels.find((name) => name !== undefined && !known.has(name));
    if (strange !== undefined)
      throw new DataError({
        key: ['data', 'test', 'labels'],
        where,
        found: `the class "${strange}"`,
        expected: 'only classes of the training set',
        fix: 'Check that both sets are labelled alike.',
      });
  }
  return encodeLabels(names);
}

function summarise(
  source: ImageSource,
  shape: ImageShape,
  classes: number | undefined,
  skipped: number,
): string {
  const inClasses = classes === undefined ? '' : ` in ${classes} classes`;
  const left = skipped === 0 ? '' : `, ${skipped.toLocaleString('en')} skipped`;
  return `${source.count.toLocaleString('en')} images ${shape.join('x')}${inClasses} (${source.format})${left}`;
}
