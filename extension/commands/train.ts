import { ProgressLocation, Uri, window, workspace } from 'vscode';
import {
  resumeRunRequest,
  type StartRun,
  startRunRequest,
  stopRunRequest,
} from '../../server/protocol/editor.ts';
import type { Handler } from '../commands.ts';
import type { Context } from '../context.ts';
import { isLive } from '../runs/runsModel.ts';
import { configTarget, runTargets, type Target } from '../targets.ts';

/** Trains what a config asks for and shows it. */
export const run: Handler = (context, target) => start(context, target, false);

/** The stages after pretraining, with a pretraining that is there already. */
export const fineTuneOnly: Handler = (context, target) => start(context, target, true);

async function start(context: Context, target: Target, downstreamOnly: boolean): Promise<void> {
  const configFile = await configTarget(target, context.runs);
  if (configFile === undefined || !(await saved(configFile))) return;
  const request: StartRun = { configFile, ...(downstreamOnly && { downstreamOnly }) };
  const { runs } = await window.withProgress(
    { location: ProgressLocation.Window, title: 'Selfsup: opening the data' },
    () => context.server.request<{ runs: readonly string[] }>(startRunRequest, request),
  );
  if (runs.length > 0) await context.panels.showRuns(runs);
}

/** A run trains what is on the disk: unsaved text is saved first. */
async function saved(configFile: string): Promise<boolean> {
  const open = workspace.textDocuments.find(({ uri }) => uri.fsPath === Uri.file(configFile).fsPath);
  return open === undefined || !open.isDirty || open.save();
}

/** Goes on with a run that is stopped, failed or dead. */
export const resume: Handler = async (context, target, selected) => {
  const runs = await runTargets(target, selected, context.runs, {
    ask: 'Resume which run?',
    fits: ({ resumable }) => resumable,
    none: 'There is no run to resume: runs that were stopped, failed or died can be.',
  });
  for (const { id } of runs) await context.server.request(resumeRunRequest, { run: id });
  if (runs.length > 0) await context.panels.showRuns(runs.map(({ id }) => id));
};

/** Ends runs with a checkpoint; asked again while one is stopping, ends it at once. */
export const stop: Handler = async (context, target, selected) => {
  const runs = await runTargets(target, selected, context.runs, {
    ask: 'Stop which run?',
    fits: isLive,
    none: 'No run is live.',
  });
  const stopping = runs.map(({ id }) => context.server.request(stopRunRequest, { run: id }));
  await window.withProgress(
    { location: ProgressLocation.Window, title: 'Selfsup: writing a checkpoint' },
    () => Promise.all(stopping),
  );
};
