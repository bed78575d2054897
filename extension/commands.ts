import { commands, Disposable } from 'vscode';
import { newConfig, previewPretext } from './commands/configs.ts';
import { diffConfigs, openConfig, openLog, openReport, revealRunFolder } from './commands/files.ts';
import { deleteRun, exportRun, filterRuns, renameRun } from './commands/keep.ts';
import { compareRuns, openPanel } from './commands/look.ts';
import { doctor, restartServer, showLogs } from './commands/server.ts';
import { fineTuneOnly, resume, run, stop } from './commands/train.ts';
import type { Context } from './context.ts';
import { showFailure } from './failure.ts';
import type { CommandId } from './ids.ts';
import { type Target, targetOf } from './targets.ts';
import { requireTrust } from './trust.ts';

/** What a command does; `selected` is what is selected in the tree besides the target. */
export type Handler = (
  context: Context,
  target: Target,
  selected: unknown,
  argument: unknown,
) => Promise<void>;

interface Command {
  readonly handler: Handler;
  /** Not in Restricted Mode: it reads data or runs something. */
  readonly needsTrust: boolean;
}

const trusted = (handler: Handler): Command => ({ handler, needsTrust: true });
const always = (handler: Handler): Command => ({ handler, needsTrust: false });

const table: Readonly<Record<CommandId, Command>> = {
  'selfsup.run': trusted(run),
  'selfsup.resume': trusted(resume),
  'selfsup.stop': trusted(stop),
  'selfsup.fineTuneOnly': trusted(fineTuneOnly),
  'selfsup.previewPretext': trusted(previewPretext),
  'selfsup.newConfig': trusted(newConfig),
  'selfsup.openPanel': trusted(openPanel),
  'selfsup.compareRuns': trusted(compareRuns),
  'selfsup.diffConfigs': always(diffConfigs),
  'selfsup.openConfig': always(openConfig),
  'selfsup.openReport': always(openReport),
  'selfsup.openLog': always(openLog),
  'selfsup.revealRunFolder': always(revealRunFolder),
  'selfsup.exportRun': trusted(exportRun),
  'selfsup.renameRun': trusted(renameRun),
  'selfsup.deleteRun': trusted(deleteRun),
  'selfsup.filterRuns': always(filterRuns),
  'selfsup.restartServer': always(restartServer),
  'selfsup.showLogs': always(showLogs),
  'selfsup.doctor': trusted(doctor),
};

/** Registers all commands; what goes wrong in one is told. */
export function registerCommands(context: Context): Disposable {
  const registered = Object.entries(table).map(([id, { handler, needsTrust }]) =>
    commands.registerCommand(id, async (argument?: unknown, selected?: unknown) => {
      if (needsTrust && !(await requireTrust())) return;
      try {
        await handler(context, targetOf(argument), selected, argument);
      } catch (error) {
        await showFailure(error, context.log);
      }
    }),
  );
  return Disposable.from(...registered);
}
