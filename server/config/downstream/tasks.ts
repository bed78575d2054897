import * as z from 'zod';
import { type ClassificationConfig, classificationSchema } from './classification.ts';

/** Every task, told apart by `task`: adding one is its schema and one entry here. */
export const downstreamTaskSchema = z
  .discriminatedUnion('task', [classificationSchema])
  .describe('One task to solve with few labels.');

export const downstreamSchema = z
  .array(downstreamTaskSchema)
  .describe('What to do with the pretrained encoder; every entry gives its own numbers.')
  .default([]);

export type DownstreamConfig = z.output<typeof downstreamTaskSchema>;

/** The entries of one task, with their places in the list. */
export function tasksOf<Task extends DownstreamConfig['task']>(
  downstream: readonly DownstreamConfig[],
  task: Task,
): { index: number; config: Extract<DownstreamConfig, { task: Task }> }[] {
  return downstream.flatMap((config, index) =>
    config.task === task ? [{ index, config: config as Extract<DownstreamConfig, { task: Task }> }] : [],
  );
}

export type { ClassificationConfig };
