import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Process, processOf } from '../../../scripts/vscode-e2e/processes.ts';
import { until } from '../../../scripts/vscode-e2e/until.ts';
import type { RunRecord, RunState } from '../../../server/protocol/run.ts';
import { readMetrics } from '../../../server/runFolder/metrics.ts';
import { readRun } from '../../../server/runFolder/runFolder.ts';

/** The runs of a workspace as they lie on the disk: what the editor shows is compared with them. */

/** Oldest first. */
export function runsOf(workspace: string): RunRecord[] {
  const folder = path.join(workspace, '.selfsup', 'runs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, 'run.json')))
    .map((name) => readRun(path.join(folder, name)))
    .sort((a, b) => a.created.localeCompare(b.created));
}

export const runFolder = (workspace: string, { id }: RunRecord): string =>
  path.join(workspace, '.selfsup', 'runs', id);

/** The one run of a workspace, once it is in this state. */
export function onlyRun(workspace: string, state: RunState, seconds = 60): Promise<RunRecord> {
  return until(
    `one run that is ${state}`,
    () => {
      const runs = runsOf(workspace);
      if (runs.length === 1 && runs[0]!.state === state) return runs[0]!;
      throw new Error(
        runs.map((run) => `${run.id} is ${run.state}: ${run.reason ?? ''}`).join('; ') || 'no run',
      );
    },
    seconds,
  );
}

/** The process that trains the run. */
export function trainerOf(workspace: string, { id }: RunRecord): Process {
  const { process: trainer } = readRun(path.join(workspace, '.selfsup', 'runs', id));
  const found = trainer && processOf(trainer.pid);
  if (!found) throw new Error(`Nobody trains ${id}.`);
  return found;
}

/** Runs of the workspace whose process lives. */
export const liveRuns = (workspace: string): RunRecord[] =>
  runsOf(workspace).filter(
    ({ state, process: trainer }) => state === 'running' && trainer && processOf(trainer.pid),
  );

/** The values of a metric in pretraining, in order of steps. */
export function valuesOf(
  workspace: string,
  run: RunRecord,
  metric: string,
): { time: number; step: number; value: number }[] {
  const lines = readMetrics(path.join(runFolder(workspace, run), 'metrics.jsonl'));
  return lines.flatMap(({ stage, time, step, values }) => {
    const value = values[metric];
    return stage === 'pretrain' && value !== undefined ? [{ time, step, value }] : [];
  });
}

/** Newest step that is written down. */
export const stepOf = (workspace: string, run: RunRecord): number =>
  valuesOf(workspace, run, 'loss').at(-1)?.step ?? 0;

/** Epoch in which the pretraining is. */
export const newestEpoch = (workspace: string, run: RunRecord): number =>
  readMetrics(path.join(runFolder(workspace, run), 'metrics.jsonl')).at(-1)?.epoch ?? 0;

/** Waits until the run has gone on by this many steps. */
export async function moves(workspace: string, run: RunRecord, steps = 20): Promise<void> {
  const from = stepOf(workspace, run);
  await until(`${run.id} goes on`, () => stepOf(workspace, run) >= from + steps);
}
