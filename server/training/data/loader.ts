import os from 'node:os';
import type { Dataset, LoaderOptions, SampleLoader, SkippedSample, ViewKey } from './dataset.ts';
import type { ImageShape } from './images/source.ts';
import { type Prepared, type PreparerSpec, SamplePreparer } from './preparer.ts';
import type { ReaderSpec } from './readers.ts';
import { WorkerPool } from './workerPool.ts';

/** Batches that may be in work at once; further calls wait, so that memory is bounded whatever the caller does. */
const batchesInWork = 4;
/** Fewer samples are not worth another worker. */
const smallestPiece = 16;

export function defaultWorkers(): number {
  return Math.min(4, Math.max(1, Math.floor(os.availableParallelism() / 2)));
}

/** Samples that are read one by one: pictures, spectrograms. */
export interface PooledData extends Pick<Dataset, 'count' | 'split' | 'labels' | 'mean' | 'std'> {
  readonly shape: ImageShape;
  /** How the workers get at them. */
  readonly reader: ReaderSpec;
}

/** Reads, augments and normalises samples, in worker threads. */
export class PooledLoader implements SampleLoader {
  readonly #pool: WorkerPool | undefined;
  readonly #local: SamplePreparer | undefined;
  readonly #onSkipped: (sample: SkippedSample) => void;
  readonly #reported = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  #inWork = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(dataset: PooledData, options: LoaderOptions) {
    const { workers = defaultWorkers(), onSkipped = () => {} } = options;
    const spec = preparerSpec(dataset, options);
    this.#onSkipped = onSkipped;
    if (workers > 0) this.#pool = new WorkerPool(workers, spec);
    else this.#local = new SamplePreparer(spec);
  }

  async load(indices: Int32Array, views: readonly ViewKey[], epoch: number): Promise<Float32Array[]> {
    if (this.#inWork >= batchesInWork) await new Promise<void>((go) => this.#waiting.push(go));
    this.#inWork++;
    try {
      const pieces = await this.#prepare(indices, views, epoch);
      for (const { skipped } of pieces) for (const sample of skipped) this.#report(sample);
      if (pieces.length === 1) return pieces[0]!.views;
      return views.map((_, v) => join(pieces.map((piece) => piece.views[v]!)));
    } finally {
      this.#inWork--;
      this.#waiting.shift()?.();
    }
  }

  async dispose(): Promise<void> {
    await this.#pool?.close();
    this.#local?.close();
  }

  /** Cuts the batch into one piece per worker. */
  #prepare(indices: Int32Array, views: readonly ViewKey[], epoch: number): Promise<Prepared[]> {
    const pool = this.#pool;
    if (pool === undefined) {
      const next = this.#last.then(() => this.#local!.prepare(indices, views, epoch));
      this.#last = next.catch(() => {});
      return next.then((prepared) => [prepared]);
    }
    const count = Math.max(1, Math.min(pool.size, Math.floor(indices.length / smallestPiece)));
    const pieces = Array.from({ length: count }, (_, worker) => {
      const start = Math.floor((worker * indices.length) / count);
      const end = Math.floor(((worker + 1) * indices.length) / count);
      return pool.run(worker, indices.slice(start, end), views, epoch);
    });
    return Promise.all(pieces);
  }

  #report(sample: SkippedSample): void {
    if (this.#reported.has(sample.name)) return;
    this.#reported.add(sample.name);
    this.#onSkipped(sample);
  }
}

function join(pieces: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

function preparerSpec(dataset: PooledData, { seed, views = {} }: LoaderOptions): PreparerSpec {
  const groups = new Int32Array(new SharedArrayBuffer(dataset.count * Int32Array.BYTES_PER_ELEMENT)).fill(-1);
  for (const [part, positions] of [dataset.split.train, dataset.split.test].entries())
    for (const position of positions) groups[position] = ((dataset.labels?.[position] ?? -1) + 1) * 2 + part;
  return {
    samples: dataset.reader,
    shape: dataset.shape,
    groups,
    mean: dataset.mean,
    std: dataset.std,
    seed,
    recipe: views,
  };
}
