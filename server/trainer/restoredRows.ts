import path from 'node:path';
import type { Config } from '../config/schema.ts';
import type { InputArray } from '../methods/method.ts';
import type { Named } from '../nn/parameters.ts';
import { fittingCheckpoint } from './fittingCheckpoint.ts';
import type { Model } from './model.ts';
import { previewNetwork, startValues } from './networks.ts';
import { corruptionWords, type PretextRow } from './pretextRows.ts';
import { openRestorer } from './restorer.ts';

/** The rows of a method that reconstructs: what it gets, what it sees, what networks make of that. */
export async function restoredRows(
  config: Config,
  model: Model,
  inputs: Named<InputArray>,
  views: string | undefined,
  runFolder: string | undefined,
): Promise<{ rows: readonly PretextRow[]; notes: readonly string[] }> {
  const restorer = await previewNetwork(config, model, openRestorer);
  const untrained = startValues(model.parameters, config.seed);
  const { original, corrupted, restored } = await restorer.restore(untrained, inputs);
  const rows: PretextRow[] = [{ title: 'original', ...(views && { detail: views }), values: original }];
  if (!corrupted.every((value, i) => value === original[i]))
    rows.push({ title: 'corrupted', detail: corruptionWords(config.pretext), values: corrupted });
  rows.push({ title: 'restored', detail: 'by the untrained network', values: restored });
  if (runFolder === undefined) return { rows, notes: [] };
  const trained = await fittingCheckpoint(runFolder, model.parameters);
  if ('problem' in trained) return { rows, notes: [trained.problem] };
  const values = Object.fromEntries(model.parameters.map(({ name }) => [name, trained.values[name]!]));
  rows.push({
    title: 'restored',
    detail: `after step ${trained.step} of ${path.basename(runFolder)}`,
    values: (await restorer.restore(values, inputs)).restored,
  });
  return { rows, notes: [] };
}
