import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Result } from '../protocol/run.ts';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import type { FoundObjects } from '../training/downstream/detection/detection.ts';
import { readerOf } from '../training/downstream/samples.ts';
import type { RunContext } from './context.ts';
import { drawDetections } from './show/detections.ts';
import { drawableOf } from './show/registry.ts';

/** Images in a picture, and at most so many pixels beside each other. */
const mostImages = 8;
const mostPixels = 2048;

/**
 * Draws what was found on the first test images with an object: `detections/<variant>-<images>.png` in the run folder.
 * @returns its path below the run folder; undefined where images cannot be drawn.
 */
export async function writeDetections(
  { run, dataset, loader }: Pick<RunContext, 'run' | 'dataset' | 'loader'>,
  { variant, images, categories, indices, truth, found }: FoundObjects,
): Promise<string | undefined> {
  const drawable = drawableOf(dataset);
  if (drawable === undefined) return undefined;
  const room = Math.max(1, Math.floor(mostPixels / Math.max(1, dataset.sample.shape[1] ?? 1)));
  const shown = truth
    .flatMap((boxes, place) => (boxes.length > 0 ? [place] : []))
    .slice(0, Math.min(mostImages, room));
  const values = await readerOf(loader)(
    Int32Array.from(shown, (place) => indices[place]!),
    0,
  );
  const png = await drawDetections(
    {
      values,
      categories,
      truth: shown.map((place) => truth[place]!),
      found: shown.map((place) => found[place]!),
    },
    drawable,
  );
  const folder = runPaths(run.folder).detections;
  mkdirSync(folder, { recursive: true });
  const name = `${variant}-${images}.png`;
  writeFileAtomic(path.join(folder, name), png);
  return `detections/${name}`;
}

/** The pictures of results that another run has measured, into this run's folder. */
export function adoptPictures(results: readonly Result[], from: string, to: string): void {
  if (from === to) return;
  for (const { picture } of results) {
    if (picture === undefined || !existsSync(path.join(from, picture))) continue;
    mkdirSync(path.dirname(path.join(to, picture)), { recursive: true });
    copyFileSync(path.join(from, picture), path.join(to, picture));
  }
}
