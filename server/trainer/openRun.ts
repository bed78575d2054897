import { formatProblem } from '../config/problem.ts';
import { readConfig } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { type RunWriter, runPaths } from '../runFolder/runFolder.ts';
import type { TaskControl } from '../training/connection.ts';
import { openEngine } from '../training/engine/devices.ts';
import type { RunContext } from './context.ts';
import type { Emitter } from './emitter.ts';
import { TrainingError } from './errors.ts';
import { buildModel } from './model.ts';
import { openData } from './openData.ts';

export interface OpenRun {
  readonly context: RunContext;
  dispose(): Promise<void>;
}

/** The config as it was resolved when the run was made. */
export function configOfRun(folder: string): Config {
  const { config, problems } = readConfig(runPaths(folder).config);
  if (!config)
    throw new TrainingError(
      `The run's own config cannot be read any more: ${problems.map((problem) => formatProblem(problem)).join('\n')}`,
    );
  return config;
}

/** Opens data and device side by side, builds the model, and says what it found. */
export async function openRun(
  run: RunWriter,
  control: TaskControl,
  emitter: Emitter,
  adjust: (config: Config) => Config = (config) => config,
): Promise<OpenRun> {
  const config = adjust(configOfRun(run.folder));
  const { device, threads } = config.train;
  const [data, chosen] = await Promise.all([
    openData(config),
    openEngine({ device, ...(threads !== undefined && { threads }) }),
  ]);
  const { dataset, loader, rows } = data;
  const { engine, reason } = chosen;
  emitter.emit({
    event: 'data',
    summary: dataset.summary,
    train: dataset.split.train.length,
    test: dataset.split.test.length,
    skipped: dataset.skipped,
  });
  for (const text of dataset.notes) emitter.emit({ event: 'log', level: 'info', text });
  emitter.emit({ event: 'device', device: engine.device, description: engine.description, reason });
  const model = buildModel(config, dataset, rows);
  const context: RunContext = {
    config,
    dataset,
    loader,
    engine,
    model,
    run,
    control,
    emit: (event) => emitter.emit(event),
  };
  return {
    context,
    dispose: async () => {
      await loader.dispose();
      await engine.dispose();
    },
  };
}
