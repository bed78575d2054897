import path from 'node:path';
import type { Config } from '../config/schema.ts';
import type { EvaluateTask, TaskOutcomes } from '../protocol/trainer.ts';
import { RunWriter, runPaths } from '../runFolder/runFolder.ts';
import { latestCheckpoint } from '../training/checkpoint.ts';
import type { TaskControl } from '../training/connection.ts';
import type { Values } from '../training/engine/engine.ts';
import { Emitter } from './emitter.ts';
import { TrainingError } from './errors.ts';
import { downstreamStage, evaluateStage } from './judging.ts';
import { openRun } from './openRun.ts';
import { reportRun } from './reportRun.ts';

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
      await reportRun(context, emitter, []);
      return { results: emitter.results, ...(emitter.verdict && { verdict: emitter.verdict }) };
    } finally {
      await dispose();
    }
  } finally {
    run.close();
  }
}

/** Another device than the config's, where the task names one. */
function withDevice(device: EvaluateTask['device']): (config: Config) => Config {
  return (config) => (device ? { ...config, train: { ...config.train, device } } : config);
}
