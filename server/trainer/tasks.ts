import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/schema.ts';
import type { EmbedTask, EvaluateTask, ExportTask, TaskOutcomes } from '../protocol/trainer.ts';
import { RunWriter, runPaths } from '../runFolder/runFolder.ts';
import { latestCheckpoint } from '../training/checkpoint.ts';
import type { TaskControl } from '../training/connection.ts';
import type { Values } from '../training/engine/engine.ts';
import type { RunContext } from './context.ts';
import { Emitter } from './emitter.ts';
import { TrainingError } from './errors.ts';
import { concludeVerdict, downstreamStage, evaluateStage } from './judging.ts';
import type { OpenData } from './openData.ts';
import { openRun } from './openRun.ts';
import { reportRun } from './reportRun.ts';
import { embedSamples, exportEncoder } from './takeAway.ts';

/** The newest weights of a run, finished or not. */
async function weightsOf(folder: string): Promise<Values> {
  const found = await latestCheckpoint(runPaths(folder).checkpoints);
  if (!found)
    throw new TrainingError(
      `${path.basename(folder)} has no checkpoint yet: let it train a little first, or resume it.`,
    );
  const { weights, buffers } = found.checkpoint.training;
  return { ...weights, ...buffers };
}

/** The `evaluate` task: all numbers of a run again, from its newest checkpoint. */
export async function evaluateRun(
  task: EvaluateTask,
  control: TaskControl,
): Promise<TaskOutcomes['evaluate']> {
  const run = RunWriter.open(task.runFolder);
  try {
    const emitter = new Emitter(run, control.report);
    emitter.verdict = run.record.verdict;
    const { context, dispose } = await openRun(run, control, emitter, withDevice(task.device));
    try {
      const values = await weightsOf(task.runFolder);
      for (const [stage, title, measure] of [
        ['evaluate', 'Evaluate', evaluateStage],
        ['downstream', 'Fine-tune', downstreamStage],
      ] as const) {
        context.emit({ event: 'stage', stage, title, state: 'started' });
        await measure(context, values);
        context.emit({ event: 'stage', stage, title, state: 'finished' });
      }
      concludeVerdict(context, emitter);
      if (emitter.verdict) run.update({ verdict: emitter.verdict });
      await reportRun(context, emitter, []);
      return { results: emitter.results, ...(emitter.verdict && { verdict: emitter.verdict }) };
    } finally {
      await dispose();
    }
  } finally {
    run.close();
  }
}

/** The `export` task: the encoder of a run as files. */
export async function exportRun(task: ExportTask, control: TaskControl): Promise<TaskOutcomes['export']> {
  return withOpenRun(task.runFolder, control, async (context, values) => {
    const folder = task.output ?? runPaths(task.runFolder).exports;
    mkdirSync(folder, { recursive: true });
    return { files: await exportEncoder(context, values, task.formats, folder) };
  });
}

/** The `embed` task: features of the run's own data, or of other data of the same kind. */
export async function embedRun(task: EmbedTask, control: TaskControl): Promise<TaskOutcomes['embed']> {
  return withOpenRun(task.runFolder, control, async (context, values) => {
    const folder = task.output ?? runPaths(task.runFolder).embeddings;
    mkdirSync(folder, { recursive: true });
    if (task.input === undefined) return embedSamples(context, values, task.format, folder);
    const other = await openOther(context, task.input);
    try {
      return await embedSamples({ ...context, ...other }, values, task.format, folder);
    } finally {
      await other.loader.dispose();
    }
  });
}

/** Runs a task on the newest weights of a run, with its lock held. */
async function withOpenRun<T>(
  folder: string,
  control: TaskControl,
  body: (context: RunContext, values: Values) => Promise<T>,
): Promise<T> {
  const run = RunWriter.open(folder);
  try {
    const { context, dispose } = await openRun(run, control, new Emitter(run, control.report));
    try {
      return await body(context, await weightsOf(folder));
    } finally {
      await dispose();
    }
  } finally {
    run.close();
  }
}

/** Other data, as the run's encoder wants them: of its shape, and normalised and encoded like the run's own. */
async function openOther(
  { config, dataset: own, emit }: RunContext,
  input: string,
): Promise<Pick<OpenData, 'dataset' | 'loader'>> {
  const dataset = await own.like(input);
  emit({ event: 'log', level: 'info', text: `Embedding ${dataset.summary}.` });
  for (const text of dataset.notes) emit({ event: 'log', level: 'warning', text });
  for (const { name, reason } of dataset.skipped)
    emit({ event: 'log', level: 'warning', text: `Skipped ${name}: ${reason}` });
  return { dataset, loader: dataset.loader({ seed: config.seed }) };
}

/** Another device than the config's, where the task names one. */
function withDevice(device: EvaluateTask['device']): (config: Config) => Config {
  return (config) => (device ? { ...config, train: { ...config.train, device } } : config);
}
