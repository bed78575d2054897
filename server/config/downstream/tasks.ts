import * as z from 'zod';
import { type ClassificationConfig, classificationSchema } from './classification.ts';
import { type DetectionConfig, detectionSchema } from './detection.ts';
import { type RegressionConfig, regressionSchema } from './regression.ts';

/** Every task, told apart by `task`: adding one is its schema and one entry here. */
export const downstreamTaskSchema = z
  .discriminatedUnion('task', [classificationSchema, detectionSchema, regressionSchema])
  .describe('One task to solve with few labels.');

export const downstreamSchema = z
  .array(downstreamTaskSchema)
  .describe('What to do with the pretrained encoder; every entry gives its own numbers.')
  .default([]);

export type DownstreamConfig = z.output<typeof downstreamTaskSchema>;

/** Columns that regression tells, each once and in a fixed order: the encoder never sees them. */
export function targetsOf(downstream: readonly DownstreamConfig[]): string[] {
  return [...new Set(tasksOf(downstream, 'regression').map(({ config }) => config.target))].sort();
}

/** The entries of one task, with their places in the list. */
export function tasksOf<Task extends DownstreamConfig['task']>(
  downstream: readonly DownstreamConfig[],
  task: Task,
): { index: number; config: Extract<DownstreamConfig, { task: Task }> }[] {
  return downstream.flatMap((config, index) =>
    config.task === task ? [{ index, config: config as Extract<DownstreamConfig, { task: Task }> }] : [],
  );
}

/** Whether a task learns from the classes of the samples. */
export function needsLabels({ task }: DownstreamConfig): boolean {
  return task === 'classification';
}

/** Where to point when all of `tasks` are wrong: at the only one of the list, or at the list. */
export function placeOf(
  downstream: readonly DownstreamConfig[],
  tasks: readonly DownstreamConfig[],
): (string | number)[] {
  if (tasks.length === downstream.length || tasks[0] === undefined) return ['downstream'];
  return ['downstream', downstream.indexOf(tasks[0])];
}

export type { ClassificationConfig, DetectionConfig, RegressionConfig };
