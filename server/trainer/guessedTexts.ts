import path from 'node:path';
import type { Config } from '../config/schema.ts';
import type { TextBlock } from '../protocol/pretextPreview.ts';
import { randomAt } from '../random.ts';
import type { SampleLoader } from '../training/data/dataset.ts';
import type { OpenedText } from '../training/data/opened.ts';
import { fittingCheckpoint } from './fittingCheckpoint.ts';
import { openGuesser } from './guesser.ts';
import type { Model } from './model.ts';
import { previewNetwork, startValues } from './networks.ts';
import { guessedBlock } from './show/textBlock.ts';

/** Texts with what is hidden of them, and what the untrained and the newest network of a run say stands there. */
export async function guessedTexts(
  config: Config,
  model: Model,
  { dataset, loader }: { readonly dataset: OpenedText; readonly loader: SampleLoader },
  indices: Int32Array,
  runFolder: string | undefined,
): Promise<{ block: TextBlock; notes: readonly string[] }> {
  const { task, parameters } = model;
  const views = await loader.load(indices, [{ view: 0, augmented: false }], 0);
  const inputs = task.prepare({ indices, views, epoch: 0, progress: 0 }, randomAt(config.seed, 'preview'));
  const guesser = await previewNetwork(config, model, openGuesser);
  const untrained = await guesser.guess(startValues(parameters, config.seed), inputs);
  const networks = [{ title: 'the untrained network', guessed: untrained }];
  const notes: string[] = [];
  if (runFolder !== undefined) {
    const trained = await fittingCheckpoint(runFolder, parameters);
    if ('problem' in trained) notes.push(trained.problem);
    else {
      const values = Object.fromEntries(parameters.map(({ name }) => [name, trained.values[name]!]));
      networks.push({
        title: `step ${trained.step} of ${path.basename(runFolder)}`,
        guessed: await guesser.guess(values, inputs),
      });
    }
  }
  const names = Array.from(indices, (index) => dataset.name(index));
  return { block: guessedBlock(names, networks, dataset.tokenizer.piece), notes };
}
