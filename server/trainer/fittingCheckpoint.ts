import { statSync } from 'node:fs';
import path from 'node:path';
import type { Parameter } from '../nn/parameters.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import { checkpointNames, readCheckpoint } from '../training/checkpoint.ts';
import type { Values } from '../training/engine/engine.ts';
import { SafetensorsFile } from '../training/safetensors.ts';

/** The weights of a run for a model, or why they cannot be used, in words. */
export type FittingCheckpoint =
  | { readonly step: number; readonly values: Values }
  | { readonly problem: string };

let latest: { readonly key: string; readonly found: { step: number; values: Values } } | undefined;

/** The newest checkpoint of a run, if every parameter of the model is in it with its name and shape. */
export async function fittingCheckpoint(
  runFolder: string,
  parameters: readonly Parameter[],
): Promise<FittingCheckpoint> {
  const run = path.basename(runFolder);
  try {
    const folder = runPaths(runFolder).checkpoints;
    const name = (await checkpointNames(folder)).at(-1);
    if (name === undefined) return { problem: `${run} has no checkpoint yet.` };
    const file = path.join(folder, name);
    const { mtimeMs, size } = statSync(file);
    const misfit = await firstMisfit(file, parameters);
    if (misfit !== undefined) return { problem: `The checkpoint of ${run} is of another model: ${misfit}.` };
    const key = `${file} ${mtimeMs} ${size}`;
    if (latest?.key !== key) {
      const { info, training } = await readCheckpoint(file);
      latest = { key, found: { step: info.step, values: { ...training.weights, ...training.buffers } } };
    }
    return latest.found;
  } catch (error) {
    return { problem: `The checkpoint of ${run} cannot be read: ${(error as Error).message}` };
  }
}

/** By the file's header alone. */
async function firstMisfit(file: string, parameters: readonly Parameter[]): Promise<string | undefined> {
  const header = await SafetensorsFile.open(file);
  try {
    for (const { kind, name, shape } of parameters) {
      const stored = header.tensors.get(`${kind === 'weight' ? 'weights' : 'buffers'}:${name}`);
      if (stored === undefined) return `it has no ${name}`;
      // A scalar is stored as a list of one.
      if (stored.shape.join() !== (shape.join() || (stored.shape.length === 0 ? '' : '1')))
        return `its ${name} is [${stored.shape.join(', ')}], here it is [${shape.join(', ')}]`;
    }
    return undefined;
  } finally {
    await header.close();
  }
}
