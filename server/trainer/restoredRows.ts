import path from 'node:path';
import { contentHash } from '../config/hash.ts';
import type { Config } from '../config/schema.ts';
import type { InputArray } from '../methods/method.ts';
import type { Named, Parameter } from '../nn/parameters.ts';
import { openCpu } from '../training/engine/compiledEngine.ts';
import { openReference } from '../training/engine/eager.ts';
import type { Engine, Values } from '../training/engine/engine.ts';
import { initialValues } from '../training/engine/initialize.ts';
import { fittingCheckpoint } from './fittingCheckpoint.ts';
import type { Model } from './model.ts';
import { corruptionWords, type PretextRow } from './pretextRows.ts';
import { openRestorer, type Restorer } from './restorer.ts';

/** The rows of a method that reconstructs: what it gets, what it sees, what networks make of that. */
export async function restoredRows(
  config: Config,
  model: Model,
  inputs: Named<InputArray>,
  views: string | undefined,
  runFolder: string | undefined,
): Promise<{ rows: readonly PretextRow[]; notes: readonly string[] }> {
  const { restorer, untrained } = await networkOf(config, model);
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

interface Network {
  readonly restorer: Restorer;
  readonly untrained: Values;
}

let engine: Promise<Engine> | undefined;
/** Those of the last preview: most edits change what the network is shown, not what it is. */
let compiled: { readonly key: string; readonly restorer: Restorer } | undefined;
let start: { readonly key: string; readonly values: Values } | undefined;

/** The reconstructing network of a config, compiled for the CPU: nothing starts sooner for a handful of samples. */
async function networkOf(config: Config, model: Model): Promise<Network> {
  return { restorer: await restorerOf(config, model), untrained: startValues(model.parameters, config.seed) };
}

async function restorerOf(
  { encoder, pretext: { views: _, ...pretext } }: Config,
  model: Model,
): Promise<Restorer> {
  const parameters = model.parameters.map(({ name, shape }) => [name, shape]);
  const key = contentHash({ encoder, pretext, inputs: model.task.inputs, parameters });
  if (compiled?.key === key) return compiled.restorer;
  engine ??= openCpu().catch(() => openReference());
  const restorer = await openRestorer(await engine, model);
  if (!restorer) throw new Error(`${model.method.name} reconstructs nothing.`);
  await compiled?.restorer.dispose();
  compiled = { key, restorer };
  return restorer;
}

function startValues(parameters: readonly Parameter[], seed: number): Values {
  const described = parameters.map(({ name, shape, init: { kind, ...init } }) => [
    name,
    shape,
    kind === 'values' ? kind : { kind, ...init },
  ]);
  const key = contentHash({ seed, described });
  if (start?.key !== key) {
    const values = parameters.map((parameter) => [parameter.name, initialValues(parameter, seed)]);
    start = { key, values: Object.fromEntries(values) as Values };
  }
  return start.values;
}
