import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { EmbeddingMap, SampleReference } from '../protocol/runView.ts';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import { asFeatures, type Features } from '../training/health/features.ts';
import { principalComponents } from '../training/health/principalComponents.ts';
import type { RunContext } from './context.ts';
import { drawableOf, presenterOf } from './show/registry.ts';
import { writeSounds } from './show/soundFiles.ts';
import { drawThumbnails } from './show/thumbnails.ts';

/** Points of a map at most. */
const maxPoints = 2000;
/** Components that UMAP gets. */
const componentCount = 20;
/** Maps of a run at most, or little more; runs with more evaluations write every n-th. */
const maxMaps = 60;

/** Whether the n-th evaluation (from 1) of a run with so many writes a map. */
export function hasMap(evaluation: number, evaluations: number): boolean {
  return evaluation % Math.ceil(Math.max(1, evaluations) / maxMaps) === 0;
}

/** Writes maps of the embeddings: always of the same samples. */
export class MapWriter {
  private sounds: Promise<EmbeddingMap['sounds']> | undefined;
  private thumbnails: Promise<EmbeddingMap['thumbnails']> | undefined;
  private references: readonly SampleReference[] | undefined;

  constructor(private readonly context: RunContext) {}

  /** Writes `embeddings/map-<step>.json` and reports it. `embeddings`: one row for each of the samples. */
  async write(samples: Int32Array, embeddings: Features, step: number): Promise<void> {
    const { run, dataset, emit } = this.context;
    const folder = runPaths(run.folder).embeddings;
    mkdirSync(folder, { recursive: true });
    const points = samples.subarray(0, maxPoints);
    const { size, values } = embeddings;
    const features = asFeatures(values.subarray(0, points.length * size), size);
    this.references ??= [...points].map((index) => this.reference(index));
    const thumbnails = await this.sheet(points, folder);
    const sounds = await this.writeSounds(points, folder);
    const { labels, classes } = dataset;
    const map: EmbeddingMap = {
      step,
      layer: 'encoder',
      ...coordinates(features),
      labels: labels ? Array.from(points, (index) => labels[index]!) : [],
      classes: classes ?? [],
      samples: this.references,
      ...(thumbnails && { thumbnails }),
      ...(sounds && { sounds }),
    };
    const file = path.join(folder, `map-${String(step).padStart(8, '0')}.json`);
    writeFileAtomic(file, JSON.stringify(map));
    emit({ event: 'map', step, file });
  }

  private reference(index: number): SampleReference {
    const { dataset } = this.context;
    const text = presenterOf(dataset).words?.(index, dataset);
    return {
      index,
      name: dataset.name(index),
      ...(text !== undefined && { text }),
      ...dataset.origin?.(index),
    };
  }

  /** Written once. */
  private writeSounds(points: Int32Array, maps: string): Promise<EmbeddingMap['sounds']> {
    this.sounds ??= (async () => {
      const count = await writeSounds(points, this.context.dataset, path.join(maps, 'sounds'));
      return count === undefined ? undefined : { folder: 'embeddings/sounds', count };
    })();
    return this.sounds;
  }

  /** Drawn once: the samples stay the same. */
  private sheet(points: Int32Array, folder: string): Promise<EmbeddingMap['thumbnails']> {
    this.thumbnails ??= (async () => {
      const { dataset, loader } = this.context;
      const drawable = presenterOf(dataset).thumbnails ? drawableOf(dataset) : undefined;
      if (drawable === undefined) return undefined;
      const { png, columns, size } = await drawThumbnails(drawable, loader, points);
      const file = path.join(folder, 'thumbnails.png');
      writeFileAtomic(file, png);
      return { file: 'embeddings/thumbnails.png', columns, size };
    })();
    return this.thumbnails;
  }
}

type Coordinates = Pick<EmbeddingMap, 'pca' | 'explained' | 'components'>;

function coordinates(features: Features): Coordinates {
  const { size, values, explained } = principalComponents(features, componentCount);
  const rounded = Array.from(values, (value) => +value.toPrecision(5));
  return {
    pca: Array.from({ length: features.count }, (_, point) => [
      size > 0 ? rounded[point * size]! : 0,
      size > 1 ? rounded[point * size + 1]! : 0,
    ]),
    explained: [explained[0] ?? 0, explained[1] ?? 0],
    components: { size, values: rounded },
  };
}
