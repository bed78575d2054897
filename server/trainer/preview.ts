import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { randomAt } from '../random.ts';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import { viewKeys } from '../training/data/dataset.ts';
import type { Values } from '../training/engine/engine.ts';
import type { RunContext } from './context.ts';
import { enlarged } from './pretextRows.ts';
import { openRestorer } from './restorer.ts';
import { drawGrid, type PictureRow } from './show/pictures.ts';
import { drawableOf } from './show/registry.ts';
import { writeSounds } from './show/soundFiles.ts';

/** Draws pictures of what the pretext task sees and restores; always of the same samples, with the same masks. */
export class Previewer {
  private constructor(
    private readonly context: RunContext,
    /** The samples that are drawn, from left to right. */
    private readonly pool: Int32Array,
    private readonly render: (values: Values, samples: number) => Promise<PictureRow[]>,
    readonly dispose: () => Promise<void>,
  ) {}

  private sounds: Promise<unknown> | undefined;

  static async prepare(context: RunContext): Promise<Previewer> {
    const { model, engine, config, dataset, loader } = context;
    const { task } = model;
    // The held-out samples first; the training samples fill the batch that the task's input shapes ask for.
    const pool = Int32Array.from(
      [...dataset.split.test, ...dataset.split.train].slice(0, config.train.batchSize),
    );
    const keys = viewKeys(task.views);
    const views = await loader.load(pool, keys, 0);
    const restorer = await openRestorer(engine, model);
    if (!restorer) {
      const [plain] = await loader.load(pool, [{ view: 0, augmented: false }], 0);
      const wholeSize = (values: Float32Array, view: number): Float32Array => {
        const { crop } = keys[view]!;
        return crop ? enlarged(values, crop.size, dataset.sample.shape) : values;
      };
      const rows = [plain!, ...views.map(wholeSize)].map((values) => ({ values }));
      return new Previewer(
        context,
        pool,
        async () => rows,
        async () => {},
      );
    }
    const inputs = task.prepare(
      { indices: pool, views, epoch: 0, progress: 0 },
      randomAt(config.seed, 'preview'),
    );
    return new Previewer(
      context,
      pool,
      async (values) => {
        const { original, corrupted, restored } = await restorer.restore(values, inputs);
        return [original, corrupted, restored].map((row) => ({ values: row }));
      },
      () => restorer.dispose(),
    );
  }

  /** Writes `previews/step-<n>.png` and reports it. */
  async write(values: Values, step: number, samples: number): Promise<void> {
    const { context } = this;
    const drawable = drawableOf(context.dataset);
    if (drawable === undefined) return;
    const rows = await this.render(values, samples);
    const size = context.dataset.sample.shape.reduce((a, b) => a * b, 1);
    const shown = Math.min(samples, Math.floor(rows[0]!.values.length / size));
    const folder = runPaths(context.run.folder).previews;
    mkdirSync(folder, { recursive: true });
    this.sounds ??= writeSounds(this.pool.subarray(0, shown), context.dataset, path.join(folder, 'sounds'));
    await this.sounds;
    const file = path.join(folder, `step-${String(step).padStart(8, '0')}.png`);
    writeFileAtomic(file, await drawGrid(rows, shown, drawable));
    context.emit({ event: 'preview', step, file });
  }
}
