import path from 'node:path';
import { randomAt } from '../random.ts';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import { viewKeys } from '../training/data/dataset.ts';
import type { Values } from '../training/engine/engine.ts';
import type { RunContext } from './context.ts';
import { enlarged } from './pretextRows.ts';
import { previewFile, writeRowTitles } from './previewFile.ts';
import { openRestorer } from './restorer.ts';
import { drawGrid, type PictureRow } from './show/pictures.ts';
import { drawableOf } from './show/registry.ts';
import { writeSounds } from './show/soundFiles.ts';
import { TextPreviewer } from './textPreviewer.ts';

/** Shows what the pretext task sees and restores; always of the same samples, with the same masks. */
export interface Previewer {
  /** Writes `previews/step-<n>` and reports it. */
  write(values: Values, step: number, samples: number): Promise<void>;
  dispose(): Promise<void>;
}

/** @param samples how many are shown at most */
export async function preparePreviews(context: RunContext, samples: number): Promise<Previewer> {
  const { dataset, loader, model } = context;
  if (dataset.kind === 'text' && model.task.guess)
    return TextPreviewer.prepare({ ...context, dataset, loader }, samples);
  return PicturePreviewer.prepare(context);
}

/** Draws pictures. */
class PicturePreviewer implements Previewer {
  private constructor(
    private readonly context: RunContext,
    /** The samples that are drawn, from left to right. */
    private readonly pool: Int32Array,
    /** What the rows show, from above. */
    private readonly titles: readonly string[],
    private readonly render: (values: Values, samples: number) => Promise<PictureRow[]>,
    readonly dispose: () => Promise<void>,
  ) {}

  private sounds: Promise<unknown> | undefined;

  static async prepare(context: RunContext): Promise<PicturePreviewer> {
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
      return new PicturePreviewer(
        context,
        pool,
        ['original', ...(views.length === 1 ? ['changed'] : views.map((_, i) => `view ${i + 1}`))],
        async () => rows,
        async () => {},
      );
    }
    const inputs = task.prepare(
      { indices: pool, views, epoch: 0, progress: 0 },
      randomAt(config.seed, 'preview'),
    );
    return new PicturePreviewer(
      context,
      pool,
      ['original', 'corrupted', 'restored'],
      async (values) => {
        const { original, corrupted, restored } = await restorer.restore(values, inputs);
        return [original, corrupted, restored].map((row) => ({ values: row }));
      },
      () => restorer.dispose(),
    );
  }

  async write(values: Values, step: number, samples: number): Promise<void> {
    const { context } = this;
    const drawable = drawableOf(context.dataset);
    if (drawable === undefined) return;
    const rows = await this.render(values, samples);
    const size = context.dataset.sample.shape.reduce((a, b) => a * b, 1);
    const shown = Math.min(samples, Math.floor(rows[0]!.values.length / size));
    const folder = path.join(runPaths(context.run.folder).previews, 'sounds');
    this.sounds ??= writeSounds(this.pool.subarray(0, shown), context.dataset, folder);
    await this.sounds;
    writeRowTitles(context, this.titles);
    const file = previewFile(context, step, 'png');
    writeFileAtomic(file, await drawGrid(rows, shown, drawable));
    context.emit({ event: 'preview', step, file });
  }
}
