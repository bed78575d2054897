import { type Config, configSchema } from '../config/schema.ts';
import type { PretextPreview, PreviewBlock } from '../protocol/pretextPreview.ts';
import type { PreviewTask } from '../protocol/trainer.ts';
import { randomAt } from '../random.ts';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { viewKeys } from '../training/data/dataset.ts';
import type { Recipe } from '../views/recipe.ts';
import { guessedTexts } from './guessedTexts.ts';
import { buildModel, type Model } from './model.ts';
import { type OpenData, openData } from './openData.ts';
import { corruptionWords, croppedRows, type PretextRow, shownInputs } from './pretextRows.ts';
import { restoredRows } from './restoredRows.ts';
import { drawGrid } from './show/pictures.ts';
import { drawableOf, presenterOf } from './show/registry.ts';
import { viewWords } from './viewWords.ts';

/** The `preview` task: what the pretext task of a config makes of the first held-out samples. */
export async function previewPretext(task: PreviewTask): Promise<PretextPreview> {
  const start = performance.now();
  const given = configSchema.parse(task.config);
  const data = await openData(given, { workers: 0 });
  try {
    const { test, train } = data.dataset.split;
    const indices = Int32Array.from([...test.subarray(0, task.samples), ...train].slice(0, task.samples));
    // The network restores no more samples than are shown.
    const config = { ...given, train: { ...given.train, batchSize: indices.length } };
    const model = buildModel(config, data.dataset, data.rows);
    const { block, notes } = await drawn(config, model, data, indices, task);
    return {
      method: model.method.name,
      summary: [summaryOf(model, config, indices.length, test.length), ...notes].join(' '),
      blocks: [block],
      took: performance.now() - start,
    };
  } finally {
    await data.loader.dispose();
  }
}

interface Drawn {
  readonly block: PreviewBlock;
  readonly notes: readonly string[];
}

async function drawn(
  config: Config,
  model: Model,
  data: OpenData,
  indices: Int32Array,
  { runFolder, picture }: PreviewTask,
): Promise<Drawn> {
  const { dataset, loader } = data;
  if (model.task.guess && dataset.kind === 'text')
    return guessedTexts(config, model, { dataset, loader }, indices, runFolder);
  const { rows, notes } = await pretextRows(config, model, data, indices, runFolder);
  const drawable = drawableOf(dataset);
  const block = await presenterOf(dataset).block(rows, indices, dataset);
  if (picture !== undefined && drawable !== undefined && block.kind === 'images')
    writeFileAtomic(picture, await drawGrid(rows, indices.length, drawable));
  return { block, notes };
}

interface PretextRows {
  readonly rows: readonly PretextRow[];
  /** Sentences for the summary. */
  readonly notes: readonly string[];
}

async function pretextRows(
  config: Config,
  model: Model,
  { dataset, loader }: OpenData,
  indices: Int32Array,
  runFolder: string | undefined,
): Promise<PretextRows> {
  const { task } = model;
  const requests = viewKeys(task.views);
  const [plain, ...views] = await loader.load(indices, [{ view: 0, augmented: false }, ...requests], 0);
  const inputs = task.prepare({ indices, views, epoch: 0, progress: 0 }, randomAt(config.seed, 'preview'));
  const augmented = requests.some((request) => request.augmented);
  const recipe = (config.pretext.views ?? {}) as Recipe;
  const words = augmented ? viewWords(recipe) : undefined;
  if (task.reconstruct) return restoredRows(config, model, inputs, words, runFolder);
  const shown = shownInputs(inputs, task.inputs, dataset.sample.shape, plain!, indices.length);
  const detail = words ?? corruptionWords(config.pretext);
  return {
    rows: [
      { title: 'original', values: plain! },
      ...shown.map((row) => ({ ...row, detail: [row.detail, detail].filter(Boolean).join('; ') })),
      ...(task.seen ? [{ title: 'seen', detail: 'by the student', values: task.seen(inputs) }] : []),
      ...croppedRows(views, requests, dataset.sample.shape, recipe),
    ],
    notes: [],
  };
}

/** "MAE (maskRatio 0.75) on the first 8 samples that are held out for testing." */
function summaryOf({ method }: Model, { data, pretext }: Config, shown: number, heldOut: number): string {
  // Tokens are masked: what noise says is for values.
  const corruption = corruptionWords('text' in data ? { ...pretext, noise: undefined } : pretext);
  const title = corruption === '' ? method.title : `${method.title} (${corruption})`;
  const some = shown === 1 ? 'one sample' : `${shown} samples`;
  return heldOut === 0
    ? `${title} on ${some} of the training data.`
    : `${title} on ${shown === 1 ? 'the first sample' : `the first ${some}`} held out for testing.`;
}
