import { contentHash } from '../config/hash.ts';
import type { Config } from '../config/schema.ts';
import type { Parameter } from '../nn/parameters.ts';
import { openCpu } from '../training/engine/compiledEngine.ts';
import { openReference } from '../training/engine/eager.ts';
import type { Engine, Values } from '../training/engine/engine.ts';
import { initialValues } from '../training/engine/initialize.ts';
import type { Model } from './model.ts';

interface Program {
  dispose(): Promise<void>;
}

let engine: Promise<Engine> | undefined;
/** Those of the last preview: most edits change what the network is shown, not what it is. */
let compiled: { readonly key: string; readonly program: Program } | undefined;
let start: { readonly key: string; readonly values: Values } | undefined;

/**
 * The network of a config as previews run it, compiled for the CPU: nothing starts sooner for a handful of samples.
 * The last one is kept. @param open the same for the same method.
 */
export async function previewNetwork<T extends Program>(
  { encoder, pretext: { views: _, ...pretext } }: Config,
  model: Model,
  open: (engine: Engine, model: Model) => Promise<T | undefined>,
): Promise<T> {
  const parameters = model.parameters.map(({ name, shape }) => [name, shape]);
  const key = contentHash({ encoder, pretext, inputs: model.task.inputs, parameters });
  if (compiled?.key === key) return compiled.program as T;
  engine ??= openCpu().catch(() => openReference());
  const program = await open(await engine, model);
  if (!program) throw new Error(`${model.method.name} reconstructs nothing.`);
  await compiled?.program.dispose();
  compiled = { key, program };
  return program;
}

/** What the parameters are before any training. */
export function startValues(parameters: readonly Parameter[], seed: number): Values {
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
